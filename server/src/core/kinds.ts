/** BPF_CORE_*: what a relocation asks. Source: enum bpf_core_relo_kind, include/uapi/linux/bpf.h, v6.18. */
export const ASKED = {
  fieldOffset: 0, fieldSize: 1, fieldExists: 2, fieldSigned: 3, fieldLeftShift: 4, fieldRightShift: 5, localTypeId: 6,
  kernelTypeId: 7, typeExists: 8, typeSize: 9, enumValueExists: 10, enumValue: 11, typeMatches: 12,
} as const; // prettier-ignore

const FIELD: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5]);
const TYPE: ReadonlySet<number> = new Set([6, 7, 8, 9, 12]);
const ENUM_VALUE: ReadonlySet<number> = new Set([10, 11]);

/** What the relocation is about; null for a kind that is not known. */
export function subjectOf(kind: number): 'field' | 'type' | 'enumValue' | null {
  if (FIELD.has(kind)) return 'field';
  if (TYPE.has(kind)) return 'type';
  return ENUM_VALUE.has(kind) ? 'enumValue' : null;
}
