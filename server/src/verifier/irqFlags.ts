/** Interrupt flags saved on the stack. Mirrors `process_irq_flag` and what it calls, v6.18. */
import { checkMemoryAccess } from './checkMemory.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { markSlotWritten } from './liveness.ts';
import { markSlotChanged } from './log.ts';
import { changeRegions } from './regions.ts';
import { getReg } from './registers.ts';
import { rejectReg } from './rejection.ts';
import type { ObjectPlace } from './stackObjects.ts';
import { clearSlots, markObjectRead, objectAt, objectPlace } from './stackObjects.ts';
import type { Frame } from './state/frame.ts';
import { setSlot, slotAt } from './state/frame.ts';
import { pointer } from './state/register.ts';
import { allOfType, byteType, IRQ_FLAG, SLOT_BYTES } from './state/stack.ts';

/** What saved them: bpf_local_irq_save, or a lock. */
export type SavedBy = 'native' | 'lock';

export function saveFlags(env: Env, regno: number, by: SavedBy): void {
  const place = flagPlace(env, regno);
  if (!mayBecomeFlags(place))
    rejectReg(regno, ...place.complaints, `expected uninitialized irq flag as arg#${regno - 1}`);
  const access = {
    regno,
    off: 0,
    size: SLOT_BYTES,
    write: true,
    valueReg: -1,
    imm: null,
    strict: false,
    signed: false,
  };
  checkMemoryAccess(env, access);
  // The access may have made the slot.
  const { frame, spi } = flagPlace(env, regno);
  const id = nextId(env);
  env.state.refs = [...env.state.refs, { kind: 'irq', id, pc: env.pc, owner: null }];
  changeRegions(env, { irqId: id });
  const detail = { what: 'irq', by } as const;
  setSlot(frame, spi, { types: allOfType(IRQ_FLAG), reg: pointer('stack', { refObjId: id, detail }) });
  markSlotWritten(env, frame.frameno, spi);
  markSlotChanged(env.log, spi);
}

export function restoreFlags(env: Env, regno: number, by: SavedBy): void {
  const place = flagPlace(env, regno);
  const { frame, spi } = place;
  if (spi < 0 || !holdsFlags(frame, spi))
    rejectReg(regno, ...place.complaints, `expected an initialized irq flag as arg#${regno - 1}`);
  markObjectRead(env, place, 1);
  const { detail, refObjId } = objectAt(frame, spi);
  const saved = detail?.what === 'irq' ? detail.by : by;
  if (saved !== by) rejectReg(regno, `irq flag acquired by ${saved} kfuncs cannot be restored with ${by} kfuncs`);
  forgetFlags(env, refObjId);
  clearSlots(env, frame, spi, 1);
  markSlotChanged(env.log, spi);
}

function flagPlace(env: Env, regno: number): ObjectPlace {
  return objectPlace(env, getReg(env, regno), 'irq_flag', 1);
}

function mayBecomeFlags({ frame, spi, complaints }: ObjectPlace): boolean {
  if (complaints.length > 0) return false;
  return spi < 0 || bytesOf(frame, spi).every((type) => type !== IRQ_FLAG);
}

function holdsFlags(frame: Frame, spi: number): boolean {
  return objectAt(frame, spi).refObjId !== 0 && bytesOf(frame, spi).every((type) => type === IRQ_FLAG);
}

function bytesOf(frame: Frame, spi: number): number[] {
  const { types } = slotAt(frame, spi);
  return Array.from({ length: SLOT_BYTES }, (_, i) => byteType(types, i));
}

/** Flags are restored in the reverse order of saving. Mirrors `release_irq_state`. */
function forgetFlags(env: Env, id: number): void {
  const { refs, regions } = env.state;
  if (id !== regions.irqId) {
    const expected = refs.find((ref) => ref.id === regions.irqId)?.pc ?? 0;
    const order = `expected id=${regions.irqId} acquired at insn_idx=${expected}`;
    rejectReg(1, `cannot restore irq state out of order, ${order}`);
  }
  const at = refs.findIndex((ref) => ref.kind === 'irq' && ref.id === id);
  const before = refs.slice(0, at).findLast(({ kind }) => kind === 'irq');
  env.state.refs = refs.filter((_, i) => i !== at);
  changeRegions(env, { irqId: before?.id ?? 0 });
}
