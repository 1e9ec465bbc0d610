/** State as the verifier's log prints it. Mirrors `print_verifier_state` of kernel/bpf/log.c, v6.18. */
import { nameOf, typeAt } from '../../btf/query.ts';
import { boundsText } from './bounds.ts';
import type { FrameState } from './frame.ts';
import { slotAt } from './frame.ts';
import type { Detail, DynptrType, RegisterState } from './register.ts';
import { baseId, isConstant, isPacketPointer, linkMarks, NON_OWN_REF, typeText } from './register.ts';
import type { StackSlot } from './stack.ts';
import { byteType, DYNPTR, isSpilled, ITER, SLOT_BYTES, SPILL } from './stack.ts';

/** What a log line shows besides the frame: which registers and slots, and the acquired references. */
export interface PrintChoice {
  /** Bit i: register i is shown. */
  readonly regs: number;
  readonly showsSlot: (spi: number) => boolean;
  readonly refs: readonly number[];
}

/** All of a frame, and the references of its path. */
export function printAll(refs: readonly { readonly id: number }[]): PrintChoice {
  return { regs: 0x7ff, showsSlot: () => true, refs: refs.map(({ id }) => id) };
}

/** ` R1=ctx() R10=fp0 fp-8=mmmmmmmm refs=2`, beginning with a blank. */
export function frameText(frame: FrameState, choice: PrintChoice): string {
  let text = frame.frameno > 0 ? ` frame${frame.frameno}:` : '';
  frame.regs.forEach((reg, regno) => {
    if (reg.kind !== 'notInit' && choice.regs & (1 << regno)) text += ` R${regno}=${registerText(reg, frame.frameno)}`;
  });
  text += stackText(frame, choice);
  // Locks of values that are told apart by their map alone have no id.
  if ((choice.refs[0] ?? 0) !== 0) text += ` refs=${choice.refs.filter(Boolean).join(',')}`;
  return text + (CALLBACK_MARKS[frame.callback.sort] ?? '');
}

/** How the log ends a callback's state. */
const CALLBACK_MARKS: Partial<Record<FrameState['callback']['sort'], string>> = { sync: ' cb', async: ' async_cb' };

/** A dynptr is told once, at its first slot, which comes second here; so is an iterator. */
function stackText(frame: FrameState, choice: PrintChoice): string {
  let text = '';
  for (let spi = 0; spi < frame.stack.length; spi++) {
    if (slotAt(frame, spi).types === 0 || !choice.showsSlot(spi)) continue;
    if (slotAt(frame, spi).types >>> 28 === DYNPTR) spi++;
    const told = slotText(slotAt(frame, spi), frame.frameno);
    if (told !== '') text += ` fp${-(spi + 1) * SLOT_BYTES}=${told}`;
  }
  return text;
}

const BYTE_LETTERS = '?rm0dif';

export function slotText(slot: StackSlot, frameno: number): string {
  const { detail, refObjId } = slot.reg;
  const type = slot.types >>> 28;
  if (type === DYNPTR && detail?.what === 'dynptr') return dynptrText(slot.reg, detail);
  if (type === ITER && detail?.what === 'iter') return refObjId === 0 ? '' : iteratorText(refObjId, detail);
  let letters = '';
  const spilled = isSpilled(slot);
  for (let i = 0; i < SLOT_BYTES; i++) {
    const type = byteType(slot.types, i);
    if (spilled && type === SPILL) return letters + registerText(slot.reg, frameno);
    letters += BYTE_LETTERS[type] ?? '?';
  }
  return letters;
}

/** The kernel reads "first" as the id of another dynptr, which lies at the same place of its structure. */
function dynptrText({ id, refObjId }: RegisterState, { type, first }: DynptrDetail): string {
  const parts = [id === 0 ? '' : `id=${id}`, refObjId === 0 ? '' : `ref_id=${refObjId}`, first ? 'dynptr_id=1' : ''];
  return `dynptr_${DYNPTR_NAMES[type]}(${parts.filter((part) => part !== '').join(',')})`;
}

function iteratorText(refObjId: number, { name, state, depth }: IteratorDetail): string {
  return `iter_${name}(ref_id=${refObjId},state=${state},depth=${depth})`;
}

type DynptrDetail = Extract<Detail, { what: 'dynptr' }>;
type IteratorDetail = Extract<Detail, { what: 'iter' }>;

/** Mirrors `dynptr_type_str`. */
export const DYNPTR_NAMES: Readonly<Record<DynptrType, string>> = {
  local: 'local',
  ringbuf: 'ringbuf',
  skb: 'skb',
  xdp: 'xdp',
  skbMeta: 'skb_meta',
  file: 'file',
};

/** Mirrors `print_reg_state`, v6.18. */
export function registerText(reg: RegisterState, frameno: number): string {
  const constant = isConstant(reg);
  const value = BigInt.asIntN(64, reg.bounds.varOff.value);
  if (reg.kind === 'scalar') {
    const mark = reg.precise ? 'P' : '';
    return constant ? mark + signedText(value) : `${mark}scalar(${attributes(reg).join(',')})`;
  }
  if (reg.kind === 'arena') return typeText(reg);
  const owner = reg.kind === 'stack' && reg.frameno !== frameno ? `[${reg.frameno}]` : '';
  if (reg.kind === 'stack' && constant) return `fp${owner}${signedText(value + BigInt(reg.off))}`;
  return `${typeText(reg)}${structName(reg)}${owner}(${attributes(reg).join(',')})`;
}

/** What a pointer to a structure points to. */
function structName({ kind, btf, btfId }: RegisterState): string {
  return kind === 'btfId' && btf !== null ? nameOf(typeAt(btf, btfId)) : '';
}

function attributes(reg: RegisterState): string[] {
  const parts: string[] = [];
  if (reg.id !== 0) parts.push(`id=${baseId(reg.id)}${linkMarks(reg.id) !== 0 ? plus(reg.off) : ''}`);
  if (reg.refObjId !== 0) parts.push(`ref_obj_id=${reg.refObjId}`);
  if (reg.flags & NON_OWN_REF) parts.push('non_own_ref');
  if (reg.map !== null && (reg.kind === 'mapPtr' || reg.kind === 'mapValue' || reg.kind === 'mapKey')) {
    if (reg.map.name !== '') parts.push(`map=${reg.map.name.slice(0, 15)}`);
    parts.push(`ks=${reg.map.keySize},vs=${reg.map.valueSize}`);
  }
  if (reg.kind !== 'scalar' && reg.off !== 0) parts.push(`off=${signedText(BigInt(reg.off))}`);
  if (isPacketPointer(reg)) parts.push(`r=${unsignedText(BigInt.asUintN(64, BigInt(reg.range)))}`);
  if (reg.kind === 'mem') parts.push(`sz=${unsignedText(BigInt(reg.memSize))}`);
  if (reg.detail?.what === 'dynptr') parts.push(`type=${DYNPTR_NAMES[reg.detail.type]}`);
  if (!isConstant(reg)) {
    const bounds = boundsText(reg.bounds);
    if (bounds !== '') parts.push(bounds);
  } else if (reg.bounds.varOff.value !== 0n) {
    parts.push(`imm=${signedText(BigInt.asIntN(64, reg.bounds.varOff.value))}`);
  }
  return parts;
}

function plus(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

/** Decimal within 16 bits, otherwise hex of the 64-bit pattern. */
function signedText(value: bigint): string {
  return value >= -32768n && value <= 32767n ? `${value}` : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function unsignedText(value: bigint): string {
  return value <= 65535n ? `${value}` : `0x${value.toString(16)}`;
}
