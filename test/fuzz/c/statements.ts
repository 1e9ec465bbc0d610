/** Statements that end, and touch only memory that is there. */
import { field, number } from './expressions.ts';
import { chance, deeper, name, pick, SCALARS, type Scope } from './scope.ts';
import { block, expr, kept, line, type ExprTree, type StatementTree } from './tree.ts';

const DEEPEST = 4;

/** So many statements; each may declare what later ones use. */
export function statements(scope: Scope, count: number): StatementTree[] {
  const made: StatementTree[] = [];
  let inner = scope;
  for (let i = 0; i < count; i++) {
    const declared = chance(inner, 4) ? declaration(inner) : null;
    if (declared === null) made.push(...statement(inner));
    else {
      made.push(...declared.made);
      inner = declared.scope;
    }
  }
  return made;
}

/** The scope with something new in it. */
export function declaration(scope: Scope): { made: StatementTree[]; scope: Scope } {
  const choice = scope.next(10);
  if (choice === 0 && scope.arrays.length < 3) {
    const array = { name: name(scope, 'a'), length: pick(scope, [2, 4, 8]) };
    const values = Array.from({ length: array.length }, () => expr(number(scope, 1), ', '));
    const type = pick(
      scope,
      SCALARS.filter((one) => one !== 'enum e'),
    );
    const made = kept(`${type} ${array.name}[${array.length}] = { `, ...values, '};');
    return { made: [made], scope: { ...scope, arrays: [...scope.arrays, array] } };
  }
  if (choice === 1 && scope.records.length < 3) {
    const record = name(scope, 'r');
    const init = chance(scope, 3) ? ['{}'] : ['{ .a = ', number(scope, 1), ', .f2 = ', number(scope, 1), ', .in = { 1, ', number(scope, 1), ' }, .arr = { [2] = 5 } }']; // prettier-ignore
    return {
      made: [kept(`struct s ${record} = `, ...init, ';')],
      scope: { ...scope, records: [...scope.records, record] },
    };
  }
  if (choice === 2 && scope.pointers < 3) return pointer(scope);
  if (choice === 3 && scope.records.length > 0 && scope.pointers < 3) {
    const record = name(scope, 'z');
    const made = kept(`struct s *${record} = `, ...oneOf(scope, scope.records), ';');
    return {
      made: [made],
      scope: { ...scope, records: [...scope.records, `(*${record})`], pointers: scope.pointers + 1 },
    };
  }
  const volatile = chance(scope, 12);
  const variable = { name: name(scope, 'v'), type: pick(scope, SCALARS), writable: true, volatile };
  const made = kept(`${volatile ? 'volatile ' : ''}${variable.type} ${variable.name} = `, number(scope), ';');
  return { made: [made], scope: { ...scope, variables: [...scope.variables, variable] } };
}

/** To one of the variables of a type. */
function pointer(scope: Scope): { made: StatementTree[]; scope: Scope } {
  const pointable = scope.variables.filter((one) => one.writable && one.volatile !== true);
  if (pointable.length === 0) return { made: assignment(scope), scope };
  const { type } = pick(scope, pointable);
  const own = name(scope, 'y');
  const names = pointable.filter((one) => one.type === type).map((one) => one.name);
  return {
    made: [kept(`${type} *${own} = `, ...oneOf(scope, names), ';')],
    scope: {
      ...scope,
      variables: [...scope.variables, { name: `*${own}`, type, writable: true }],
      pointers: scope.pointers + 1,
    },
  };
}

/** The address of one object or of another one. */
function oneOf(scope: Scope, objects: readonly string[]): (string | ExprTree)[] {
  const [first, second] = [pick(scope, objects), pick(scope, objects)];
  return first === second ? [`&${first}`] : [number(scope, 2), ` ? &${first} : &${second}`];
}

type Maker = (scope: Scope) => StatementTree[];

function statement(scope: Scope): StatementTree[] {
  if (scope.depth >= DEEPEST) return assignment(scope);
  return pick(scope, MAKERS)(scope);
}

const MAKERS: readonly Maker[] = [
  assignment, assignment, assignment, assignment, assignment,
  conditional, conditional, loop, endingLoop, choice, copy, lookup, update, removal, call, call, callback, atomic, skip, leave, barrier, literal, loadBytes,
]; // prettier-ignore

/** What may be assigned to. */
function target(scope: Scope): string {
  const { variables, arrays, records, packetBytes, next } = scope;
  const writable = variables.filter((one) => one.writable);
  const choice = next(9);
  if (choice === 0 && packetBytes > 0) return `*(${pick(scope, ['u8', 's8'])} *)(p + ${next(packetBytes)})`;
  if (choice === 1 && packetBytes > 0) return `*(u16 *)(p + ${2 * next(packetBytes >> 1)})`;
  if (choice === 2 && arrays.length > 0) return `${pick(scope, arrays).name}[${next(2)}]`;
  if (choice === 3 && records.length > 0) return field(scope);
  if (choice === 4 || writable.length === 0) return pick(scope, ['G.a', 'G.b', 'G.c', 'G.d', 'S']);
  return pick(scope, writable).name;
}

