/** Atomic operations. Mirrors `check_atomic`, v6.18. */
import type { AtomicInsn } from '../isa/insn.ts';
import { isAtomicInArena } from './arena.ts';
import { checkMemoryAccess } from './checkMemory.ts';
import type { Env } from './env.ts';
import { notePointerKind } from './pointerKinds.ts';
import { checkRead, checkWritable, getReg, writeUnknown } from './registers.ts';
import { isSecret } from './rights.ts';
import { rejectReg } from './rejection.ts';
import { isPacketPointer, isSocketPointer, typeText } from './state/register.ts';

export function doAtomic(env: Env, insn: AtomicInsn): void {
  if (insn.op === 'loadAcquire') loadAcquire(env, insn);
  else if (insn.op === 'storeRelease') storeRelease(env, insn);
  else readModifyWrite(env, insn);
}

function readModifyWrite(env: Env, insn: AtomicInsn): void {
  checkRead(env, insn.src);
  checkRead(env, insn.dst);
  if (insn.op === 'cmpxchg') {
    checkRead(env, 0);
    refuseSecret(env, 0);
  }
  refuseSecret(env, insn.src);
  checkTarget(env, insn, insn.dst, 'stores into');
  const loaded = insn.op === 'cmpxchg' ? 0 : insn.fetch ? insn.src : -1;
  if (loaded >= 0) writeUnknown(env, loaded);
  const access = { regno: insn.dst, off: insn.off, size: insn.size, imm: null, strict: true, signed: false };
  checkMemoryAccess(env, { ...access, write: false, valueReg: -1 });
  if (loaded >= 0) checkMemoryAccess(env, { ...access, write: false, valueReg: loaded });
  if (getReg(env, insn.dst).kind === 'arena') notePointerKind(env, 'arena');
  checkMemoryAccess(env, { ...access, write: true, valueReg: -1 });
}

function loadAcquire(env: Env, insn: AtomicInsn): void {
  checkRead(env, insn.src);
  checkWritable(env, insn.dst);
  const { kind } = getReg(env, insn.src);
  const access = { regno: insn.src, off: insn.off, size: insn.size, imm: null, strict: true, signed: false };
  checkMemoryAccess(env, { ...access, write: false, valueReg: insn.dst });
  notePointerKind(env, kind);
  checkTarget(env, insn, insn.src, 'loads from');
}

function storeRelease(env: Env, insn: AtomicInsn): void {
  checkRead(env, insn.src);
  const { kind } = checkRead(env, insn.dst);
  const access = { regno: insn.dst, off: insn.off, size: insn.size, imm: null, strict: true, signed: false };
  checkMemoryAccess(env, { ...access, write: true, valueReg: insn.src });
  notePointerKind(env, kind);
  checkTarget(env, insn, insn.dst, 'stores into');
}

/** Addresses must not become numbers in memory. */
function refuseSecret(env: Env, regno: number): void {
  if (isSecret(env, getReg(env, regno))) rejectReg(regno, `R${regno} leaks addr into mem`);
}

/** Mirrors `atomic_ptr_type_ok`. */
function checkTarget(env: Env, insn: AtomicInsn, regno: number, what: string): void {
  const reg = getReg(env, regno);
  if (reg.kind === 'arena' && isAtomicInArena(insn)) return;
  if (
    reg.kind === 'arena' ||
    reg.kind === 'ctx' ||
    reg.kind === 'flowKeys' ||
    isPacketPointer(reg) ||
    isSocketPointer(reg)
  )
    rejectReg(regno, `BPF_ATOMIC ${what} R${regno} ${typeText(reg)} is not allowed`);
}
