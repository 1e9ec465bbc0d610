import { typeAt } from '../btf/query.ts';
import { MAP_TYPES } from '../kernel/mapTypes.ts';
import type { MapSpec } from '../program/program.ts';
import { report, spanIn, type ObjectContext, type ObjectMap } from './context.ts';
import { BINDING, SYMBOL_TYPE, type ElfSection, type ElfSymbol } from './elf.ts';
import { readMapDefinition, ringBytes } from './mapDefinition.ts';
import { sectionInRole } from './sectionRole.ts';

/** A map of the `.maps` section with the place of its list of programs or inner maps. */
export interface DeclaredMap extends ObjectMap {
  /** Bytes from the section's beginning; null when the map has no such list. */
  readonly values: number | null;
  readonly end: number;
}

/** The maps of `.maps`, in the order they lie there. Mirrors `bpf_object__init_user_btf_maps` of libbpf. */
export function readDeclaredMaps(context: ObjectContext): DeclaredMap[] {
  const section = sectionInRole(context.elf, 'maps');
  if (section === null) return [];
  const datasec = context.datasecs.get('.maps');
  if (datasec === undefined) {
    const message = 'the section .maps cannot be read without type information: compile with -g';
    report(context, 'error', 'map-type-information-missing', section.span, message);
    return [];
  }
  return datasec.sec.vars.map((entry) => readDeclared(context, section, entry)).filter((map) => map !== null);
}

function readDeclared(
  context: ObjectContext,
  section: ElfSection,
  entry: { readonly type: number; readonly offset: number; readonly size: number },
): DeclaredMap | null {
  const { btf } = context;
  const variable = btf === null ? null : typeAt(btf, entry.type);
  const span = spanIn(section, entry.offset, entry.size);
  if (btf === null || variable === null || variable.kind !== 'var' || entry.offset + entry.size > section.size) {
    report(context, 'error', 'map-definition-invalid', span, 'a map of the section .maps has damaged type information');
    return null;
  }
  const reading = readMapDefinition(btf, variable.type, variable.name, false);
  for (const error of reading.errors)
    report(context, 'error', 'map-definition-invalid', span, `map ${variable.name}: ${error}`);
  for (const note of reading.notes)
    report(context, 'information', 'map-definition-note', span, `map ${variable.name}: ${note}`);
  if (reading.spec === null) return null;
  const values = reading.valuesOffset === null ? null : entry.offset + reading.valuesOffset;
  return {
    spec: reading.spec,
    section,
    offset: entry.offset,
    isData: false,
    span,
    values,
    end: entry.offset + entry.size,
  };
}

/** type, key_size, value_size, max_entries, map_flags: five 32-bit numbers. */
const LEGACY_BYTES = 20;

/**
 * The maps of an old `maps` section: one `struct bpf_map_def` for each symbol. How long that struct is differs between
 * loaders; what lies behind the fields we know must be zero. Mirrors `bpf_object__init_user_maps` of libbpf 0.8.
 */
export function readLegacyMaps(context: ObjectContext): ObjectMap[] {
  const section = sectionInRole(context.elf, 'legacyMaps');
  if (section === null) return [];
  const symbols = context.elf.symbols.filter((symbol) => symbol.section === section.index && isMapSymbol(symbol));
  const bytes = section.size / symbols.length;
  if (symbols.length === 0 || !Number.isInteger(bytes) || bytes < LEGACY_BYTES) {
    const message = `the section maps of ${section.size} bytes does not divide into ${symbols.length} map definitions`;
    report(context, 'error', 'map-definition-invalid', section.span, message);
    return [];
  }
  return symbols.map((symbol) => readLegacy(context, section, symbol, bytes)).filter((map) => map !== null);
}

function isMapSymbol(symbol: ElfSymbol): boolean {
  return symbol.binding !== BINDING.local && symbol.type !== SYMBOL_TYPE.section;
}

function readLegacy(context: ObjectContext, section: ElfSection, symbol: ElfSymbol, bytes: number): ObjectMap | null {
  const span = spanIn(section, symbol.value, bytes);
  const problem =
    symbol.value + bytes > section.data.length
      ? 'it lies outside of its section'
      : legacyProblem(context, section, symbol, bytes);
  if (problem !== null) {
    report(context, 'error', 'map-definition-invalid', span, `map ${symbol.name}: ${problem}`);
    return null;
  }
  return { spec: legacySpec(context, section, symbol), section, offset: symbol.value, isData: false, span };
}

function legacyProblem(context: ObjectContext, section: ElfSection, symbol: ElfSymbol, bytes: number): string | null {
  const rest = section.data.subarray(symbol.value + LEGACY_BYTES, symbol.value + bytes);
  if (rest.some((byte) => byte !== 0)) return 'its definition has further fields that are not zero and not known';
  const type = legacyWord(context, section, symbol.value);
  return MAP_TYPES[type] === undefined || type === 0 ? `its type ${type} is no map type of Linux 6.18` : null;
}

function legacySpec(context: ObjectContext, section: ElfSection, symbol: ElfSymbol): MapSpec {
  const word = (at: number): number => legacyWord(context, section, symbol.value + at);
  const type = MAP_TYPES[word(0)] ?? 'unspec';
  return {
    name: symbol.name,
    type,
    keySize: word(4),
    valueSize: word(8),
    maxEntries: type === 'ringbuf' ? ringBytes(word(12)) : word(12),
    flags: word(16),
    keyTypeId: 0,
    valueTypeId: 0,
    initial: null,
    frozen: false,
    inner: null,
    slots: [],
    span: null,
  };
}

function legacyWord(context: ObjectContext, section: ElfSection, at: number): number {
  const { data } = section;
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(at, context.elf.littleEndian);
}
