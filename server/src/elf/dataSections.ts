import type { Btf, BtfType } from '../btf/btf.ts';
import { nameOf, typeAt } from '../btf/query.ts';
import { BINDING, VISIBILITY, type Elf } from './elf.ts';

type Datasec = Extract<BtfType, { kind: 'datasec' }>;

/**
 * Compilers leave the sizes of data sections and the offsets of variables in them to the loader, which knows them from
 * the ELF file. Mirrors `btf_fixup_datasec` of libbpf: a section that has a size already is left as it is.
 */
export function completeDataSections(btf: Btf, elf: Elf): Btf {
  const globals = globalOffsets(elf);
  const hidden = hiddenVariables(btf, elf);
  const sections = new Map(elf.sections.map((section) => [section.name, section.size]));
  const types = btf.types.map((type): BtfType => {
    if (type.kind === 'var' && type.linkage === 'global' && hidden.has(type.name))
      return { ...type, linkage: 'static' };
    return type.kind === 'datasec' ? complete(btf, sections, type, globals) : type;
  });
  return { types };
}

/** Names that are hidden (`__hidden`) count as known to this file only, as after linking. */
function hiddenVariables(btf: Btf, elf: Elf): ReadonlySet<string> {
  const completed = new Set(
    btf.types.filter((type) => type.kind === 'datasec' && type.size === 0).map((type) => nameOf(type)),
  );
  const hidden = elf.symbols.filter(({ section, visibility }) => {
    const isHidden = visibility === VISIBILITY.hidden || visibility === VISIBILITY.internal;
    return isHidden && completed.has(elf.sections[section]?.name ?? '');
  });
  return new Set(hidden.map((symbol) => symbol.name));
}

/** Only variables that other files can see are found by name; those of this file alone carry their offset. */
function globalOffsets(elf: Elf): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const symbol of elf.symbols)
    if (symbol.section !== 0 && symbol.binding !== BINDING.local) offsets.set(symbol.name, symbol.value);
  return offsets;
}

function complete(
  btf: Btf,
  sections: ReadonlyMap<string, number>,
  sec: Datasec,
  globals: ReadonlyMap<string, number>,
): Datasec {
  if (sec.size !== 0) return { ...sec, vars: sec.vars.toSorted((a, b) => a.offset - b.offset) };
  const size = sections.get(sec.name);
  if (size === undefined) return sec;
  const vars = sec.vars.map((entry) => {
    const variable = typeAt(btf, entry.type);
    if (variable.kind !== 'var' || variable.linkage === 'static') return entry;
    return { ...entry, offset: globals.get(variable.name) ?? entry.offset };
  });
  return { ...sec, size, vars: vars.toSorted((a, b) => a.offset - b.offset) };
}

/** A data section with its type id. */
export interface NamedDatasec {
  readonly id: number;
  readonly sec: Datasec;
}

/** The data sections by name; of several with one name the first. */
export function datasecsByName(btf: Btf | null): ReadonlyMap<string, NamedDatasec> {
  const found = new Map<string, NamedDatasec>();
  for (const [id, sec] of (btf?.types ?? []).entries())
    if (sec.kind === 'datasec' && !found.has(sec.name)) found.set(sec.name, { id, sec });
  return found;
}
