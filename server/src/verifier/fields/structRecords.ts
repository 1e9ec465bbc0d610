/**
 * The records of a program's own structures, which it may allocate and link. Mirrors `btf_parse_struct_metas` and
 * `btf_check_and_fixup_fields` of kernel/bpf/btf.c, v6.18.
 */
import type { Btf } from '../../btf/btf.ts';
import { findByName, typeAt } from '../../btf/query.ts';
import { pointerAt } from './findFields.ts';
import type { TypeSources } from './parseRecord.ts';
import { parseRecord } from './parseRecord.ts';
import type { FieldKind, FieldRecord } from './specialField.ts';
import { ERRNO, FIELD_FACTS, FieldRefusal, KPTRS, refuse } from './specialField.ts';

/** Records by the structure's id, or the errno with which the kernel refuses the types as a whole. */
export type StructRecords = ReadonlyMap<number, FieldRecord> | number;

export function structRecords(sources: TypeSources): StructRecords {
  const known = KNOWN.get(sources.btf);
  if (known !== undefined && known.kernelBtf === sources.kernelBtf) return known.records;
  const records = compute(sources);
  KNOWN.set(sources.btf, { kernelBtf: sources.kernelBtf, records });
  return records;
}

const KNOWN = new WeakMap<Btf, { readonly kernelBtf: Btf | null; readonly records: StructRecords }>();

const STRUCT_FIELDS: ReadonlySet<FieldKind> = new Set<FieldKind>([
  'spinLock', 'resSpinLock', 'listHead', 'listNode', 'rbRoot', 'rbNode', 'refcount', ...KPTRS,
]); // prettier-ignore

/** Members of these types make a structure one with a record: `alloc_obj_fields`. */
const TELLING: readonly FieldKind[] = ['spinLock', 'listHead', 'listNode', 'rbRoot', 'rbNode', 'refcount'];

function compute(sources: TypeSources): StructRecords {
  try {
    const records = parseAll(sources);
    checkElements(records);
    return records;
  } catch (error) {
    if (error instanceof FieldRefusal) return error.errno;
    throw error;
  }
}

function parseAll(sources: TypeSources): Map<number, FieldRecord> {
  const { btf } = sources;
  const telling = tellingTypes(btf);
  const records = new Map<number, FieldRecord>();
  if (telling.size === 0) return records;
  btf.types.forEach((type, id) => {
    if (type.kind !== 'struct' || !type.members.some((member) => telling.has(member.type))) return;
    records.set(id, parseRecord(sources, id, STRUCT_FIELDS, type.size) ?? refuse(ERRNO.fault));
  });
  return records;
}

function tellingTypes(btf: Btf): Set<number> {
  const telling = new Set<number>();
  for (const kind of TELLING) {
    const id = findByName(btf, 'struct', FIELD_FACTS[kind].name);
    if (id !== null) telling.add(id);
  }
  for (let id = 1; id < btf.types.length; id++)
    if (typeAt(btf, id).kind !== 'struct' && isKernelPointer(btf, id)) telling.add(id);
  return telling;
}

function isKernelPointer(btf: Btf, id: number): boolean {
  try {
    return pointerAt(btf, id, KPTRS) !== null;
  } catch (error) {
    if (error instanceof FieldRefusal) return false;
    throw error;
  }
}

/** Elements have records, too. What is an element itself and owns others must not own owners: so no circle closes. */
function checkElements(records: ReadonlyMap<number, FieldRecord>): void {
  for (const record of records.values())
    for (const { element } of record.fields) {
      if (element === null) continue;
      const owned = records.get(element.valueId) ?? refuse(ERRNO.fault);
      if (isElement(record) && isOwner(owned)) refuse(ERRNO.loop);
    }
}

function isElement(record: FieldRecord): boolean {
  return record.fields.some(({ kind }) => kind === 'listNode' || kind === 'rbNode');
}

function isOwner(record: FieldRecord): boolean {
  return record.fields.some(({ element }) => element !== null);
}
