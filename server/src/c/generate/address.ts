/** Folds additions of constants and CO-RE offsets into the offset of a memory access. */
import type { CoreRequest, Value } from '../ir/ir.ts';
import { FRAME, type FrameObject, type Op } from './code.ts';
import { constantStep, frameOf, registerOf, sharedBase, type Selection } from './selection.ts';
import { rootOf } from './widths.ts';

export interface Address {
  readonly base: number;
  readonly off: number;
  readonly frame: FrameObject | null;
  readonly core: CoreRequest | null;
}

/** `bytes` are accessed from the address on, perhaps in pieces. */
export function addressOf(sel: Selection, value: Value, off: number, bytes: number): Address {
  let at = rootOf(sel.widths, value);
  let total = off;
  for (let depth = 0; depth < 8; depth++) {
    if (at.op === 'alloca') return { base: FRAME, off: total, frame: frameOf(sel, at), core: null };
    const relocated = total === 0 && bytes <= 8 ? relocatedAddress(sel, at) : null;
    if (relocated !== null) return relocated;
    const step = constantStep(at);
    if (step === null || !fits(total + step.off, bytes)) break;
    total += step.off;
    at = rootOf(sel.widths, step.base);
  }
  if (fits(total, bytes)) return { base: registerOf(sel, at), off: total, frame: null, core: null };
  return { base: registerOf(sel, value), off, frame: null, core: null };
}

/** Notes what else an instruction with this address needs. */
export function setAddress(op: Op, { frame, core }: Address): void {
  op.frame = frame;
  if (core !== null) op.core = core;
}

function fits(off: number, bytes: number): boolean {
  return off >= -0x8000 && off + bytes <= 0x8000;
}

/** BPF_CORE_FIELD_BYTE_OFFSET, the only kind that libbpf takes for an offset in an access. */
const FIELD_OFFSET = 0;

function relocatedAddress(sel: Selection, value: Value): Address | null {
  if (value.op !== 'binary' || value.kind !== 'add' || value.type === 'i32') return null;
  const [base, offset] = value.args;
  if (base === undefined || offset?.op !== 'core') return null;
  const root = rootOf(sel.widths, base);
  if (offset.relocation.kind !== FIELD_OFFSET || offset.value > 0x7fffn) return null;
  return { base: sharedBase(sel, root), off: Number(offset.value), frame: null, core: offset.relocation };
}
