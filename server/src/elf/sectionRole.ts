import { SECTION_FLAG, SECTION_TYPE, type Elf, type ElfSection } from './elf.ts';

/** What a section is for. `unknown` is what no loader reads; it is reported. */
export type SectionRole =
  | 'code' | 'data' | 'rodata' | 'bss' | 'legacyMaps' | 'maps' | 'license' | 'version' | 'btf' | 'btfExt'
  | 'relocations' | 'structOps' | 'arena' | 'housekeeping' | 'unknown'; // prettier-ignore

const BY_NAME: Readonly<Record<string, SectionRole>> = {
  license: 'license',
  version: 'version',
  maps: 'legacyMaps',
  '.maps': 'maps',
  '.BTF': 'btf',
  '.BTF.ext': 'btfExt',
  '.struct_ops': 'structOps',
  '.struct_ops.link': 'structOps',
  '?.struct_ops': 'structOps',
  '?.struct_ops.link': 'structOps',
  '.addr_space.1': 'arena',
  '.comment': 'housekeeping',
  '.eh_frame': 'housekeeping',
};

const HOUSEKEEPING_TYPES: ReadonlySet<number> = new Set([
  SECTION_TYPE.null, SECTION_TYPE.symtab, SECTION_TYPE.strtab, SECTION_TYPE.note, SECTION_TYPE.group,
  SECTION_TYPE.symtabShndx, SECTION_TYPE.llvmAddrsig,
]); // prettier-ignore

/** Mirrors what `bpf_object__elf_collect` of libbpf (tools/lib/bpf/libbpf.c) makes of a section's name and type. */
export function roleOf(section: ElfSection): SectionRole {
  if (HOUSEKEEPING_TYPES.has(section.type) || section.name.startsWith('.debug_')) return 'housekeeping';
  if (section.type === SECTION_TYPE.rel || section.type === SECTION_TYPE.rela) return 'relocations';
  if (section.size === 0) return 'housekeeping';
  if (section.type === SECTION_TYPE.nobits) return isNamed(section.name, '.bss') ? 'bss' : 'unknown';
  const known = BY_NAME[section.name];
  if (known !== undefined) return known;
  if (section.type !== SECTION_TYPE.progbits) return 'unknown';
  if ((section.flags & SECTION_FLAG.execute) !== 0) return 'code';
  if (isNamed(section.name, '.data')) return 'data';
  return isNamed(section.name, '.rodata') ? 'rodata' : 'unknown';
}

/** `.data` and `.data.anything`. */
function isNamed(name: string, family: string): boolean {
  return name === family || name.startsWith(`${family}.`);
}

/** The first section in this role. */
export function sectionInRole(elf: Elf, role: SectionRole): ElfSection | null {
  return elf.sections.find((section) => roleOf(section) === role) ?? null;
}

export function isDataRole(role: SectionRole): role is 'data' | 'rodata' | 'bss' {
  return role === 'data' || role === 'rodata' || role === 'bss';
}
