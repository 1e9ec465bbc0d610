/** Expressions without side effects whose value is defined whatever their operands are. */
import { pick, chance, SCALARS, type Scope } from './scope.ts';
import { expr, type ExprTree } from './tree.ts';

const CONSTANTS = [
  '0', '1', '-1', '2', '7', '10', '31', '63', '127', '128', '255', '256', '1000', '0x7fff', '0x8000', '0xffff',
  '0x7fffffff', '0x80000000u', '0xffffffffu', '-0x7fffffff', '0x100000000ull', '0x7fffffffffffffffll',
  '0x8000000000000000ull', '0x123456789abcdefull', "'a'", 'E_B', 'E_C', 'sizeof(struct s)',
] as const; // prettier-ignore

type Maker = (scope: Scope, depth: number) => ExprTree;

/** A number of any type. */
export function number(scope: Scope, depth = 3): ExprTree {
  if (depth <= 0 || chance(scope, 6)) return leaf(scope);
  return pick(scope, MAKERS)(scope, depth - 1);
}

function leaf(scope: Scope): ExprTree {
  const { variables, records, packetBytes, next } = scope;
  const choice = next(10);
  if (choice < 5 && variables.length > 0) return expr(pick(scope, variables).name);
  if (choice === 5) return expr(pick(scope, GLOBALS));
  if (choice === 6 && records.length > 0) return expr(field(scope));
  if (choice === 7 && packetBytes > 0) return packetRead(scope);
  return expr(pick(scope, CONSTANTS));
}

const GLOBALS = ['G.a', 'G.b', 'G.c', 'G.d', 'T[3]', 'T[0]', 'V'] as const;

/** Members of `struct s`. */
export const FIELDS = [
  'a',
  'b',
  'c',
  'd',
  'f1',
  'f2',
  'f3',
  'f4',
  'in.x',
  'in.y',
  'arr[1]',
  'arr[3]',
  'un.w',
  'un.h[1]',
] as const;

export function field(scope: Scope): string {
  return `${pick(scope, scope.records)}.${pick(scope, FIELDS)}`;
}

function packetRead(scope: Scope): ExprTree {
  const [type, size] = pick(scope, [['u8', 1], ['s8', 1], ['u16', 2], ['u32', 4], ['u64', 8]] as const); // prettier-ignore
  const off = scope.next(Math.floor(scope.packetBytes / size)) * size;
  return expr(`*(${type} *)(p + ${off})`);
}

const BINARY = ['+', '-', '*', '&', '|', '^'] as const;
const COMPARE = ['==', '!=', '<', '<=', '>', '>='] as const;

const MAKERS: readonly Maker[] = [
  binary, binary, binary, binary,
  (scope, depth) => expr('(', number(scope, depth), ` ${pick(scope, COMPARE)} `, number(scope, depth), ')'),
  (scope, depth) => expr('(', number(scope, depth), ` ${pick(scope, ['&&', '||'])} `, number(scope, depth), ')'),
  (scope, depth) => expr('(', number(scope, depth), ' ? ', number(scope, depth), ' : ', number(scope, depth), ')'),
  (scope, depth) => expr(`(${pick(scope, ['-', '~', '!', '+'])} `, number(scope, depth), ')'),
  (scope, depth) => expr(`((${pick(scope, SCALARS)})`, number(scope, depth), ')'),
  shift, shift, quotient, quotient,
  (scope, depth) => expr(`T[(`, number(scope, depth), ') & 7]'),
  element,
  (scope, depth) => expr(`__builtin_bswap${pick(scope, [16, 32, 64])}(`, number(scope, depth), ')'),
  (scope, depth) => expr('({ ', pick(scope, SCALARS), ' t_ = ', number(scope, depth), '; t_; })'),
  (scope, depth) => expr('(', number(scope, depth), ', ', number(scope, depth), ')'),
]; // prettier-ignore

function binary(scope: Scope, depth: number): ExprTree {
  return expr('(', number(scope, depth), ` ${pick(scope, BINARY)} `, number(scope, depth), ')');
}

/** A shift by more than the width has no meaning in C. */
function shift(scope: Scope, depth: number): ExprTree {
  const [type, most] = pick(scope, [['u32', 31], ['s32', 31], ['u64', 63], ['s64', 63]] as const); // prettier-ignore
  const count = expr('((', number(scope, depth - 1), `) & ${most})`);
  return expr(`((${type})`, number(scope, depth), ` ${pick(scope, ['<<', '>>'])} `, count, ')');
}

/** Neither does a division by zero, and that of the least number by -1. */
function quotient(scope: Scope, depth: number): ExprTree {
  const op = pick(scope, ['/', '%']);
  const type = pick(scope, ['u32', 'u64', 's32', 's64'] as const);
  if (chance(scope, 2)) return expr(`((${type})`, number(scope, depth), ` ${op} ${pick(scope, DIVISORS)})`);
  return expr(`((${type})`, number(scope, depth), ` ${op} (${type})(((`, number(scope, depth), ') & 0xff) + 1))');
}

const DIVISORS = [1, 2, 3, 7, 8, 10, 16, 100, 1000, 4096] as const;

function element(scope: Scope, depth: number): ExprTree {
  if (scope.arrays.length === 0) return binary(scope, depth);
  const { name, length } = pick(scope, scope.arrays);
  return expr(`${name}[(`, number(scope, depth), `) & ${length - 1}]`);
}
