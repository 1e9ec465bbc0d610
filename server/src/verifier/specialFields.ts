/** Map values whose fields the kernel guards: what loads, stores and helpers may touch. Mirrors `check_map_access`, v6.18. */
import type { MapSpec } from '../program/program.ts';
import type { Env } from './env.ts';
import type { MapTypes } from './fields/mapRecord.ts';
import { mapTypes } from './fields/mapRecord.ts';
import type { FieldKind, FieldRecord, SpecialField } from './fields/specialField.ts';
import { FIELD_FACTS, fieldOf, KPTRS } from './fields/specialField.ts';
import { structRecords } from './fields/structRecords.ts';
import { rejectReg, unsupported } from './rejection.ts';
import { getReg } from './registers.ts';
import type { RegisterState } from './state/register.ts';
import { ALLOC, isConstant } from './state/register.ts';

const UNTYPED: MapTypes = { typed: false, record: null };

/** What the kernel knows of the types of the map. */
export function typesOfMap(env: Pick<Env, 'program' | 'options'>, map: MapSpec): MapTypes {
  const { btf } = env.program;
  return btf === null ? UNTYPED : mapTypes(map, { btf, kernelBtf: env.options.kernelBtf ?? null });
}

/** Pointers that may be loaded and stored, but only as such. */
export function isPointerField({ kind }: SpecialField): boolean {
  return KPTRS.has(kind) || kind === 'uptr';
}

/** The pointer that lies exactly there, or null. */
export function pointerFieldAt(record: FieldRecord | null, off: number): SpecialField | null {
  return record?.fields.find((field) => field.off === off && isPointerField(field)) ?? null;
}

/** Refuses an access to a map's value that touches a guarded field; `direct` is one by an instruction. */
export function checkFieldsOfMap(env: Env, regno: number, off: number, size: number, direct: boolean): void {
  const reg = getReg(env, regno);
  if (reg.map === null) return;
  const { record } = typesOfMap(env, reg.map);
  if (record === null) return;
  const first = reg.bounds.smin + BigInt(off);
  const end = reg.bounds.umax + BigInt(off + size);
  for (const field of record.fields)
    if (first < BigInt(field.off + field.size) && BigInt(field.off) < end)
      checkField(env, regno, field, off, size, direct);
}

function checkField(env: Env, regno: number, field: SpecialField, off: number, size: number, direct: boolean): void {
  const { name } = FIELD_FACTS[field.kind];
  if (!isPointerField(field)) rejectReg(regno, `${name} cannot be accessed directly by load/store`);
  if (!direct) rejectReg(regno, `${name} cannot be accessed indirectly by helper`);
  const reg = getReg(env, regno);
  if (!isConstant(reg)) rejectReg(regno, `${name} access cannot have variable offset`);
  const at = BigInt.asUintN(64, BigInt(off) + reg.bounds.varOff.value);
  if (at !== BigInt(field.off)) rejectReg(regno, `${name} access misaligned expected=${field.off} off=${at}`);
  if (size !== 8) rejectReg(regno, `${name} access size must be BPF_DW`);
}

/** The record of one of the program's own structures; null for one without special fields. */
export function recordOfStruct(env: Env, id: number): FieldRecord | null {
  const { btf } = env.program;
  if (btf === null) return null;
  const records = structRecords({ btf, kernelBtf: env.options.kernelBtf ?? null });
  if (typeof records === 'number') return unsupported('type information that the kernel refuses');
  return records.get(id) ?? null;
}

/** Mirrors `reg_btf_record`: the special fields of what the pointer points to. */
export function recordOfRegister(env: Env, reg: RegisterState): FieldRecord | null {
  if (reg.kind === 'mapValue') return reg.map === null ? null : typesOfMap(env, reg.map).record;
  if (reg.kind !== 'btfId' || (reg.flags & ALLOC) === 0 || reg.btf !== env.program.btf) return null;
  return recordOfStruct(env, reg.btfId);
}

/** Mirrors `reg_may_point_to_spin_lock`. */
export function hasLock(env: Env, reg: RegisterState): boolean {
  const record = recordOfRegister(env, reg);
  return fieldOf(record, 'spinLock') !== null || fieldOf(record, 'resSpinLock') !== null;
}

/** Timers, work queues and task work. */
const DEFERRED: ReadonlySet<FieldKind> = new Set<FieldKind>(['timer', 'workqueue', 'taskWork']);

export function hasDeferred(env: Env, map: MapSpec): boolean {
  return typesOfMap(env, map).record?.fields.some(({ kind }) => DEFERRED.has(kind)) ?? false;
}
