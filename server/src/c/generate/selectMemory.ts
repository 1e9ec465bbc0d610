/** Loads and stores. */
import type { Size } from '../../isa/insn.ts';
import type { Instr, Value } from '../ir/ir.ts';
import { addressOf, setAddress } from './address.ts';
import { load, store, storeImm } from './insns.ts';
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
  const { size, signed, type } = instr;
  const extends64 = signed && size < 8 && !(size === 4 && type === 'i32');
  if (!extends64 || sel.cpu === 4) {
    setAddress(emit(sel, load(to, address.base, address.off, size, extends64)), address);
    return;
  }
  const raw = newRegister(sel);
  setAddress(emit(sel, load(raw, address.base, address.off, size)), address);
  signExtend(sel, to, raw, (size * 8) as 8 | 16 | 32, type === 'i32');
}

export function selectStore(sel: Selection, instr: Store): void {
  const [pointer, given] = instr.args;
  if (pointer === undefined || given === undefined) return;
  const value = unmasked(sel, given, instr.size);
  const immediate =
    value.op === 'const' && !mayBeContext(sel, pointer) ? storedImmediate(instr.size, value.value) : null;
  const src = immediate === null ? registerOf(sel, value) : 0;
  const address = addressOf(sel, pointer, instr.off, instr.size);
  const insn = immediate === null ? store(address.base, address.off, instr.size, src) : storeImm(address.base, address.off, instr.size, immediate); // prettier-ignore
  setAddress(emit(sel, insn), address);
}

/** The value without masks that only clear what is not stored. */
function unmasked(sel: Selection, value: Value, size: Size): Value {
  let at = value;
  for (let depth = 0; depth < 4; depth++) {
    const root = rootOf(sel.widths, at);
    if ((sel.uses[root.id] ?? 0) !== 1 || (sel.regs[root.id] ?? 0) !== 0) return at;
    const [arg, mask] = root.op === 'binary' || root.op === 'convert' ? root.args : [];
    if (arg === undefined) return at;
    if (root.op === 'convert' && !CLEARS[size].includes(root.kind)) return at;
    if (root.op === 'binary' && !(root.kind === 'and' && mask?.op === 'const' && coversBytes(mask.value, size)))
      return at;
    at = arg;
  }
  return at;
}

/** Conversions that leave the low bytes as they are. */
const CLEARS: Readonly<Record<Size, readonly string[]>> = {
  1: ['zext', 'sext', 'trunc', 'zext8', 'zext16', 'sext8', 'sext16'],
  2: ['zext', 'sext', 'trunc', 'zext16', 'sext16'],
  4: ['zext', 'sext', 'trunc'],
  8: [],
};

function coversBytes(mask: bigint, size: Size): boolean {
  const low = (1n << BigInt(size * 8)) - 1n;
  return (mask & low) === low;
}

/** The immediate that stores this constant; null when it takes a register. */
export function storedImmediate(size: Size, value: bigint): number | null {
  if (size === 8) return fitsImm(value) ? Number(BigInt.asIntN(64, value)) : null;
  return Number(BigInt.asIntN(size * 8, value));
}

const MOST_SUMS = 4;

/**
 * Kernels before 6.4 refuse to store immediates into a context ("BPF_ST stores into R1 ctx is not allowed"). Functions
 * that are called may get one as any argument.
 */
function mayBeContext(sel: Selection, pointer: Value): boolean {
  let root = rootOf(sel.widths, pointer);
  for (let depth = 0; depth < MOST_SUMS && root.op === 'binary'; depth++)
    root = rootOf(sel.widths, root.args[0] as Value);
  return root.op === 'param' && (root.index === 0 || sel.fn.section === null);
}
