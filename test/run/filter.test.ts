import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../server/src/run/filter.ts';
import type { EventResult } from '../../server/src/run/result.ts';
import { parseSelection } from '../../server/src/run/selection.ts';

const passed: EventResult = {
  index: 7,
  timeNs: null,
  returnValue: 2,
  verdict: 'XDP_PASS',
  trap: null,
  insns: 41,
  packet: new Uint8Array(74),
  metaBytes: 0,
  packetChanged: false,
  program: 'p',
  hook: null,
  context: null,
  callbacks: [],
  output: [],
  redirect: null,
  notes: [],
  skipped: null,
};
const trapped: EventResult = {
  ...passed,
  returnValue: null,
  verdict: null,
  trap: { kind: 'memory', pc: 3, program: 'p', message: 'reads', address: null },
};
const negative: EventResult = { ...passed, returnValue: 0xffffffff, verdict: null };

describe('filter', () => {
  it.each([
    ['return==2', true, false],
    ['ret == 0x2', true, false],
    ['return!=2', false, true],
    ['verdict==XDP_PASS', true, false],
    ['verdict == xdp_pass', true, false],
    ['verdict=="XDP_DROP"', false, false],
    ['trap', false, true],
    ['!trap', true, false],
    ['trap==memory', false, true],
    ['length>100 || verdict==XDP_PASS', true, false],
    ['length>=74 && length<=74', true, true],
    ['!(length<74) && (trap || index==7)', true, true],
    ['insns<41', false, false],
    ['changed', false, false],
    ['changed==false', true, true],
    ['skipped || outputs>0', false, false],
  ])('%s', (text, first, second) => {
    const filter = parseFilter(text);
    if (typeof filter === 'string') throw new Error(filter);
    expect([filter(passed), filter(trapped)]).toEqual([first, second]);
  });

  it('compares with negative numbers as signed', () => {
    const filter = parseFilter('return==-1');
    expect(typeof filter !== 'string' && filter(negative)).toBe(true);
  });

  it.each([
    ['', 'the expression ends too early'],
    ['return==', 'a value is missing after =='],
    ['return==2 &&', 'the expression ends too early'],
    [
      'retrun==2',
      "'retrun' at position 1 is none of index, return, ret, verdict, trap, length, len, changed, insns, outputs, skipped",
    ],
    [
      'toString',
      "'toString' at position 1 is none of index, return, ret, verdict, trap, length, len, changed, insns, outputs, skipped",
    ],
    ['return==XDP_DROP', "return is a number, and 'XDP_DROP' is none; did you mean verdict==XDP_DROP?"],
    ['length>long', "length is a number, and 'long' is none"],
    ['verdict==2', 'verdict is a name: compare it with == or != and a name'],
    ['verdict<XDP_PASS', 'verdict is a name: compare it with == or != and a name'],
    ['return==2 return==3', "unexpected 'return' at position 11"],
    ['(return==2', 'a closing parenthesis is missing'],
    ['return=2', "unexpected '=' at position 7"],
    ['return==)', "unexpected ')' at position 9"],
    ['('.repeat(5000), 'the expression is nested too deeply'],
    ['!'.repeat(5000), 'the expression is nested too deeply'],
  ])('refuses %s', (text, message) => expect(parseFilter(text)).toBe(message));
});

describe('selection', () => {
  it.each([
    ['3', [3], 4],
    ['1-3', [1, 2, 3], 4],
    ['0,2-3 , 9', [0, 2, 3, 9], 10],
    ['8-', [8, 9, 10, 11], Number.POSITIVE_INFINITY],
  ])('%s', (text, expected, end) => {
    const selection = parseSelection(text);
    if (typeof selection === 'string') throw new Error(selection);
    expect(Array.from({ length: 12 }, (_, i) => i).filter((i) => selection.has(i))).toEqual(expected);
    expect(selection.end).toBe(end);
  });

  it.each([
    ['', "'' is no packet number or range such as 1-500"],
    ['-3', "'-3' is no packet number or range such as 1-500"],
    ['1..3', "'1..3' is no packet number or range such as 1-500"],
    ['5-2', 'the range 5-2 ends before it begins'],
  ])('refuses "%s"', (text, message) => expect(parseSelection(text)).toBe(message));
});
