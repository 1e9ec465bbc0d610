import type { MapSpec } from '../program/program.ts';
import { report, type ObjectContext, type ObjectMap } from './context.ts';
import type { DeclaredMap } from './declaredMaps.ts';
import type { ElfRelocation } from './elf.ts';
import type { ElfFunction } from './functions.ts';
import { isMapInMap } from './mapDefinition.ts';
import { relocationsOf } from './readElf.ts';
import { sectionInRole } from './sectionRole.ts';

type Slot = MapSpec['slots'][number];

/**
 * What the slots of prog_arrays and maps of maps hold at load, as initialised in their declarations:
 * `.values = { [1] = (void *)&tail }`. Mirrors `bpf_object__collect_map_relos` of libbpf.
 */
export function fillSlots(
  context: ObjectContext,
  declared: readonly DeclaredMap[],
  all: readonly ObjectMap[],
  functions: readonly ElfFunction[],
): DeclaredMap[] {
  const slots = new Map<DeclaredMap, Slot[]>();
  const section = sectionInRole(context.elf, 'maps');
  for (const table of context.relocationTables.get(section?.index ?? 0) ?? []) {
    for (const relocation of relocationsOf(context.elf, table)) {
      const found = readSlot(context, declared, all, functions, relocation);
      if (typeof found !== 'string') slots.set(found.map, [...(slots.get(found.map) ?? []), found.slot]);
      else {
        const message = `relocation against ${relocation.symbol?.name ?? 'a missing symbol'} at byte ${relocation.offset} of section .maps: ${found}`;
        report(context, 'error', 'map-slot-invalid', relocation.span, message);
      }
    }
  }
  return declared.map((map) => ({ ...map, spec: { ...map.spec, slots: sorted(slots.get(map) ?? []) } }));
}

function sorted(slots: readonly Slot[]): Slot[] {
  return slots.toSorted((a, b) => a.index - b.index);
}

/** A text says why the relocation cannot be used. */
function readSlot(
  context: ObjectContext,
  declared: readonly DeclaredMap[],
  all: readonly ObjectMap[],
  functions: readonly ElfFunction[],
  relocation: ElfRelocation,
): { map: DeclaredMap; slot: Slot } | string {
  const map = declared.find(
    (candidate) => candidate.offset <= relocation.offset && relocation.offset + 8 <= candidate.end,
  );
  if (map === undefined) return 'no map is declared there';
  if (map.values === null || relocation.offset < map.values) return `map ${map.spec.name} takes no address there`;
  const bytes = relocation.offset - map.values;
  if (bytes % 8 !== 0) return `it lies between two slots of map ${map.spec.name}`;
  const name = targetName(context, map.spec, all, functions, relocation);
  return name === null
    ? `it is nothing that a slot of map ${map.spec.name} can hold`
    : { map, slot: { index: bytes / 8, name } };
}

function targetName(
  context: ObjectContext,
  map: MapSpec,
  all: readonly ObjectMap[],
  functions: readonly ElfFunction[],
  { symbol }: ElfRelocation,
): string | null {
  if (symbol === null) return null;
  const section = context.elf.sections[symbol.section];
  if (isMapInMap(map.type))
    return (
      all.find((other) => !other.isData && other.section === section && other.offset === symbol.value)?.spec.name ??
      null
    );
  return functions.find((fn) => !fn.isSubprogram && fn.section === section && fn.start === symbol.value)?.name ?? null;
}
