/** Whether a place in one structure is another structure. Mirrors `btf_struct_ids_match`, kernel/bpf/btf.c, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import { resolveId, sizeOf, typeAt } from '../../btf/query.ts';

export interface StructPlace {
  readonly btf: Btf | null;
  readonly id: number;
  readonly off: number;
}

/** `strict`: the structure itself, not one that lies in it. */
export function structMatches(place: StructPlace, wanted: { btf: Btf; id: number }, strict: boolean): boolean {
  const { btf } = place;
  if (btf === null || btf !== wanted.btf) return false;
  if (place.off === 0 && place.id === wanted.id) return true;
  if (strict) return false;
  let { id } = place;
  for (let { off } = place, nested = nestedAt(btf, id, off); nested !== null; nested = nestedAt(btf, id, off)) {
    if (nested === wanted.id) return true;
    id = nested;
    off = 0;
  }
  return false;
}

/** The outermost structure inside another one that begins there. */
function nestedAt(btf: Btf, id: number, off: number): number | null {
  let at = id;
  let rest = off;
  for (;;) {
    const type = typeAt(btf, at);
    if (type.kind !== 'struct' && type.kind !== 'union') return null;
    const member = type.members.find(({ offsetBits, bitSize, type: memberType }) => {
      const start = offsetBits >>> 3;
      return bitSize === 0 && rest >= start && rest < start + (sizeOf(btf, memberType) ?? 0);
    });
    if (member === undefined) return null;
    const inner = elementId(btf, member.type);
    const start = member.offsetBits >>> 3;
    const size = sizeOf(btf, inner) ?? 0;
    // Within an array the offset counts from its element.
    rest = size === 0 ? rest - start : (rest - start) % size;
    const kind = typeAt(btf, inner).kind;
    if (rest === 0 && (kind === 'struct' || kind === 'union')) return inner;
    at = inner;
  }
}

function elementId(btf: Btf, typeId: number): number {
  let id = resolveId(btf, typeId);
  for (let type = typeAt(btf, id); type.kind === 'array'; type = typeAt(btf, id)) id = resolveId(btf, type.type);
  return id;
}