function assignment(scope: Scope): StatementTree[] {
  const { arrays, next } = scope;
  const choice = next(8);
  if (choice === 0) return [line(`(${target(scope)})${pick(scope, ['++', '--'])};`)];
  if (choice === 1) {
    const op = pick(scope, ['+=', '-=', '*=', '&=', '|=', '^=']);
    return [line(`${target(scope)} ${op} `, number(scope), ';')];
  }
  if (choice === 2)
    return [line(`${target(scope)} ${pick(scope, ['<<=', '>>='])} `, expr('(', number(scope), ') & 7'), ';')];
  if (choice === 3 && arrays.length > 0) {
    const array = pick(scope, arrays);
    return [line(`${array.name}[(`, number(scope, 2), `) & ${array.length - 1}] = `, number(scope), ';')];
  }
  return [line(`${target(scope)} = `, number(scope), ';')];
}

function conditional(scope: Scope): StatementTree[] {
  const head = expr(pick(scope, ['if (', 'if (', 'if (__builtin_expect(!!(']), number(scope));
  const close = head.parts[0] === 'if (' ? ') {' : '), 0)) {';
  const then = block(expr(...head.parts, close), statements(deeper(scope), 1 + scope.next(3)), '}');
  if (chance(scope, 2)) return [then];
  return [{ ...then, tail: '} else {' }, block(expr(''), statements(deeper(scope), 1 + scope.next(3)))];
}

function loop(scope: Scope): StatementTree[] {
  if (scope.loops >= 2) return conditional(scope);
  const counter = name(scope, 'i');
  const type = pick(scope, ['int', 'u32', 'u64', 'u8']);
  const inner = {
    ...deeper(scope),
    loops: scope.loops + 1,
    variables: [...scope.variables, { name: counter, type: 'u32' as const, writable: false }],
  };
  const body = statements(inner, 1 + scope.next(3));
  const leave = chance(scope, 3) ? [line('if (', number(inner), `) ${pick(scope, ['break', 'continue'])};`)] : [];
  const unroll = chance(scope, 4) ? [line('_Pragma("unroll")')] : [];
  const head = `for (${type} ${counter} = 0; ${counter} < ${1 + scope.next(5)}; ${counter}++) {`;
  return [
    ...unroll.map((one) => ({ ...one, kept: true })),
    { ...block(expr(head), [...leave, ...body]), kept: unroll.length > 0 },
  ];
}

function endingLoop(scope: Scope): StatementTree[] {
  if (scope.loops >= 1) return assignment(scope);
  const counter = name(scope, 'n');
  const inner = {
    ...deeper(scope),
    loops: scope.loops + 1,
    variables: [...scope.variables, { name: counter, type: 's32' as const, writable: false }],
  };
  const body = statements(inner, 1 + scope.next(2));
  const before = kept(`s32 ${counter} = ${1 + scope.next(6)};`);
  if (chance(scope, 2)) return [before, { ...block(expr(`while (${counter}-- > 0) {`), body), kept: true }];
  return [before, { ...block(expr('do {'), body, `} while (--${counter} > 0);`), kept: true }];
}

function choice(scope: Scope): StatementTree[] {
  const inner = { ...deeper(scope), inSwitch: true };
  const values = [...new Set(Array.from({ length: 2 + scope.next(4) }, () => pick(scope, CASES)))];
  const cases = values.flatMap((value) => [
    kept(`case ${value}:`),
    block(expr('{'), statements(inner, 1 + scope.next(2))),
    ...(chance(scope, 4) ? [] : [line('break;')]),
  ]);
  const rest = chance(scope, 3) ? [] : [kept('default:'), block(expr('{'), statements(inner, 1))];
  const end = kept('break;');
  return [
    block(expr('switch (', pick(scope, [number(scope), expr('(', number(scope), ') & 7')]), ') {'), [
      ...cases,
      ...rest,
      end,
    ]),
  ];
}

const CASES = ['0', '1', '2', '3', '4', '5', '7', '100', '255', '1000', '0x7fffffff'];

/** Records as a whole, and bytes of them. */
function copy(scope: Scope): StatementTree[] {
  const { records } = scope;
  if (records.length < 2) return assignment(scope);
  const [to, from] = [pick(scope, records), pick(scope, records)];
  if (to === from)
    return [
      line(
        `__builtin_memset(&${to}, ${pick(scope, ['0', '0xff', '7'])}, ${pick(scope, ['8', '16', '4', `sizeof(${to})`])});`,
      ),
    ];
  if (chance(scope, 3))
    return [line(`__builtin_memcpy(&${to}, &${from}, ${pick(scope, ['4', '8', '12', 'sizeof(struct s)'])});`)];
  return [line(`${to} = ${from};`)];
}

