import type { FunctionLocals, LocalVariable, ValuePlace, VariablePlace } from '../../server/src/program/program.ts';
import type { DumpedFunction, DumpedVariable, Range } from '../support/dwarfdump.ts';

/** What we and llvm-dwarfdump say differently of a function. */
export function differencesOf(dumped: DumpedFunction, own: FunctionLocals): string[] {
  const told = dumped.variables.filter(({ name }) => name !== '').map((one) => toldText(one, dumped));
  const base = stackBaseOf(dumped, own);
  const ours = own.variables.map((one) => ownText(one, base));
  const known = new Set(dumped.variables.map(({ name, depth }) => `${depth} ${name}`));
  const missing = told.filter((one) => !ours.includes(one));
  // Parameters of inlined functions that nothing is left of are ours alone.
  const added = ours.filter((one) => !told.includes(one) && !one.endsWith(': nowhere'));
  const unknown = own.variables.filter(
    ({ name, depth, places }) => places.length > 0 && !known.has(`${depth} ${name}`),
  );
  const calls = dumped.inlined.flatMap(({ name, depth, line, ranges }) =>
    ranges.map(([from, to]) => `${name} ${depth} ${line} ${from / 8}-${to / 8}`),
  );
  const ownCalls = own.inlined.map(({ name, depth, line, from, to }) => `${name} ${depth} ${line} ${from}-${to}`);
  return [
    ...missing.map((one) => `${dumped.name} misses ${one}`),
    ...added.map((one) => `${dumped.name} invents ${one}`),
    ...unknown.map(({ name }) => `${dumped.name} knows ${name}`),
    ...calls.filter((one) => !ownCalls.includes(one)).map((one) => `${dumped.name} misses the call ${one}`),
    ...ownCalls.filter((one) => !calls.includes(one)).map((one) => `${dumped.name} invents the call ${one}`),
  ];
}

/** Bytes of the frame, by which our places on the stack lie lower than what LLVM writes. */
function stackBaseOf({ variables }: DumpedFunction, own: FunctionLocals): number {
  for (const { name, depth, blocks, places } of variables) {
    const copies = own.variables.filter((one) => one.name === name && one.depth === depth && one.blocks === blocks);
    for (const { range, text } of places) {
      const written = piecesOf(text).find((piece) => piece.includes(' stack '));
      const [, off, at] = /^\+(\d+) stack (-?\d+)$/.exec(written ?? '') ?? [];
      const isSame = (one: VariablePlace): boolean => one.off === Number(off) && one.from === range[0] / 8;
      const where = copies.flatMap((one) => one.places).find(isSame)?.where;
      if (where?.kind === 'stack') return Number(at) - where.off;
    }
  }
  return 0;
}

function toldText({ places, scope, ...one }: DumpedVariable, { size }: DumpedFunction): string {
  const slots = ([from, to]: Range): string => `${from / 8}-${Math.min(to, size) / 8}`;
  const found = places.flatMap(({ range, text }) => piecesOf(text).map((piece) => `${slots(range)} ${piece}`));
  return textOf(one, scope.map(slots), found);
}

function textOf(
  { name, parameter, depth, blocks }: Pick<LocalVariable, 'name' | 'parameter' | 'depth' | 'blocks'>,
  scope: readonly string[],
  places: readonly string[],
): string {
  const what = parameter ? 'parameter' : 'variable';
  const where = places.length === 0 ? 'nowhere' : places.toSorted().join(', ');
  return `${what} ${name} in ${depth} calls, ${blocks} blocks, ${scope.join(' ')}: ${where}`;
}

/** The simple operations of which clang makes almost all places; `?` for others. */
function piecesOf(text: string): string[] {
  if (/entry_value/.test(text)) return [];
  const parts = text.split(/(, )?DW_OP_piece 0x[0-9a-f]+(?:, )?/).filter((one) => one !== undefined && one !== ', ');
  const sizes = [...text.matchAll(/DW_OP_piece (0x[0-9a-f]+)/g)].map(([, size]) => Number(size));
  let off = 0;
  if (sizes.length === 0) return [`+0 ${placeText(text)}`];
  return sizes.flatMap((size, index) => {
    const at = off;
    off += size;
    const part = parts[index] ?? '';
    return part === '' ? [] : [`+${at} ${placeText(part)}`];
  });
}

function placeText(text: string): string {
  const [, register] = /^DW_OP_reg(\d+)/.exec(text) ?? [];
  if (register !== undefined) return `register ${register}`;
  const [, stack] = /^DW_OP_(?:breg10 W10|fbreg )([+-]\d+)$/.exec(text) ?? [];
  if (stack !== undefined) return `stack ${Number(stack)}`;
  const [, constant] =
    /^(?:DW_OP_(?:lit|consts |constu |const\d[us] )|constant )\(?([+-]?(?:0x)?[0-9a-f]+)(?:, DW_OP_stack_value)?\)?$/.exec(
      text,
    ) ?? [];
  if (constant !== undefined) return `constant ${BigInt.asIntN(64, BigInt(constant.replace('+', '')))}`;
  return /^DW_OP_addrx?/.test(text) ? 'global' : 'computed';
}

function ownText(variable: LocalVariable, base: number): string {
  const places = variable.places.map(({ from, to, off, where }) => `${from}-${to} +${off} ${ownPlace(where, base)}`);
  return textOf(
    variable,
    variable.scope.map(({ from, to }) => `${from}-${to}`),
    places,
  );
}

function ownPlace(where: ValuePlace, base: number): string {
  switch (where.kind) {
    case 'register':
      return `register ${where.reg}`;
    case 'stack':
      return `stack ${where.off + base}`;
    case 'constant':
      return `constant ${BigInt.asIntN(64, where.value)}`;
    default:
      return where.kind === 'bytes' ? 'constant' : where.kind;
  }
}
