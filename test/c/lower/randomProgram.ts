/** Random C functions whose results are computed beside them, by C's rules written down once more and independently. */

interface IntegerType {
  readonly name: string;
  readonly bits: number;
  readonly signed: boolean;
  readonly rank: number;
}

const TYPES: readonly IntegerType[] = [
  { name: '_Bool', bits: 1, signed: false, rank: 0 },
  { name: 'signed char', bits: 8, signed: true, rank: 1 },
  { name: 'unsigned char', bits: 8, signed: false, rank: 1 },
  { name: 'short', bits: 16, signed: true, rank: 2 },
  { name: 'unsigned short', bits: 16, signed: false, rank: 2 },
  { name: 'int', bits: 32, signed: true, rank: 3 },
  { name: 'unsigned int', bits: 32, signed: false, rank: 3 },
  { name: 'long', bits: 64, signed: true, rank: 4 },
  { name: 'unsigned long', bits: 64, signed: false, rank: 4 },
];
const [BOOL, INT, UINT, LONG] = [0, 5, 6, 7].map((n) => TYPES[n]) as [
  IntegerType,
  IntegerType,
  IntegerType,
  IntegerType,
];

/** Text, and what it computes from the variables' values. */
interface Term {
  readonly text: string;
  readonly type: IntegerType;
  readonly compute: (env: bigint[]) => bigint;
}

export interface RandomProgram {
  readonly text: string;
  readonly params: readonly string[];
  /** The result of `f` as unsigned long. */
  readonly expected: (args: readonly bigint[]) => bigint;
}

/** Numerical Recipes' generator: the same programs in every run. */
export function randomSource(seed: number): (below: number) => number {
  let state = BigInt(seed);
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(below));
  };
}

