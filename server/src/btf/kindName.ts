import type { BtfType } from './btf.ts';

/** A type's kind as the kernel's messages name it. Mirrors `btf_kind_str` of kernel/bpf/btf.c, v6.18. */
export function kindName(type: BtfType): string {
  if (type.kind === 'enum') return type.size === 8 ? 'ENUM64' : 'ENUM';
  return NAMES[type.kind] ?? type.kind.toUpperCase();
}

const NAMES: Partial<Record<BtfType['kind'], string>> = {
  void: 'UNKNOWN',
  funcProto: 'FUNC_PROTO',
  declTag: 'DECL_TAG',
  typeTag: 'TYPE_TAG',
};