function lookup(scope: Scope): StatementTree[] {
  const [key, value] = [name(scope, 'k'), name(scope, 'q')];
  const map = pick(scope, ['&array', '&hash']);
  const inner = {
    ...deeper(scope),
    variables: [
      ...scope.variables,
      { name: `*${value}`, type: 'u64' as const, writable: true },
      { name: `${value}[1]`, type: 'u64' as const, writable: true },
    ],
  };
  const before = [kept(`u32 ${key} = (`, number(scope, 2), ') & 7;'), kept(`u64 *${value} = lookup(${map}, &${key});`)];
  return [block(expr('{'), [...before, block(expr(`if (${value}) {`), statements(inner, 1 + scope.next(3)))])];
}

function update(scope: Scope): StatementTree[] {
  const [key, value] = [name(scope, 'k'), name(scope, 'w')];
  const map = pick(scope, ['&array', '&hash']);
  const flags = pick(scope, ['0', '0', '1', '2']);
  const before = [
    kept(`u32 ${key} = (`, number(scope, 2), ') & 7;'),
    kept(`u64 ${value}[2] = { `, number(scope, 2), ', ', number(scope, 2), ' };'),
  ];
  return [block(expr('{'), [...before, line(`S += update(${map}, &${key}, ${value}, ${flags});`)])];
}

function removal(scope: Scope): StatementTree[] {
  const key = name(scope, 'k');
  return [block(expr('{'), [kept(`u32 ${key} = (`, number(scope, 2), ') & 7;'), line(`S -= drop(&hash, &${key});`)])];
}

function call(scope: Scope): StatementTree[] {
  const callable = scope.functions.filter((one) => one !== 'each');
  if (callable.length === 0) return assignment(scope);
  const [fn, result] = [pick(scope, callable), target(scope)];
  const record = scope.records.filter((one) => !one.startsWith('('));
  const pointer = record.length > 0 ? `&${pick(scope, record)}` : '0';
  return [
    line(`${result} = ${fn}(`, number(scope, 2), ', ', number(scope, 2), ', ', number(scope, 2), `, ${pointer});`),
  ];
}

/** The function is called for each number below another one, and may say that it is enough. */
function callback(scope: Scope): StatementTree[] {
  const [first] = scope.records;
  if (!scope.functions.includes('each') || first === undefined) return assignment(scope);
  return [line(`S += loop(${1 + scope.next(5)}, each, &${pick(scope, scope.records)}, 0);`)];
}

function leave(scope: Scope): StatementTree[] {
  const value = scope.returnsTruth ? ['1'] : [number(scope, 2)];
  return [line('if (', number(scope), ') return ', ...value, ';')];
}

/** Nothing may be concluded of the variable's value. */
function barrier(scope: Scope): StatementTree[] {
  const variables = scope.variables.filter(({ writable, type }) => writable && /^[us](32|64)$/.test(type));
  if (variables.length === 0) return assignment(scope);
  return [line(`asm volatile("" : "+r"(${pick(scope, variables).name}));`)];
}

function literal(scope: Scope): StatementTree[] {
  if (scope.records.length === 0) return assignment(scope);
  return [line(`${pick(scope, scope.records)} = (struct s){ .b = `, number(scope, 2), ', .d = ', number(scope, 2), ' };')]; // prettier-ignore
}

/** A helper that writes what it is given the address of. */
function loadBytes(scope: Scope): StatementTree[] {
  if (scope.packetBytes === 0 || scope.records.length === 0) return assignment(scope);
  const bytes = chance(scope, 2)
    ? ['(', number(scope, 2), ' & 15) + 1']
    : [pick(scope, ['4', '8', 'sizeof(struct s)'])];
  return [line('S += load_bytes(skb, (', number(scope, 2), `) & 31, &${pick(scope, scope.records)}, `, ...bytes, ');')];
}

function atomic(scope: Scope): StatementTree[] {
  const value = number(scope, 2);
  if (chance(scope, 3))
    return [
      line(
        `${target({ ...scope, packetBytes: 0, arrays: [], records: [] })} = __sync_fetch_and_${pick(scope, ['add', 'or', 'and', 'xor'])}(&G.${pick(scope, ['b', 'd'])}, `,
        value,
        ');',
      ),
    ];
  return [line('__sync_fetch_and_add(&G.d, ', value, ');')];
}

function skip(scope: Scope): StatementTree[] {
  if (scope.loops > 0) return assignment(scope);
  const label = name(scope, 'l');
  const jump = kept('if (', number(scope), `) goto ${label};`);
  return [{ ...block(expr('{'), [jump, ...statements(deeper(scope), 2), kept(`${label}:;`)]), kept: false }];
}
