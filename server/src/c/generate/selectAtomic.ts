/** Atomic operations. v1 and v2 have only the addition that gives nothing back. */
import type { Instr, Value } from '../ir/ir.ts';
import { addressOf, setAddress, type Address } from './address.ts';
import { copy } from './insns.ts';
import { emit, moveInto, newRegister, refuse, refuseCpu, registerOf, type Selection } from './selection.ts';

type Atomic = Instr & { op: 'atomic' };

export function selectAtomic(sel: Selection, instr: Atomic, dst: number): void {
  const [pointer, operand] = instr.args;
  if (pointer === undefined || !isPossible(sel, instr, dst)) return;
  if (instr.kind === 'loadAcquire') return loadAcquire(sel, instr, pointer, dst);
  if (operand === undefined) return;
  if (instr.kind === 'cmpxchg') return compareAndExchange(sel, instr, pointer, operand, dst);
  if (instr.kind === 'xchg' || dst !== 0) return fetching(sel, instr, pointer, operand, dst);
  const src = registerOf(sel, operand);
  emitAtomic(sel, instr, addressOf(sel, pointer, instr.off, instr.size), src, false);
}

function isPossible(sel: Selection, { kind, size }: Atomic, dst: number): boolean {
  if (kind === 'loadAcquire' || kind === 'storeRelease') {
    if (sel.cpu === 4) return true;
    refuseCpu(sel, 'an atomic load or store with a memory order', 4);
    return false;
  }
  if (size < 4) {
    refuse(sel, `atomic operations work on 4 or 8 bytes, not on ${size}`);
    return false;
  }
  if (sel.cpu >= 3 || (kind === 'add' && dst === 0)) return true;
  const what = kind === 'add' ? 'the result of an atomic addition' : `an atomic ${NAMES[kind]}`;
  refuseCpu(sel, what, 3);
  return false;
}

const NAMES = { add: 'addition', or: 'or', and: 'and', xor: 'xor', xchg: 'exchange', cmpxchg: 'compare and exchange' };

function emitAtomic(sel: Selection, { kind, size }: Atomic, address: Address, src: number, fetch: boolean): void {
  const insn = { kind: 'atomic', op: kind, fetch, size, dst: address.base, src, off: address.off } as const;
  setAddress(emit(sel, insn), address);
}

/** The operand's register receives the old value. */
function fetching(sel: Selection, instr: Atomic, pointer: Value, operand: Value, dst: number): void {
  const address = addressOf(sel, pointer, instr.off, instr.size);
  const reg = dst === 0 ? newRegister(sel) : dst;
  moveInto(sel, reg, operand);
  emitAtomic(sel, instr, address, reg, true);
}

function compareAndExchange(sel: Selection, instr: Atomic, pointer: Value, expected: Value, dst: number): void {
  const [, , replacement] = instr.args;
  if (replacement === undefined) return;
  const address = addressOf(sel, pointer, instr.off, instr.size);
  const src = registerOf(sel, replacement);
  moveInto(sel, 0, expected);
  emitAtomic(sel, instr, address, src, true);
  if (dst !== 0) emit(sel, copy(dst, 0));
}

function loadAcquire(sel: Selection, { off, size }: Atomic, pointer: Value, dst: number): void {
  const address = addressOf(sel, pointer, off, size);
  const to = dst === 0 ? newRegister(sel) : dst;
  const insn = { kind: 'atomic', op: 'loadAcquire', fetch: false, size, dst: to, src: address.base, off: address.off } as const; // prettier-ignore
  setAddress(emit(sel, insn), address);
}
