/** Fields of map values and allocated objects that the kernel guards. Mirrors `struct btf_record`, v6.18. */
import type { Btf } from '../../btf/btf.ts';

export type FieldKind =
  | 'spinLock' | 'resSpinLock' | 'timer' | 'workqueue' | 'taskWork' | 'kptrUnref' | 'kptrRef' | 'kptrPercpu' | 'uptr'
  | 'listHead' | 'listNode' | 'rbRoot' | 'rbNode' | 'refcount'; // prettier-ignore

/** A structure and the types that hold it: the program's or the kernel's. */
export interface StructType {
  readonly btf: Btf;
  readonly id: number;
  readonly ofKernel: boolean;
}

/** What the elements of a list or tree are. */
export interface GraphElement {
  /** Structure in the same types as the field. */
  readonly valueId: number;
  /** Where in it the node lies that is linked. */
  readonly nodeOff: number;
}

export interface SpecialField {
  readonly kind: FieldKind;
  readonly off: number;
  readonly size: number;
  /** Pointers: what they point to. 'unknown' where only the kernel's types could tell, and nobody gave them. */
  readonly target: StructType | 'unknown' | null;
  /** Lists and trees. */
  readonly element: GraphElement | null;
}

/** The special fields of one type, by offset. Never empty. */
export interface FieldRecord {
  readonly fields: readonly SpecialField[];
  /** The types the record was read from. */
  readonly btf: Btf;
}

/** BTF_FIELDS_MAX of include/linux/btf.h. */
export const MAX_FIELDS = 11;

interface FieldFact {
  /** The structure's name; pointers are known by their tag. */
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** A type may hold only one. */
  readonly unique: boolean;
}

/** Mirrors `btf_field_type_size`, `btf_field_type_align` and the table of `btf_get_field_type`. */
export const FIELD_FACTS: Readonly<Record<FieldKind, FieldFact>> = {
  spinLock: { name: 'bpf_spin_lock', size: 4, align: 4, unique: true },
  resSpinLock: { name: 'bpf_res_spin_lock', size: 4, align: 4, unique: true },
  timer: { name: 'bpf_timer', size: 16, align: 8, unique: true },
  workqueue: { name: 'bpf_wq', size: 16, align: 8, unique: true },
  taskWork: { name: 'bpf_task_work', size: 8, align: 8, unique: true },
  listHead: { name: 'bpf_list_head', size: 16, align: 8, unique: false },
  listNode: { name: 'bpf_list_node', size: 24, align: 8, unique: false },
  rbRoot: { name: 'bpf_rb_root', size: 16, align: 8, unique: false },
  rbNode: { name: 'bpf_rb_node', size: 32, align: 8, unique: false },
  refcount: { name: 'bpf_refcount', size: 4, align: 4, unique: false },
  kptrUnref: { name: 'kptr', size: 8, align: 8, unique: false },
  kptrRef: { name: 'kptr', size: 8, align: 8, unique: false },
  kptrPercpu: { name: 'percpu_kptr', size: 8, align: 8, unique: false },
  uptr: { name: 'uptr', size: 8, align: 8, unique: false },
};

export const KPTRS: ReadonlySet<FieldKind> = new Set<FieldKind>(['kptrUnref', 'kptrRef', 'kptrPercpu']);

/** Why the kernel refuses a type: an errno. Thrown while a record is read; never leaves the folder. */
export class FieldRefusal extends Error {
  override name = 'FieldRefusal';
  readonly errno: number;
  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export const ERRNO = {
  noent: 2, tooBig: 7, access: 13, fault: 14, exists: 17, invalid: 22, loop: 40, notSupported: 95,
} as const; // prettier-ignore

export function refuse(errno: number): never {
  throw new FieldRefusal(errno);
}

export function fieldOf(record: FieldRecord | null, kind: FieldKind): SpecialField | null {
  return record?.fields.find((field) => field.kind === kind) ?? null;
}
