/** What a linker knows by name. Whatever is mentioned is lowered later; static functions that nobody mentions are not. */
import type { IrSymbol } from '../ir/ir.ts';
import type { FunctionSymbol, GlobalVariable } from '../typed.ts';
import type { CType } from '../types.ts';
import { NOWHERE } from '../places.ts';
import type { UnitState } from './state.ts';

export function symbolOf(unit: UnitState, declared: FunctionSymbol | GlobalVariable): IrSymbol {
  const known = unit.symbols.get(declared) ?? newSymbol(unit, declared);
  if (!unit.asked.has(known.name)) unit.asked.set(known.name, null);
  return known;
}

function newSymbol(unit: UnitState, declared: FunctionSymbol | GlobalVariable): IrSymbol {
  const symbol: IrSymbol = {
    name: nameOf(declared),
    kind: declared.kind === 'function' ? 'function' : 'variable',
    linkage: linkageOf(declared),
  };
  unit.symbols.set(declared, symbol);
  unit.pending.push(declared);
  return symbol;
}

/** As linkers know it. */
export function nameOf(declared: FunctionSymbol | GlobalVariable): string {
  return declared.kind === 'function' ? declared.label : declared.name;
}

function linkageOf(declared: FunctionSymbol | GlobalVariable): IrSymbol['linkage'] {
  if (isExtern(declared)) return declared.linkage === 'weak' ? 'weakExtern' : 'extern';
  if (declared.linkage === 'weak') return 'weak';
  return declared.linkage === 'internal' ? 'static' : 'global';
}

export function isExtern(declared: FunctionSymbol | GlobalVariable): boolean {
  return declared.kind === 'function' ? declared.body === null : declared.external;
}

/** Equal literals are one. They are called as clang calls them. */
export function literalSymbol(unit: UnitState, bytes: Uint8Array, alignBytes = 1): IrSymbol {
  const key = `${alignBytes} ${bytes.join()}`;
  const known = unit.literals.get(key) ?? newLiteral(unit, key, bytes, alignBytes);
  if (!unit.asked.has(known.name)) unit.asked.set(known.name, { bytes, alignBytes });
  return known;
}

function newLiteral(unit: UnitState, key: string, bytes: Uint8Array, alignBytes: number): IrSymbol {
  const count = unit.literals.size;
  const name = count === 0 ? '.L.str' : `.L.str.${count}`;
  const symbol: IrSymbol = { name, kind: 'literal', linkage: 'static' };
  unit.literals.set(key, symbol);
  unit.module.data.set(name, {
    symbol,
    section: null,
    bytes,
    alignBytes,
    relocations: [],
    type: literalType(bytes.length),
    foldable: true,
    hidden: false,
    declTags: [],
    place: NOWHERE,
  });
  return symbol;
}

function literalType(length: number): CType {
  return { kind: 'array', of: { kind: 'int', name: 'char', bits: 8, signed: true }, length };
}
