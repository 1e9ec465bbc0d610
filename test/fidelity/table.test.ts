import { describe, expect, it } from 'vitest';
import type { Comparison, FidelityClass } from './compare.ts';
import { pageText } from './page.ts';
import { shows, type Row } from './rows.ts';
import { figures, markdownTable, plainTable, unsupportedCounts } from './table.ts';

const NOTHING = { sameMessage: null, samePc: null, sameProcessed: null, log: null };

function row(id: string, kind: FidelityClass, same: Partial<Comparison> = {}, level: number | null = null): Row {
  const outcome = kind === 'unsupported' ? 'unsupported' : kind === 'false reject' ? 'rejected' : 'accepted';
  const message = kind === 'unsupported' ? `Not supported yet: ${id}.` : 'R1 | !read_ok';
  return {
    id,
    section: 'xdp',
    kernel: { verdict: 'accept', lines: [], message: '', pc: null, processed: 3, errno: 0, log: '' },
    ours: { outcome, message, pc: null, processed: 3, log: '' },
    comparison: { ...NOTHING, class: kind, ...same },
    second: false,
    level,
  };
}

const rows = [
  row('a/one', 'accept/accept', { sameProcessed: true, log: 'same' }, 1),
  row('a/two', 'accept/accept', { sameProcessed: false, log: { line: 3, kernel: 'x', ours: 'y' } }, 2),
  row('a/three', 'reject/reject', { sameMessage: true, samePc: false, sameProcessed: true }),
  row('maps of type x', 'unsupported'),
  row('b/four', 'false reject'),
];

describe('the figures', () => {
  it('count classes, and of what can be compared what is the same', () => {
    expect(Object.fromEntries(figures(rows))).toEqual({
      'accept/accept': '2',
      'reject/reject': '1',
      'false accept': '0',
      'false reject': '1',
      unsupported: '1',
      'too slow': '0',
      crash: '0',
      'no verdict': '0',
      'same message': '1 of 1',
      'same instruction': '0 of 1',
      'same processed': '2 of 3',
      'same log': '1 of 2',
    });
  });

  it('come as text and as a table without empty groups', () => {
    expect(plainTable(rows)).toContain('accept/accept          2\n');
    const lines = markdownTable('level', [['1', rows.slice(0, 1)], ['2', []]]).split('\n'); // prettier-ignore
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\| level \| accept\/accept \|/);
    expect(lines[2]).toMatch(/^\| 1 \| 1 \| 0 \|/);
  });

  it('name what is not modelled', () => {
    expect(unsupportedCounts([...rows, ...rows])).toEqual([['Not supported yet: maps of type x.', 2]]);
  });
});

describe('what is shown', () => {
  it.each([
    ['', []],
    ['disagreements', ['b/four']],
    ['false-rejects', ['b/four']],
    ['unsupported', ['maps of type x']],
    ['pcs', ['a/three']],
    ['processed', ['a/two']],
    ['logs', ['a/two']],
    ['reject/reject', ['a/three']],
    ['all', rows.map(({ id }) => id)],
  ])('%s', (what, ids) => {
    expect(rows.filter((each) => shows(what, each)).map(({ id }) => id)).toEqual(ids);
  });
});

describe('the page', () => {
  const page = pageText(new Map([['own', rows]]), 'Linux 6.18.1', '2026-01-02');

  it('says when which kernel was asked about what', () => {
    expect(page).toContain('Asked on 2026-01-02: Linux 6.18.1.');
    expect(page).toContain('- `own`: our own small programs');
    expect(page).toMatch(/\| own \| 2 \| 1 \|/);
  });

  it('tells every disagreement with its cause, or that nobody knows it', () => {
    expect(page).toContain(
      '- `b/four`, false reject: the kernel accepts, we refuse (`R1 | !read_ok`). Cause not found yet.',
    );
    expect(page).toContain('| maps of type x | 1 |');
  });

  it('has figures by level where levels are known', () => {
    expect(page).toContain('## By level');
    expect(pageText(new Map([['own', rows.slice(2)]]), 'Linux', '')).not.toContain('## By level');
  });
});
