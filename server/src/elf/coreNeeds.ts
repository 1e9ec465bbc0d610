import type { Btf } from '../btf/btf.ts';
import { recordsIn, type BtfExt } from '../btf/ext.ts';
import { describeCore } from '../core/describe.ts';
import { ASKED } from '../core/kinds.ts';
import type { CorePlace, Need } from '../program/program.ts';
import { assumedOf, isStable } from './stableTypes.ts';
import type { Linked, LinkedPart } from './link.ts';

/** The instructions of a linked program that a loader adapts to the kernel (CO-RE). */
export function corePlaces(linked: Linked, ext: BtfExt): CorePlace[] {
  return linked.parts.flatMap((part) => {
    const records = recordsIn(ext.coreRelocations.get(part.fn.section.name), part.fn.start, part.fn.end);
    return records.map((relocation) => ({ pc: pcOf(part, relocation.offset), relocation }));
  });
}

/** What of that only a kernel's types can tell. The object's own type ids need none. */
export function coreNeeds(places: readonly CorePlace[], btf: Btf | null): Need[] {
  const open = places.filter(({ relocation }) => relocation.kind !== ASKED.localTypeId && !isStable(btf, relocation));
  return open.map(({ pc, relocation }) => {
    const assumed = assumedOf(btf, relocation);
    const need = { pc, code: 'core-relocation', what: describeCore(btf, relocation) };
    return assumed === null ? need : { ...need, assumed };
  });
}

function pcOf(part: LinkedPart, offset: number): number {
  return part.base + Math.floor((offset - part.fn.start) / 8);
}