function wrap(type: IntegerType, value: bigint): bigint {
  if (type.bits === 1) return value === 0n ? 0n : 1n;
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

function promoted(type: IntegerType): IntegerType {
  return type.rank < 3 ? INT : type;
}

/** On this machine the wider type wins, and of two equally wide ones the unsigned one. */
function common(a: IntegerType, b: IntegerType): IntegerType {
  const [left, right] = [promoted(a), promoted(b)];
  if (left.rank !== right.rank) return left.rank > right.rank ? left : right;
  return left.signed ? right : left;
}

type Random = (below: number) => number;

function literal(random: Random): Term {
  const values = [
    0n,
    1n,
    2n,
    7n,
    127n,
    128n,
    255n,
    256n,
    32767n,
    65535n,
    65536n,
    2147483647n,
    2863311530n,
    4294967295n,
  ];
  const value = values[random(values.length)] ?? 0n;
  const form = random(3);
  if (form === 0 && value <= 2147483647n) return { text: `${value}`, type: INT, compute: () => value };
  if (form === 1) return { text: `${value}u`, type: UINT, compute: () => value };
  return { text: `${value}l`, type: LONG, compute: () => value };
}

function term(random: Random, depth: number): Term {
  if (depth === 0) return random(4) === 0 ? literal(random) : variable(random(TYPES.length));
  switch (random(9)) {
    case 0:
      return unary(random, term(random, depth - 1));
    case 1:
      return cast(TYPES[random(TYPES.length)] ?? INT, term(random, depth - 1));
    case 2:
      return shift(random, term(random, depth - 1), term(random, depth - 1));
    case 3:
      return division(random, term(random, depth - 1), term(random, depth - 1));
    case 4:
      return comparison(random, term(random, depth - 1), term(random, depth - 1));
    case 5:
      return logical(random, term(random, depth - 1), term(random, depth - 1));
    case 6:
      return choice(term(random, depth - 1), term(random, depth - 1), term(random, depth - 1));
    default:
      return simple(random, term(random, depth - 1), term(random, depth - 1));
  }
}

function variable(n: number): Term {
  return { text: `v${n}`, type: TYPES[n] ?? INT, compute: (env) => env[n] ?? 0n };
}

function unary(random: Random, a: Term): Term {
  const type = promoted(a.type);
  switch (random(3)) {
    case 0:
      return { text: `(-${a.text})`, type, compute: (env) => wrap(type, -wrap(type, a.compute(env))) };
    case 1:
      return { text: `(~${a.text})`, type, compute: (env) => wrap(type, ~wrap(type, a.compute(env))) };
    default:
      return { text: `(!${a.text})`, type: INT, compute: (env) => (a.compute(env) === 0n ? 1n : 0n) };
  }
}

function cast(type: IntegerType, a: Term): Term {
  return { text: `((${type.name})${a.text})`, type, compute: (env) => wrap(type, a.compute(env)) };
}

function shift(random: Random, a: Term, b: Term): Term {
  const type = promoted(a.type);
  const left = random(2) === 0;
  const amount = (env: bigint[]): bigint => wrap(promoted(b.type), b.compute(env)) & BigInt(type.bits - 1);
  const compute = (env: bigint[]): bigint => {
    const value = wrap(type, a.compute(env));
    return wrap(type, left ? value << amount(env) : value >> amount(env));
  };
  return { text: `(${a.text} ${left ? '<<' : '>>'} (${b.text} & ${type.bits - 1}))`, type, compute };
}

/** The divisor is between 1 and 16, as others may be undefined. */
function division(random: Random, a: Term, b: Term): Term {
  const [divide, divisor] = [random(2) === 0, common(b.type, INT)];
  const type = common(a.type, divisor);
  const compute = (env: bigint[]): bigint => {
    const by = (wrap(divisor, b.compute(env)) & 15n) + 1n;
    const value = wrap(type, a.compute(env));
    return wrap(type, divide ? value / by : value % by);
  };
  return { text: `(${a.text} ${divide ? '/' : '%'} ((${b.text} & 15) + 1))`, type, compute };
}

function comparison(random: Random, a: Term, b: Term): Term {
  const type = common(a.type, b.type);
  const op = ['==', '!=', '<', '<=', '>', '>='][random(6)] ?? '==';
  const holds = (left: bigint, right: bigint): boolean => {
    if (op === '==') return left === right;
    if (op === '!=') return left !== right;
    if (op === '<') return left < right;
    if (op === '<=') return left <= right;
    return op === '>' ? left > right : left >= right;
  };
  const compute = (env: bigint[]): bigint => (holds(wrap(type, a.compute(env)), wrap(type, b.compute(env))) ? 1n : 0n);
  return { text: `(${a.text} ${op} ${b.text})`, type: INT, compute };
}

function logical(random: Random, a: Term, b: Term): Term {
  const both = random(2) === 0;
  const compute = (env: bigint[]): bigint => {
    const [left, right] = [a.compute(env) !== 0n, b.compute(env) !== 0n];
    return (both ? left && right : left || right) ? 1n : 0n;
  };
  return { text: `(${a.text} ${both ? '&&' : '||'} ${b.text})`, type: INT, compute };
}

function choice(test: Term, a: Term, b: Term): Term {
  const type = common(a.type, b.type);
  const compute = (env: bigint[]): bigint => wrap(type, test.compute(env) === 0n ? b.compute(env) : a.compute(env));
  return { text: `(${test.text} ? ${a.text} : ${b.text})`, type, compute };
}

function simple(random: Random, a: Term, b: Term): Term {
  const type = common(a.type, b.type);
  const op = ['+', '-', '*', '&', '|', '^'][random(6)] ?? '+';
  const apply = (left: bigint, right: bigint): bigint => {
    if (op === '+') return left + right;
    if (op === '-') return left - right;
    if (op === '*') return left * right;
    if (op === '&') return left & right;
    return op === '|' ? left | right : left ^ right;
  };
  const compute = (env: bigint[]): bigint => wrap(type, apply(wrap(type, a.compute(env)), wrap(type, b.compute(env))));
  return { text: `(${a.text} ${op} ${b.text})`, type, compute };
}

type Step = (env: bigint[]) => void;

/** `v3 = …`, `v3 += …`, `v3++`, or one of them behind a condition. */
function statement(random: Random, depth: number): [text: string, step: Step] {
  const n = random(TYPES.length);
  const type = TYPES[n] ?? INT;
  const value = term(random, depth);
  const put = (env: bigint[], result: bigint): void => void (env[n] = wrap(type, result));
  switch (random(5)) {
    case 0:
      return [`v${n}++;`, (env) => put(env, type === BOOL ? 1n : (env[n] ?? 0n) + 1n)];
    case 1: {
      const sum = common(type, value.type);
      return [
        `v${n} += ${value.text};`,
        (env) => put(env, wrap(sum, wrap(sum, env[n] ?? 0n) + wrap(sum, value.compute(env)))),
      ];
    }
    case 2: {
      const shifted = promoted(type);
      const text = `v${n} >>= ${value.text} & ${shifted.bits - 1};`;
      const amount = (env: bigint[]): bigint =>
        wrap(promoted(value.type), value.compute(env)) & BigInt(shifted.bits - 1);
      return [text, (env) => put(env, wrap(shifted, env[n] ?? 0n) >> amount(env))];
    }
    case 3: {
      const test = term(random, 1);
      const [text, step] = statement(random, depth - 1 > 0 ? depth - 1 : 0);
      return [`if (${test.text}) ${text}`, (env) => (test.compute(env) === 0n ? undefined : step(env))];
    }
    default:
      return [`v${n} = ${value.text};`, (env) => put(env, value.compute(env))];
  }
}

export function randomProgram(random: Random, depth: number, length: number): RandomProgram {
  const params = TYPES.map(({ name }, n) => `${name} v${n}`);
  const steps = Array.from({ length }, () => statement(random, depth));
  const sum = TYPES.map((_, n) => variable(n)).reduce((a, b) => mixed(a, b));
  const text = `unsigned long f(${params.join(', ')}) {\n${steps.map(([line]) => `  ${line}\n`).join('')}  return ${sum.text};\n}\n`;
  const expected = (args: readonly bigint[]): bigint => {
    const env = TYPES.map((type, n) => wrap(type, args[n] ?? 0n));
    for (const [, step] of steps) step(env);
    return BigInt.asUintN(64, sum.compute(env));
  };
  return { text, params, expected };
}

function mixed(a: Term, b: Term): Term {
  const type = TYPES[8] ?? INT;
  return {
    text: `(${a.text} * 31ul + ${b.text})`,
    type,
    compute: (env) => wrap(type, wrap(type, a.compute(env)) * 31n + wrap(type, b.compute(env))),
  };
}

/** As registers hold the arguments: extended to 32 or 64 bits. */
export function registerValues(args: readonly bigint[]): bigint[] {
  return TYPES.map((type, n) => BigInt.asUintN(type.bits > 32 ? 64 : 32, wrap(type, args[n] ?? 0n)));
}
