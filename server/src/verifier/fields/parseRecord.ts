/** Reads the record of special fields of a type. Mirrors `btf_parse_fields` of kernel/bpf/btf.c, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import { findByName, nameOf, sizeOf, typeAt } from '../../btf/query.ts';
import type { FoundField } from './findFields.ts';
import { findFields } from './findFields.ts';
import type { FieldKind, FieldRecord, GraphElement, SpecialField, StructType } from './specialField.ts';
import { ERRNO, FIELD_FACTS, refuse } from './specialField.ts';

/** The program's types and those of the kernel, where they are known. */
export interface TypeSources {
  readonly btf: Btf;
  readonly kernelBtf: Btf | null;
}

/** The record of the type, or null for none. Throws a `FieldRefusal`. */
export function parseRecord(
  sources: TypeSources,
  typeId: number,
  wanted: ReadonlySet<FieldKind>,
  valueSize: number,
): FieldRecord | null {
  const found = findFields(sources.btf, typeId, wanted);
  if (found.length === 0) return null;
  let end = 0;
  const fields = found.map((field) => {
    const { size } = FIELD_FACTS[field.kind];
    if (field.off + size > valueSize) refuse(ERRNO.fault);
    if (field.off < end) refuse(ERRNO.exists);
    end = field.off + size;
    return resolveField(sources, field, size);
  });
  checkTogether(new Set(fields.map(({ kind }) => kind)));
  return { fields: fields.sort((a, b) => a.off - b.off), btf: sources.btf };
}

function resolveField(sources: TypeSources, field: FoundField, size: number): SpecialField {
  const { kind, off } = field;
  switch (kind) {
    case 'kptrUnref':
    case 'kptrRef':
    case 'kptrPercpu':
    case 'uptr':
      return { kind, off, size, target: pointeeOf(sources, field), element: null };
    case 'listHead':
      return { kind, off, size, target: null, element: elementOf(sources.btf, field, 'listNode') };
    case 'rbRoot':
      return { kind, off, size, target: null, element: elementOf(sources.btf, field, 'rbNode') };
    default:
      return { kind, off, size, target: null, element: null };
  }
}

/** Lists and trees need a lock beside them; a node of both needs a count; two sorts of locks are too many. */
function checkTogether(kinds: ReadonlySet<FieldKind>): void {
  if (kinds.has('spinLock') && kinds.has('resSpinLock')) refuse(ERRNO.invalid);
  const locked = kinds.has('spinLock') || kinds.has('resSpinLock');
  if ((kinds.has('listHead') || kinds.has('rbRoot')) && !locked) refuse(ERRNO.invalid);
  if (kinds.has('listNode') && kinds.has('rbNode') && !kinds.has('refcount')) refuse(ERRNO.invalid);
}

/**
 * Structures of the kernel that maps may own, by the function that gives them back: the kernel registers those with
 * `register_btf_id_dtor_kfuncs`.
 */
const DESTRUCTORS: Readonly<Record<string, string>> = {
  task_struct: 'bpf_task_release_dtor',
  cgroup: 'bpf_cgroup_release_dtor',
  bpf_cpumask: 'bpf_cpumask_release_dtor',
  bpf_crypto_ctx: 'bpf_crypto_ctx_release_dtor',
  sk_buff: 'bpf_kfree_skb_dtor',
  prog_test_ref_kfunc: 'bpf_kfunc_call_test_release_dtor',
  prog_test_member: 'bpf_kfunc_call_memb_release_dtor',
};

/** The kernel's structure of that name, or else the program's own. Mirrors `btf_parse_kptr`. */
function pointeeOf({ btf, kernelBtf }: TypeSources, { kind, typeId }: FoundField): StructType | 'unknown' {
  if (kernelBtf === null) return 'unknown';
  const name = nameOf(typeAt(btf, typeId));
  const id = findByName(kernelBtf, 'struct', name);
  if (id === null) return { btf, id: typeId, ofKernel: false };
  if (kind === 'kptrRef') {
    const destructor = DESTRUCTORS[name];
    if (destructor === undefined || findByName(kernelBtf, 'func', destructor) === null) refuse(ERRNO.noent);
  }
  return { btf: kernelBtf, id, ofKernel: true };
}

/** Mirrors `btf_parse_graph_root`. */
function elementOf(btf: Btf, { typeId, node }: FoundField, kind: 'listNode' | 'rbNode'): GraphElement {
  const type = typeAt(btf, typeId);
  const members = type.kind === 'struct' ? type.members.filter(({ name }) => name === node) : [];
  const [member, second] = members;
  if (member === undefined) return refuse(ERRNO.noent);
  const nodeType = typeAt(btf, member.type);
  const fits = nodeType.kind === 'struct' && nodeType.name === FIELD_FACTS[kind].name;
  if (!fits || second !== undefined || member.offsetBits % (8 * FIELD_FACTS[kind].align) !== 0) refuse(ERRNO.invalid);
  return { valueId: typeId, nodeOff: member.offsetBits / 8 };
}

const PAGE_BYTES = 4096;

/** Pointers to user memory: structures of the program's own, a page at most. Mirrors `btf_check_and_fixup_fields`. */
export function checkUserPointers(record: FieldRecord | null): void {
  for (const { kind, target } of record?.fields ?? []) {
    if (kind !== 'uptr' || target === null || target === 'unknown') continue;
    const size = sizeOf(target.btf, target.id) ?? 0;
    if (target.ofKernel || size === 0) refuse(ERRNO.invalid);
    if (size > PAGE_BYTES) refuse(ERRNO.tooBig);
  }
}
