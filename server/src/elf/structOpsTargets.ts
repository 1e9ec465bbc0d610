import { resolve, typeAt } from '../btf/query.ts';
import { essentialName } from '../core/essentialName.ts';
import type { ObjectContext } from './context.ts';
import type { ElfFunction } from './functions.ts';
import { relocationsOf } from './readElf.ts';
import { roleOf } from './sectionRole.ts';

/** Finds what a function implements: `tcp_congestion_ops.init`; null for one that no variable names. */
export type StructOpsTargets = (fn: ElfFunction) => string | null;

/**
 * Variables of the sections `.struct_ops` stand for kernel structures; where one holds the address of a function, that
 * is the program for this member. Mirrors `bpf_object__collect_st_ops_relos` of tools/lib/bpf/libbpf.c, v6.12.
 */
export function structOpsTargets(context: ObjectContext): StructOpsTargets {
  const targets = new Map<string, string>();
  for (const section of context.elf.sections) {
    if (roleOf(section) !== 'structOps') continue;
    for (const table of context.relocationTables.get(section.index) ?? [])
      for (const { offset, symbol } of relocationsOf(context.elf, table)) {
        const member = memberAt(context, section.name, offset);
        if (member !== null && symbol !== null) targets.set(`${symbol.section} ${symbol.value}`, member);
      }
  }
  return ({ section, start }) => targets.get(`${section.index} ${start}`) ?? null;
}

function memberAt({ btf, datasecs }: ObjectContext, section: string, offset: number): string | null {
  const sec = datasecs.get(section)?.sec;
  if (btf === null || sec === undefined) return null;
  const place = sec.vars.find((one) => one.offset <= offset && offset < one.offset + one.size);
  const variable = place === undefined ? null : typeAt(btf, place.type);
  const type = variable?.kind === 'var' ? resolve(btf, variable.type) : null;
  if (place === undefined || type?.kind !== 'struct') return null;
  const member = type.members.find(({ offsetBits }) => offsetBits === 8 * (offset - place.offset));
  return member === undefined ? null : `${essentialName(type.name)}.${member.name}`;
}
