/** Macros as numbers. Of each: atom, flags, three places, the parameters and the tokens of the body, counts before them. */
import { setMacro, type Macro, type PreToken, type Unit } from './unit.ts';

const FLAG = { variadic: 1, special: 2, builtin: 4, hasParams: 8 } as const;
const SPACE = 0x100;
const PAINTED = 0x200;
const KIND = 0xff;

export function writeMacros(macros: readonly (Macro | undefined)[]): Int32Array {
  const numbers: number[] = [];
  for (const macro of macros) if (macro !== undefined) write(numbers, macro);
  return Int32Array.from(numbers);
}

function write(numbers: number[], { atom, params, variadic, special, builtin, ...macro }: Macro): void {
  const { definedAt, definition, body, paramOf } = macro;
  const isBuiltin = builtin === null ? 0 : FLAG.builtin;
  const hasParams = params === null ? 0 : FLAG.hasParams;
  const flags = (variadic ? FLAG.variadic : 0) | (special ? FLAG.special : 0) | isBuiltin | hasParams;
  numbers.push(atom, flags, definedAt, definition.start, definition.end, params?.length ?? 0, ...(params ?? []));
  numbers.push(body.length);
  for (const [index, { kind, atom: spelling, place, end, space, painted }] of body.entries())
    numbers.push(kind | (space ? SPACE : 0) | (painted ? PAINTED : 0), spelling, place, end, paramOf[index] ?? -1);
}

/** Defines them in a unit that has the compiler's own, and no others. */
export function readMacros(unit: Unit, numbers: Int32Array): void {
  const builtins = unit.macros.splice(0);
  unit.isMacro.fill(0);
  const source = { numbers, at: 0 };
  while (source.at < numbers.length) {
    const { macro, isBuiltin } = read(source);
    setMacro(unit, macro.atom, isBuiltin ? builtins[macro.atom] : macro);
  }
}

interface Source {
  readonly numbers: Int32Array;
  at: number;
}

function next(source: Source): number {
  return source.numbers[source.at++] ?? 0;
}

function read(source: Source): { readonly macro: Macro; readonly isBuiltin: boolean } {
  const atom = next(source);
  const flags = next(source);
  const definedAt = next(source);
  const definition = { start: next(source), end: next(source) };
  const params = Array.from({ length: next(source) }, () => next(source));
  const tokens = Array.from({ length: next(source) }, () => readToken(source));
  const macro = {
    atom, definedAt, definition, params: (flags & FLAG.hasParams) === 0 ? null : params, builtin: null, busy: false,
    variadic: (flags & FLAG.variadic) !== 0, special: (flags & FLAG.special) !== 0,
    body: tokens.map(({ token }) => token), paramOf: tokens.map(({ param }) => param),
  }; // prettier-ignore
  return { macro, isBuiltin: (flags & FLAG.builtin) !== 0 };
}

function readToken(source: Source): { readonly token: PreToken; readonly param: number } {
  const flags = next(source);
  const [atom, place, end] = [next(source), next(source), next(source)];
  const space = (flags & SPACE) !== 0;
  const token = { kind: flags & KIND, atom, place, end, space, painted: (flags & PAINTED) !== 0 };
  return { token, param: next(source) };
}
