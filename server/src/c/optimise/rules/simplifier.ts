/** What the rules of `simplify` work with. */
import { constant, newInstr, type InstrInit } from '../../ir/edit.ts';
import type { Constant, Instr, IrFunction, IrModule, Value } from '../../ir/ir.ts';
import type { Bare } from '../words.ts';

export interface Simplifier {
  readonly fn: IrFunction;
  readonly module: IrModule;
  /** By id: how often a value is used, what is said of variables left aside. */
  readonly uses: number[];
  readonly replaced: Map<Value, Value>;
  /** The block's instructions so far; rules add what they need before the instruction. */
  out: Instr[];
  /** Something was changed in place. */
  changed: boolean;
}

/** Adds an instruction before the one that is looked at. */
export function make(state: Simplifier, from: Instr, init: Bare<InstrInit>, ...args: Value[]): Instr {
  const { place, inlinedAt } = from;
  const instr = newInstr(state.fn, { ...init, args, place, inlinedAt }) as Instr;
  for (const { id } of args) state.uses[id] = (state.uses[id] ?? 0) + 1;
  state.out.push(instr);
  return instr;
}

export function number(state: Simplifier, type: Constant['type'], value: bigint | number): Constant {
  return constant(state.fn, type, value);
}

/** Nobody but the instruction that is looked at uses it. */
export function usedOnce(state: Simplifier, value: Value): boolean {
  return (state.uses[value.id] ?? 0) <= 1;
}

export function widthOf(value: Value): 32 | 64 {
  return value.type === 'i32' ? 32 : 64;
}

/** Its value when it is a constant. */
export function constantOf(value: Value | undefined): bigint | null {
  return value?.op === 'const' ? value.value : null;
}

export function asBinary(value: Value | undefined, kind: string): (Instr & { op: 'binary' }) | null {
  return value?.op === 'binary' && value.kind === kind ? value : null;
}

export function asConvert(value: Value | undefined, kind: string): (Instr & { op: 'convert' }) | null {
  return value?.op === 'convert' && value.kind === kind ? value : null;
}
