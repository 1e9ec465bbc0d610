/** Builds small checked trees, for what is to be tested without the parser and the checker. */
import { newProblems } from '../../../server/src/c/problem.ts';
import type {
  CheckedUnit, Expr, FunctionSymbol, GlobalVariable, Initializer, LocalVariable, Statement, SymbolAttributes,
} from '../../../server/src/c/typed.ts'; // prettier-ignore
import type { CType, IntType, Member, RecordType } from '../../../server/src/c/types.ts';
import { lower } from '../../../server/src/c/lower/lower.ts';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { expect } from 'vitest';

const at = { start: 0, end: 1 };

const int = (name: IntType['name'], bits: IntType['bits'], signed: boolean): IntType => ({
  kind: 'int',
  name,
  bits,
  signed,
});
export const INT = int('int', 32, true);
export const UINT = int('unsigned int', 32, false);
export const CHAR = int('char', 8, true);
export const U16 = int('unsigned short', 16, false);
export const U64 = int('unsigned long', 64, false);
export const LONG = int('long', 64, true);

export const pointer = (to: CType): CType => ({ kind: 'pointer', to });
export const array = (of: CType, length: number): CType => ({ kind: 'array', of, length });

export function record(
  tag: string,
  sizeBytes: number,
  alignBytes: number,
  members: [string, CType, number, number?][],
): RecordType {
  const list: Member[] = members.map(([name, type, offsetBits, bits], index) => ({
    name, type, offsetBits, bits: bits ?? null, index, declTags: [], declaredAt: null,
  })); // prettier-ignore
  const layout = { members: list, sizeBytes, alignBytes };
  return {
    kind: 'record',
    union: false,
    tag,
    defined: true,
    layout,
    preserveAccessIndex: false,
    declTags: [],
    definedAt: null,
  } as RecordType;
}

export const num = (value: number, type: CType = INT): Expr => ({
  kind: 'constant',
  type,
  value: BigInt(value),
  ...at,
});
export const variable = (v: LocalVariable | GlobalVariable): Expr => ({
  kind: 'variable',
  type: v.type,
  variable: v,
  ...at,
});
export const load = (object: Expr): Expr => ({ kind: 'load', type: object.type, object, volatile: false, ...at });
export const deref = (p: Expr): Expr => {
  if (p.type.kind !== 'pointer') throw new Error('no pointer');
  return { kind: 'deref', type: p.type.to, pointer: p, ...at };
};
export const arrow = (p: Expr, name: string, preserve = false): Expr => dot(deref(p), name, preserve);
export function dot(object: Expr, name: string, preserve = false): Expr {
  const owner = object.type as RecordType;
  const member = owner.layout?.members.find((one) => one.name === name);
  if (!member) throw new Error(`no ${name}`);
  return { kind: 'member', type: member.type, record: object, owner, member, preserve, ...at };
}
export const element = (object: Expr, index: Expr, preserve = false): Expr => ({
  kind: 'element', type: (object.type as { of: CType }).of, array: object, index, preserve, ...at,
}); // prettier-ignore
export const assign = (target: Expr, value: Expr): Expr => ({
  kind: 'assign',
  type: target.type,
  target,
  value,
  ...at,
});
export const convert = (operand: Expr, type: CType): Expr => ({
  kind: 'convert',
  type,
  how: 'integer',
  operand,
  ...at,
});
export const binary = (op: Extract<Expr, { kind: 'arithmetic' }>['op'], left: Expr, right: Expr): Expr => ({
  kind: 'arithmetic', op, type: left.type, left, right, ...at,
}); // prettier-ignore
export const compare = (op: Extract<Expr, { kind: 'compare' }>['op'], left: Expr, right: Expr): Expr => ({
  kind: 'compare', op, type: INT, left, right, ...at,
}); // prettier-ignore
export const both = (left: Expr, right: Expr): Expr => ({ kind: 'logical', op: 'and', type: INT, left, right, ...at });

export const local = (name: string, type: CType): LocalVariable => ({
  kind: 'local', name, type, alignBytes: 1, addressTaken: false, cleanup: null, declaredAt: at,
}); // prettier-ignore
export const declare = (v: LocalVariable, init: Initializer | null = null): Statement => ({
  kind: 'declare', variable: v, init, ...at,
}); // prettier-ignore
export const run = (expr: Expr): Statement => ({ kind: 'expression', expr, ...at });
export const give = (value: Expr | null): Statement => ({ kind: 'return', value, ...at });
export const block = (...body: Statement[]): Statement => ({ kind: 'block', body, ...at });

const attributes: SymbolAttributes = {
  section: null, alwaysInline: false, noInline: false, used: false, hidden: false, naked: false, error: null,
  declTags: [], noreturn: false, pure: false,
}; // prettier-ignore

export function global(
  name: string,
  type: CType,
  init: Initializer | null = null,
  extra: Partial<GlobalVariable> = {},
): GlobalVariable {
  return {
    kind: 'global',
    name,
    type,
    linkage: 'external',
    external: false,
    attributes,
    alignBytes: 1,
    init,
    declaredAt: at,
    ...extra,
  };
}

export function fn(
  name: string,
  returns: CType,
  params: LocalVariable[],
  body: Statement | null,
  extra: Partial<FunctionSymbol> = {},
): FunctionSymbol {
  const type = {
    kind: 'function',
    returns,
    params: params.map((p) => ({ name: p.name, type: p.type })),
    variadic: false,
    prototype: true,
  } as const;
  return {
    kind: 'function', name, type, linkage: 'external', inline: false, attributes, params, paramTags: [], body,
    declaredAt: at, definedAt: at, label: name, ...extra,
  }; // prettier-ignore
}

/** Lowers and compares the text; the functions must be well formed. */
export function checkLowered(functions: FunctionSymbol[], variables: GlobalVariable[], expected: string): void {
  const problems = newProblems();
  const unit = { functions, variables, diagnostics: [] } as unknown as CheckedUnit;
  const module = lower(unit, problems);
  expect(problems.list).toEqual([]);
  for (const one of module.functions.values()) expect(wellFormed(one)).toEqual([]);
  expect(`\n${printModule(module)}`.trim()).toBe(expected.replaceAll(/^ {4}/gm, '').trim());
}
