import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { CType, RecordLayout } from '../../../server/src/c/types.ts';
import { plainType } from '../../../server/src/c/check/typeQueries.ts';
import { clang19 } from '../../support/clang.ts';
import { randomNumbers } from '../../support/random.ts';
import { checkedProgram } from './checkedProgram.ts';

/** Where the members of structs and unions lie: `size/alignment: offsets in bits`, as clang 19 lays them out. */

function layoutOf(type: CType): RecordLayout | null {
  const plain = plainType(type);
  return plain.kind === 'record' ? plain.layout : null;
}

function printLayout(layout: RecordLayout): string {
  const offsets = layout.members.map(({ offsetBits }) => offsetBits);
  return `${layout.sizeBytes}/${layout.alignBytes}: ${offsets.join(' ')}`.trim();
}

/** By name of the variable `v_tag` in a program: the layout of its type. */
function ourLayouts(text: string): Map<string, string> {
  const { unit, problems } = checkedProgram(text);
  expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  const found = new Map<string, string>();
  for (const { name, type } of unit.variables) {
    const layout = layoutOf(type);
    if (layout !== null) found.set(name.slice(2), printLayout(layout));
  }
  return found;
}

function checkLayout(text: string, expected: string): void {
  expect(ourLayouts(`${text} v_s;`).get('s')).toBe(expected);
}

describe('layouts', () => {
  it.each([
    ['struct s { char a; int b; short c; }', '12/4: 0 32 64'],
    ['struct s { char a; int b; } __attribute__((packed))', '5/1: 0 8'],
    ['struct s { char a; long b __attribute__((packed)); }', '9/1: 0 8'],
    ['struct s { char a; char b __attribute__((aligned(16))); }', '32/16: 0 128'],
    ['struct s { char a; char b __attribute__((aligned)); }', '32/16: 0 128'],
    ['struct s { char a; } __attribute__((aligned(8)))', '8/8: 0'],
    ['union s { char a[5]; int b; }', '8/4: 0 0'],
    ['struct s { int a : 3; int b : 30; int : 0; char c; }', '12/4: 0 32 64 64'],
    ['struct s { char a : 3; int b : 30; } __attribute__((packed))', '5/1: 0 3'],
    ['struct s { char a; int : 5; }', '2/1: 0 8'],
    ['struct s { long a : 40; int b : 20; int c : 10; }', '16/8: 0 40 64'],
    ['struct s { int a; char b[]; }', '4/4: 0 32'],
    ['struct s { int a; long b[0]; }', '8/8: 0 64'],
    ['struct s { }', '0/1:'],
    ['struct s { char a; struct { char b; int c; }; }', '12/4: 0 32'],
    ['#pragma pack(1)\nstruct s { char a; int b; int c : 3; int d : 31; }', '10/1: 0 8 40 43'],
    ['#pragma pack(2)\nstruct s { char a; long b __attribute__((aligned(8))); }', '10/2: 0 16'],
    ['struct s { char a; __int128 b; }', '32/16: 0 128'],
    ['typedef int odd __attribute__((aligned(1)));\nstruct s { char a; odd b; }', '5/1: 0 8'],
    ['enum e { A } __attribute__((packed)); struct s { enum e a; enum { B = 1l << 40 } b; }', '16/8: 0 64'],
  ])('%s', checkLayout);
});

const TYPES = ['char', 'unsigned short', 'int', 'long', '_Bool', 'unsigned long long', 'void *', '__int128', 'unsigned char']; // prettier-ignore
const WIDTHS: Readonly<Record<string, number>> = {
  char: 8, 'unsigned short': 16, int: 32, long: 64, _Bool: 1, 'unsigned long long': 64, 'unsigned char': 8,
}; // prettier-ignore

/** Records with everything that moves members, one in the other. */
function randomProgram(seed: number, count: number): string {
  const random = randomNumbers(seed);
  const pick = <T>(among: readonly T[]): T => among[random(among.length)]!;
  const attribute = (): string =>
    random(6) === 0 ? ` __attribute__((${pick(['packed', 'aligned(2)', 'aligned(8)', 'packed, aligned(4)'])}))` : '';
  const member = (i: number, known: number): string => {
    const type = random(7) === 0 && known > 0 ? `struct r${random(known)}` : pick(TYPES);
    const width = WIDTHS[type];
    if (width !== undefined && random(2) === 0) {
      const bits = random(8) === 0 ? 0 : 1 + random(width);
      return bits === 0 || random(8) === 0 ? `${type} : ${bits};` : `${type} m${i} : ${bits}${attribute()};`;
    }
    return `${type} m${i}${random(6) === 0 ? `[${random(4)}]` : ''}${attribute()};`;
  };
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const members = Array.from({ length: random(7) }, (_, k) => member(k, i)).join(' ');
    const kind = random(5) === 0 ? `union {  ${members} } u;` : members;
    const pack = random(5) === 0 ? pick([1, 2, 4, 8]) : null;
    if (pack !== null) lines.push(`#pragma pack(push, ${pack})`);
    lines.push(`struct r${i} { ${kind} }${attribute()};`);
    if (pack !== null) lines.push('#pragma pack(pop)');
  }
  for (let i = 0; i < count; i++) lines.push(`struct r${i} v_r${i}; char z_r${i}[sizeof(struct r${i}) + 1];`);
  return lines.join('\n');
}

/** What `-fdump-record-layouts-simple` says of the records with tags. */
function clangLayouts(text: string): Map<string, string> {
  const words = ['-target', 'bpf', '-w', '-fsyntax-only', '-Xclang', '-fdump-record-layouts-simple', '-xc', '-'];
  const { stdout } = spawnSync('clang-19', words, { input: text, encoding: 'utf8', maxBuffer: 1 << 26 });
  const found = new Map<string, string>();
  const parts = stdout.matchAll(
    /Type: struct (\w+)\n[^]*?Size:(\d+)[^]*?Alignment:(\d+)\s+FieldOffsets: \[([^\]]*)\]/g,
  );
  for (const [, tag = '', size, alignment, offsets = ''] of parts)
    found.set(tag, `${Number(size) / 8}/${Number(alignment) / 8}: ${offsets.replaceAll(',', '')}`.trim());
  return found;
}

describe.skipIf(clang19() === null)(
  'random records are laid out as clang 19 does (skipped where there is none)',
  () => {
    it.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i', (seed) => {
      const program = randomProgram(seed, 300);
      const theirs = clangLayouts(program);
      expect(theirs.size).toBe(300);
      expect(ourLayouts(program)).toEqual(theirs);
    });
  },
);
