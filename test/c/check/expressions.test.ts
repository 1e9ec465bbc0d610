import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { evaluateInt } from '../../../server/src/c/check/constant.ts';
import { clang19 } from '../../support/clang.ts';
import { randomNumbers } from '../../support/random.ts';
import { checkedProgram } from './checkedProgram.ts';

/** Random expressions have the types and values that clang 19 gives them. */

const TYPES = [
  '_Bool', 'char', 'signed char', 'unsigned char', 'short', 'unsigned short', 'int', 'unsigned int', 'long',
  'unsigned long', 'long long', 'unsigned long long', 'enum small', 'enum negative', 'enum wide',
]; // prettier-ignore

const LITERALS = [
  '0', '1', '2', '7', '31', '-1', '127', '128', '255', '256', '32767', '65535', '2147483647', '2147483648', '0xffffffff',
  '4294967296', '0x7fffffffffffffff', '0xffffffffffffffff', "'a'", "'\\xff'", '1u', '3ul', '5ll', '9ull', 'SMALL', 'NEGATIVE',
  'WIDE', '017', '0b101', "'ab'",
]; // prettier-ignore

const BINARY = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '<', '>', '<=', '>=', '==', '!=', '&&', '||', ','];
const UNARY = ['-', '~', '!', '+'];

const PRELUDE = `
enum small { SMALL = 3 };
enum negative { NEGATIVE = -5 };
enum wide { WIDE = 0x100000000 };
struct fields { unsigned a : 5; int b : 7; unsigned c : 32; int d : 32; unsigned long e : 20; unsigned long f : 40; _Bool g : 1; };
struct fields s;
int *p, *q; const char *t; int array[7]; struct fields *r;
${TYPES.map((type, i) => `${type} v${i};`).join('\n')}
#define KIND(x) _Generic((x), _Bool: 1, char: 2, signed char: 3, unsigned char: 4, short: 5, unsigned short: 6, int: 7, \\
  unsigned int: 8, long: 9, unsigned long: 10, long long: 11, unsigned long long: 12, int *: 13, const char *: 14, \\
  char *: 15, void *: 16, struct fields *: 17, default: 18)
`;

type Pick = <T>(among: readonly T[]) => T;

function constant(pick: Pick, depth: number): string {
  if (depth === 0) return pick(LITERALS);
  const inner = (): string => constant(pick, depth - 1);
  switch (pick([0, 1, 2, 2, 2, 2, 3])) {
    case 0:
      return `${pick(UNARY)}(${inner()})`;
    case 1:
      return `(${pick(TYPES)})(${inner()})`;
    case 3:
      return `((${inner()}) ? (${inner()}) : (${inner()}))`;
    default:
      return `((${inner()}) ${pick(BINARY)} (${inner()}))`;
  }
}

/** Not evaluated: only its type counts. */
function typed(pick: Pick, depth: number): string {
  if (depth === 0) return pick([...LITERALS, ...VARIABLES]);
  const inner = (): string => typed(pick, depth - 1);
  switch (pick([0, 1, 2, 2, 2, 2, 3, 4, 5])) {
    case 0:
      return `${pick(UNARY)}(${inner()})`;
    case 1:
      return `(${pick(TYPES)})(${inner()})`;
    case 3:
      return `((${inner()}) ? (${inner()}) : (${inner()}))`;
    case 4:
      return `(${pick(VARIABLES)} ${pick(['=', '+=', '>>='])} (${inner()}))`;
    case 5:
      return pick(POINTERS);
    default:
      return `((${inner()}) ${pick(BINARY)} (${inner()}))`;
  }
}

const VARIABLES = [
  ...TYPES.map((_, i) => `v${i}`),
  ...'abcdefg'.split('').map((name) => `s.${name}`),
  'array[2]',
  'r->b',
  '*p',
];

const POINTERS = [
  'p - q', '(p < q)', '(long)p', 't[1]', '*(t + v6)', '(p ? v1 : v9)', '(p == 0)', '!p', '(p && t)', 'sizeof(array)', '&array[2] - p',
]; // prettier-ignore

