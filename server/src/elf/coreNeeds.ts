import type { Btf } from '../btf/btf.ts';
import { CORE_KINDS, recordsIn, type BtfExt, type CoreRelocation } from '../btf/ext.ts';
import { nameOf, resolve, typeAt } from '../btf/query.ts';
import type { Need } from '../program/program.ts';
import { assumedOf, isStable } from './stableTypes.ts';
import type { Linked, LinkedPart } from './link.ts';

/** BPF_CORE_TYPE_ID_LOCAL: the object's own type id, which needs no kernel. */
const LOCAL_TYPE_ID = 6;

/** What a linked program asks of the kernel's types (CO-RE), one entry for each instruction to be adapted. */
export function coreNeeds(linked: Linked, btf: Btf | null, ext: BtfExt): Need[] {
  const needs: Need[] = [];
  for (const part of linked.parts) {
    const { fn } = part;
    for (const record of recordsIn(ext.coreRelocations.get(fn.section.name), fn.start, fn.end)) {
      if (record.kind === LOCAL_TYPE_ID || isStable(btf, record)) continue;
      const assumed = assumedOf(btf, record);
      const need = { pc: pcOf(part, record.offset), code: 'core-relocation', what: describeCore(btf, record) };
      needs.push(assumed === null ? need : { ...need, assumed });
    }
  }
  return needs;
}

function pcOf(part: LinkedPart, offset: number): number {
  return part.base + Math.floor((offset - part.fn.start) / 8);
}

/** "the byte offset of a field, task_struct.pid". */
function describeCore(btf: Btf | null, record: CoreRelocation): string {
  const kind = CORE_KINDS[record.kind] ?? `relocation of the unknown kind ${record.kind}`;
  return `the ${kind}, ${btf === null ? `type ${record.type}` : pathText(btf, record)}`;
}

/** Follows `0:2:1`: the first number indexes an array of the type, each further one a member or element. */
function pathText(btf: Btf, record: CoreRelocation): string {
  let type = resolve(btf, record.type);
  let text = nameOf(type) || nameOf(typeAt(btf, record.type)) || `type ${record.type}`;
  const steps = record.access.split(':').map(Number).slice(0, 64);
  if (type.kind === 'enum') return `${text}::${type.values[steps[0] ?? 0]?.name ?? record.access}`;
  for (const step of steps.slice(1)) {
    if (type.kind === 'struct' || type.kind === 'union') {
      const member: { name: string; type: number } | undefined = type.members[step];
      if (member === undefined) return text;
      if (member.name !== '') text += `.${member.name}`;
      type = resolve(btf, member.type);
    } else if (type.kind === 'array') {
      text += `[${step}]`;
      type = resolve(btf, type.type);
    } else return text;
  }
  return text;
}
