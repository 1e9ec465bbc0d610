/** May a register be passed where a dynptr is wanted? Mirrors `process_dynptr_func`, v6.18. */
import { checkMemoryAccess } from './checkMemory.ts';
import { createDynptr, DYNPTR_SLOTS } from './dynptrs.ts';
import type { Env } from './env.ts';
import { has } from './olderKernels.ts';
import { getReg } from './registers.ts';
import { reject, Rejection, unsupported } from './rejection.ts';
import type { ObjectPlace } from './stackObjects.ts';
import { markObjectRead, objectAt, objectPlace } from './stackObjects.ts';
import { slotAt } from './state/frame.ts';
import type { DynptrType, RegisterState } from './state/register.ts';
import { DYNPTR_NAMES } from './state/print.ts';
import { allOfType, DYNPTR, SLOT_BYTES } from './state/stack.ts';

/** How the callee uses the dynptr. */
export interface DynptrUse {
  /** It makes the dynptr, of this type. */
  readonly creates: DynptrType | null;
  /** It leaves the dynptr itself as it is, so a constant one will do. */
  readonly readOnly: boolean;
  /** It takes only dynptrs of this type; null for any. */
  readonly wants: DynptrType | null;
  /** Id of the reference that a new clone shares; 0 for none. */
  readonly cloneOf: number;
}

/** What an initialised dynptr is. */
export interface KnownDynptr {
  readonly id: number;
  readonly refObjId: number;
  readonly type: DynptrType;
}

/** The rules are those that Linux 6.3 brought: before it, dynptrs could be overwritten without notice. */
const SINCE = '6.3';

export function checkDynptr(env: Env, regno: number, use: DynptrUse): void {
  if (!has(env, SINCE)) unsupported(`dynptrs as Linux knew them before ${SINCE}`);
  const reg = getReg(env, regno);
  if (reg.kind !== 'stack' && reg.kind !== 'dynptr')
    refuse(regno, [], `arg#${regno - 1} expected pointer to stack or const struct bpf_dynptr`);
  if (use.creates !== null) create(env, regno, use.creates, use.cloneOf);
  else checkInitialised(env, regno, use);
}

function create(env: Env, regno: number, type: DynptrType, cloneOf: number): void {
  const reg = getReg(env, regno);
  const complaints = reg.kind === 'dynptr' ? [] : dynptrPlace(env, reg).complaints;
  if (reg.kind === 'dynptr' || complaints.length > 0)
    refuse(regno, complaints, 'Dynptr has to be an uninitialized dynptr');
  for (let off = 0; off < DYNPTR_SLOTS * SLOT_BYTES; off += SLOT_BYTES) writeSlot(env, regno, off);
  const { frame, spi } = dynptrPlace(env, reg);
  createDynptr(env, frame, spi, type, cloneOf);
}

/** The callee writes eight bytes of what the register points to. */
export function writeSlot(env: Env, regno: number, off: number): void {
  checkMemoryAccess(env, {
    regno,
    off,
    size: SLOT_BYTES,
    write: true,
    valueReg: -1,
    imm: null,
    strict: false,
    signed: false,
  });
}

function checkInitialised(env: Env, regno: number, use: DynptrUse): void {
  const reg = getReg(env, regno);
  if (reg.kind === 'dynptr' && !use.readOnly)
    refuse(regno, [], 'cannot pass pointer to const bpf_dynptr, the helper mutates it');
  const place = reg.kind === 'dynptr' ? null : dynptrPlace(env, reg);
  const known = place === null ? knownDynptr(reg) : initialisedAt(place);
  if (known === null) refuse(regno, place?.complaints ?? [], `Expected an initialized dynptr as arg #${regno - 1}`);
  if (use.wants !== null && known.type !== use.wants)
    refuse(regno, [], `Expected a dynptr of type ${DYNPTR_NAMES[use.wants]} as arg #${regno - 1}`);
  if (place !== null) markObjectRead(env, place, DYNPTR_SLOTS);
}

function refuse(regno: number, complaints: readonly string[], line: string): never {
  throw new Rejection([...complaints, line], regno, 'here');
}

function dynptrPlace(env: Env, reg: RegisterState): ObjectPlace {
  return objectPlace(env, reg, 'dynptr', DYNPTR_SLOTS);
}

/** Mirrors `is_dynptr_reg_valid_init`. */
function initialisedAt({ frame, spi }: ObjectPlace): KnownDynptr | null {
  const all = allOfType(DYNPTR);
  if (spi < 1 || slotAt(frame, spi).types !== all || slotAt(frame, spi - 1).types !== all) return null;
  return knownDynptr(objectAt(frame, spi));
}

function knownDynptr({ id, refObjId, detail }: RegisterState): KnownDynptr | null {
  return detail?.what === 'dynptr' && detail.first ? { id, refObjId, type: detail.type } : null;
}

/** The dynptr that an argument already checked refers to. */
export function dynptrOf(env: Env, regno: number): KnownDynptr {
  const reg = getReg(env, regno);
  const known = reg.kind === 'dynptr' ? knownDynptr(reg) : initialisedAt(dynptrPlace(env, reg));
  if (known === null) throw new RangeError('no dynptr where one was checked');
  return known;
}

/** Only a dynptr on the stack that holds a reference can be given back. */
export function checkReleasable(env: Env, regno: number): void {
  if (!has(env, SINCE)) return;
  const reg = getReg(env, regno);
  if (reg.kind !== 'stack') reject('cannot release unowned const bpf_dynptr');
  const { frame, spi, complaints } = dynptrPlace(env, reg);
  if (spi < 0 || objectAt(frame, spi).refObjId === 0)
    refuse(regno, complaints, `arg ${regno} is an unacquired reference`);
}

/** Where a dynptr that was checked lies. */
export function placeOfDynptr(env: Env, regno: number): ObjectPlace {
  return dynptrPlace(env, getReg(env, regno));
}