function programOf(expressions: readonly string[], kinds: readonly string[]): string {
  const values = expressions.map((text, i) => `unsigned long long value${i} = (unsigned long long)(${text});`);
  const types = expressions.map((text, i) => `int type${i} = KIND(${text}) * 100 + sizeof(${text});`);
  const others = kinds.map((text, i) => `int kind${i} = KIND(${text}) * 100 + sizeof(${text});`);
  return [PRELUDE, ...values, ...types, ...others].join('\n');
}

function oursOf(text: string): Map<string, string> {
  const { unit } = checkedProgram(text);
  const found = new Map<string, string>();
  for (const { name, init } of unit.variables)
    if (/^(?:value|type|kind)\d/.test(name))
      found.set(name, init?.kind === 'value' ? String(evaluateInt(init.value, true)) : '0');
  return found;
}

/** Lines that clang refuses (division by zero, no constant) are not among its answers. */
function clangsOf(text: string): Map<string, string> {
  const args = [
    '-target',
    'bpf',
    '-w',
    '-S',
    '-emit-llvm',
    '-Xclang',
    '-disable-llvm-passes',
    '-x',
    'c',
    '-',
    '-o',
    '-',
  ];
  const { stdout } = spawnSync('clang-19', args, { input: text, encoding: 'utf8', maxBuffer: 1 << 26 });
  const lines = stdout.matchAll(/^@((?:value|type|kind)\d+) = dso_local global i(\d+) (-?\d+)/gm);
  return new Map([...lines].map(([, name = '', bits = '', value = '']) => [name, shown(name, value, Number(bits))]));
}

function shown(name: string, value: string, bits: number): string {
  return String(name.startsWith('value') ? BigInt.asUintN(bits, BigInt(value)) : BigInt(value));
}

/** Clang compiles the whole text only without errors: what it refuses is taken out first. */
function accepted(expressions: readonly string[], line: (text: string, i: number) => string): string[] {
  const text = [PRELUDE, ...expressions.map((one, i) => line(one, i))].join('\n');
  const args = ['-target', 'bpf', '-w', '-fsyntax-only', '-ferror-limit=0', '-fno-caret-diagnostics', '-x', 'c', '-'];
  const { stderr } = spawnSync('clang-19', args, { input: text, encoding: 'utf8', maxBuffer: 1 << 26 });
  const first = PRELUDE.split('\n').length;
  const wrong = new Set(
    [...stderr.matchAll(/^<stdin>:(\d+):\d+: error/gm)].map(([, number]) => Number(number) - first - 1),
  );
  return expressions.filter((_, i) => !wrong.has(i));
}

describe.skipIf(clang19() === null)('like clang 19 (skipped where there is none)', () => {
  it.each([1, 2, 3])('seed %i', { timeout: 120_000 }, (seed) => {
    const next = randomNumbers(seed);
    const pick: Pick = (among) => among[next(among.length)]!;
    const constants = Array.from({ length: 400 }, (_, i) => constant(pick, 1 + (i % 3)));
    const kinds = Array.from({ length: 400 }, (_, i) => typed(pick, 1 + (i % 3)));
    const values = accepted(constants, (text, i) => `unsigned long long value${i} = (unsigned long long)(${text});`);
    const types = accepted(kinds, (text, i) => `int kind${i} = KIND(${text}) * 100 + sizeof(${text});`);
    expect(values.length).toBeGreaterThan(200);
    expect(types.length).toBeGreaterThan(200);
    const program = programOf(values, types);
    const [ours, clangs] = [oursOf(program), clangsOf(program)];
    const text = (name: string): string =>
      (name.startsWith('kind') ? types : values)[Number(/\d+/.exec(name)?.[0])] ?? '';
    const differences = [...clangs].filter(([name, value]) => ours.get(name) !== value);
    expect(differences.map(([name, value]) => `${text(name)}: ${name} is ${value}, not ${ours.get(name)}`)).toEqual([]);
    expect(clangs.size).toBe(2 * values.length + types.length);
  });
});
