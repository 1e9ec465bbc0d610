/** Loads and stores. */
import type { Size } from '../../isa/insn.ts';
import type { Instr, Value } from '../ir/ir.ts';
import { addressOf, setAddress, type Address } from './address.ts';
import { FRAME } from './code.ts';
import { alu, aluImm, copy, load, store, storeImm } from './insns.ts';
import { signExtend } from './selectConvert.ts';
import { emit, fitsImm, newRegister, registerOf, type Selection } from './selection.ts';
import { rootOf } from './widths.ts';

type Load = Instr & { op: 'load' };
type Store = Instr & { op: 'store' };

export function selectLoad(sel: Selection, instr: Load, dst: number): void {
  const [pointer] = instr.args;
  if (pointer === undefined) return;
  // A volatile load whose value nobody wants.
  const to = dst === 0 ? newRegister(sel) : dst;
  const address = addressOf(sel, pointer, instr.off, instr.size);
  const unit = unitOf(instr, address);
  if (unit < instr.size) loadPieces(sel, instr, to, address, unit);
  else loadWhole(sel, instr, to, address);
}

function loadWhole(sel: Selection, { size, signed, type }: Load, dst: number, address: Address): void {
  const extends64 = signed && size < 8 && !(size === 4 && type === 'i32');
  if (!extends64 || sel.cpu === 4) {
    setAddress(emit(sel, load(dst, address.base, address.off, size, extends64)), address);
    return;
  }
  const raw = newRegister(sel);
  setAddress(emit(sel, load(raw, address.base, address.off, size)), address);
  signExtend(sel, dst, raw, (size * 8) as 8 | 16 | 32, type === 'i32');
}

/** In pieces only where the address is not known to be aligned; the frame's objects always are. */
function unitOf({ size, alignBytes }: Load | Store, address: Address): Size {
  // CO-RE can only move an access as a whole.
  if (alignBytes === undefined || address.base === FRAME || address.core !== null) return size;
  return Math.min(size, alignBytes) as Size;
}

function loadPieces(sel: Selection, { size, signed, type }: Load, dst: number, address: Address, unit: Size): void {
  const whole = signed ? newRegister(sel) : dst;
  for (let at = 0; at < size; at += unit) {
    const piece = at === 0 ? whole : newRegister(sel);
    setAddress(emit(sel, load(piece, address.base, address.off + at, unit)), address);
    if (at === 0) continue;
    emit(sel, aluImm('lsh', true, piece, at * 8));
    emit(sel, alu('or', true, whole, piece));
  }
  if (!signed) return;
  if (size === 8 || (size === 4 && type === 'i32')) emit(sel, copy(dst, whole));
  else signExtend(sel, dst, whole, (size * 8) as 8 | 16 | 32, type === 'i32');
}

export function selectStore(sel: Selection, instr: Store): void {
  const [pointer, value] = instr.args;
  if (pointer === undefined || value === undefined) return;
  const immediate = value.op === 'const' && !isContext(sel, pointer) ? storedImmediate(instr.size, value.value) : null;
  const src = immediate === null ? registerOf(sel, value) : 0;
  const address = addressOf(sel, pointer, instr.off, instr.size);
  const unit = unitOf(instr, address);
  if (unit < instr.size) return storePieces(sel, instr, immediate, src, address, unit);
  const insn = immediate === null ? store(address.base, address.off, instr.size, src) : storeImm(address.base, address.off, instr.size, immediate); // prettier-ignore
  setAddress(emit(sel, insn), address);
}

function storePieces(
  sel: Selection,
  { size }: Store,
  immediate: number | null,
  value: number,
  address: Address,
  unit: Size,
): void {
  for (let at = 0; at < size; at += unit) {
    const off = address.off + at;
    if (immediate !== null) {
      const piece = Number(BigInt.asIntN(unit * 8, BigInt(immediate) >> BigInt(at * 8)));
      setAddress(emit(sel, storeImm(address.base, off, unit, piece)), address);
      continue;
    }
    let src = value;
    if (at > 0) {
      src = newRegister(sel);
      emit(sel, copy(src, value));
      emit(sel, aluImm('rsh', true, src, at * 8));
    }
    setAddress(emit(sel, store(address.base, off, unit, src)), address);
  }
}

/** The immediate that stores this constant; null when it takes a register. */
export function storedImmediate(size: Size, value: bigint): number | null {
  if (size === 8) return fitsImm(value) ? Number(BigInt.asIntN(64, value)) : null;
  return Number(BigInt.asIntN(size * 8, value));
}

/** Kernels before 6.4 refuse to store immediates into a context ("BPF_ST stores into R1 ctx is not allowed"). */
function isContext(sel: Selection, pointer: Value): boolean {
  const root = rootOf(sel.widths, pointer);
  return sel.fn.section !== null && root.op === 'param' && root.index === 0;
}
