/** Spin locks: where they lie, which are held. Mirrors `process_spin_lock` and `acquire_lock_state`, v6.18. */
import type { Env } from './env.ts';
import { fieldOf } from './fields/specialField.ts';
import { insideAddCallback } from './graphs.ts';
import { forgetBorrowed } from './borrowed.ts';
import { getReg } from './registers.ts';
import { reject, rejectReg } from './rejection.ts';
import { recordOfRegister, typesOfMap } from './specialFields.ts';
import { isConstant } from './state/register.ts';
import type { RegisterState } from './state/register.ts';
import type { Reference, WalkState } from './walkState.ts';

export type LockKind = Extract<Reference['kind'], 'lock' | 'resLock' | 'resLockIrq'>;

/** bpf_spin_lock and bpf_spin_unlock. */
export function checkSpinLock(env: Env, regno: number, takes: boolean): void {
  if (insideAddCallback(env)) reject("can't spin_{lock,unlock} in rbtree cb");
  useLock(env, regno, 'lock', takes);
}

/** Takes the lock that the register points to, or gives it back. */
export function useLock(env: Env, regno: number, kind: LockKind, takes: boolean): void {
  checkPlace(env, regno, kind);
  const { id } = getReg(env, regno);
  const owner = ownerOf(getReg(env, regno));
  if (takes) takeLock(env, { kind, id, pc: env.pc, owner });
  else giveLockBack(env, { kind, id, pc: env.pc, owner });
}

/** Two locks are the same when they lie in the same object of the same map or types. */
function ownerOf(reg: RegisterState): object | null {
  return reg.kind === 'mapValue' ? reg.map : reg.btf;
}

function wordOf(kind: LockKind): string {
  return kind === 'lock' ? 'bpf_spin' : 'bpf_res_spin';
}

function checkPlace(env: Env, regno: number, kind: LockKind): void {
  const reg = getReg(env, regno);
  const word = wordOf(kind);
  if (!isConstant(reg))
    rejectReg(regno, `R${regno} doesn't have constant offset. ${word}_lock has to be at the constant offset`);
  const { map } = reg;
  if (reg.kind === 'mapValue' && map !== null && !typesOfMap(env, map).typed)
    rejectReg(regno, `map '${map.name}' has to have BTF in order to use ${word}_lock`);
  const field = fieldOf(recordOfRegister(env, reg), kind === 'lock' ? 'spinLock' : 'resSpinLock');
  if (field === null) {
    const what = reg.kind === 'mapValue' ? `map '${map?.name ?? ''}'` : "local 'kptr'";
    return rejectReg(regno, `${what} has no valid ${word}_lock`);
  }
  const off = BigInt.asIntN(64, reg.bounds.varOff.value) + BigInt(reg.off);
  if (off !== BigInt(field.off))
    rejectReg(regno, `off ${off} doesn't point to 'struct ${word}_lock' that is at ${field.off}`);
}

function isLock({ kind }: Reference): boolean {
  return kind === 'lock' || kind === 'resLock' || kind === 'resLockIrq';
}

function takeLock(env: Env, lock: Reference): void {
  const { refs } = env.state;
  if (lock.kind === 'lock' ? refs.some(({ kind }) => kind === 'lock') : refs.some((held) => sameLock(held, lock)))
    reject(
      lock.kind === 'lock'
        ? 'Locking two bpf_spin_locks are not allowed'
        : 'Acquiring the same lock again, AA deadlock detected',
    );
  env.state.refs = [...refs, lock];
  const { regions } = env.state;
  env.state.regions = { ...regions, locks: regions.locks + 1, lockId: lock.id, lockOwner: lock.owner };
}

/** Taken with or without saving interrupt flags: the lock is the same. */
function sameLock(a: Reference, b: Reference): boolean {
  return isLock(a) && a.kind !== 'lock' && a.id === b.id && a.owner === b.owner;
}

function giveLockBack(env: Env, lock: Reference): void {
  const { state } = env;
  const word = wordOf(lock.kind as LockKind);
  if (state.regions.locks === 0) reject(`${word}_unlock without taking a lock`);
  const at = state.refs.findIndex(
    ({ kind, id, owner }) => kind === lock.kind && id === lock.id && owner === lock.owner,
  );
  if (at < 0) reject(`${word}_unlock of different lock`);
  if (lock.id !== state.regions.lockId || lock.owner !== state.regions.lockOwner)
    reject(`${word}_unlock cannot be out of order`);
  forgetLock(state, at);
  forgetBorrowed(env);
}

/** The lock taken before it is the last one now. */
function forgetLock(state: WalkState, at: number): void {
  const before = state.refs.slice(0, at).findLast(isLock);
  state.refs = state.refs.filter((_, i) => i !== at);
  const { regions } = state;
  state.regions = {
    ...regions,
    locks: regions.locks - 1,
    lockId: before?.id ?? 0,
    lockOwner: before?.owner ?? null,
  };
}
