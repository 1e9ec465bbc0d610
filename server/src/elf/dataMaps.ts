import { typeAt } from '../btf/query.ts';
import type { MapSpec } from '../program/program.ts';
import { report, type ObjectContext, type ObjectMap } from './context.ts';
import type { ElfSection } from './elf.ts';
import { isDataRole, roleOf } from './sectionRole.ts';

/** Zeroed memory of .bss sections is all that is allocated by a size in the file, so it has a limit. */
const MAX_BSS = 64 * 1024 * 1024;

const F_MMAPABLE = 1 << 10;
const F_RDONLY_PROG = 1 << 7;

/**
 * Global variables: every .data, .rodata and .bss section is an array map with one value, in the order of sections.
 * Mirrors `bpf_object__init_global_data_maps` of libbpf.
 */
export function readDataMaps(context: ObjectContext): ObjectMap[] {
  const maps: ObjectMap[] = [];
  let zeroed = 0;
  for (const section of context.elf.sections) {
    const role = roleOf(section);
    if (!isDataRole(role)) continue;
    if (role === 'bss') zeroed += section.size;
    if (zeroed > MAX_BSS) {
      const message = `${section.name} asks for ${section.size} bytes; more than ${MAX_BSS} bytes of zeroed variables are not supported`;
      report(context, 'error', 'map-too-large', section.span, message);
      continue;
    }
    maps.push({ spec: dataMap(context, section, role), section, offset: 0, isData: true, span: section.span });
  }
  return maps;
}

function dataMap(context: ObjectContext, section: ElfSection, role: 'data' | 'rodata' | 'bss'): MapSpec {
  const datasec = context.datasecs.get(section.name);
  const initial = role === 'bss' ? new Uint8Array(section.size) : section.data;
  return {
    name: internalMapName(objectName(context.path), section.name),
    type: 'array',
    keySize: 4,
    valueSize: initial.length,
    maxEntries: 1,
    flags: (role === 'rodata' ? F_RDONLY_PROG : 0) | (isMappable(context, section.name) ? F_MMAPABLE : 0),
    keyTypeId: 0,
    valueTypeId: datasec?.id ?? 0,
    initial,
    frozen: role === 'rodata',
    inner: null,
    slots: [],
    span: null,
  };
}

/** User space may map a section that has variables which are visible outside of the file. */
function isMappable({ btf, datasecs }: ObjectContext, section: string): boolean {
  const datasec = datasecs.get(section);
  if (btf === null || datasec === undefined) return false;
  return datasec.sec.vars.some(({ type }) => {
    const variable = typeAt(btf, type);
    return variable.kind === 'var' && variable.linkage !== 'static';
  });
}

/** File name up to its first dot, as libbpf names an object; at most 15 bytes of the file name count. */
export function objectName(path: string): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).slice(0, MAX_NAME);
  const dot = file.indexOf('.');
  return dot === -1 ? file : file.slice(0, dot);
}

/** The kernel keeps 15 characters of a name. */
const MAX_NAME = 15;

/**
 * `<first characters of the object's name>.rodata`: what fits beside the section's name, with seven kept for it at
 * least. A section with a second dot (`.rodata.str1.1`) goes by its own name. Mirrors `internal_map_name` of libbpf.
 */
export function internalMapName(object: string, section: string): string {
  if (section.indexOf('.', 1) !== -1) return section.slice(0, MAX_NAME);
  const suffix = section.slice(0, MAX_NAME);
  const room = MAX_NAME - Math.max(7, suffix.length);
  return `${object.slice(0, Math.max(0, room))}${suffix}`.replaceAll(/[^A-Za-z0-9_.]/g, '_');
}
