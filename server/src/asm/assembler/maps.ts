/** Declared maps and data sections as the object's maps. */
import type { MapSpec } from '../../program/program.ts';
import { suggest, reportError, type MapNode, type Section, type Unit } from './unit.ts';

export interface Maps {
  readonly specs: readonly MapSpec[];
  /** Index in `specs` by name; a data section goes by its own name. */
  readonly byName: ReadonlyMap<string, number>;
  /** By the number that a bpftool dump shows. */
  readonly byId: ReadonlyMap<number, string>;
}

/** In the order of the text. `targets` are the names of the programs that slots may hold. */
export function buildMaps(unit: Unit, targets: ReadonlySet<string>): Maps {
  fillSlots(unit, targets);
  const declared = [...unit.maps.values()].map((node) => ({ at: node.span.start, spec: specOf(unit, node) }));
  const data = [...unit.sections.values()]
    .filter(({ kind, dataLength }) => kind === 'data' && dataLength > 0)
    .map((section) => ({ at: section.span?.start ?? 0, spec: dataSpec(section) }));
  const specs = [...declared, ...data].sort((a, b) => a.at - b.at).map(({ spec }) => spec);
  const ids = [...unit.maps.values()].flatMap(({ id, name }) => (id === null ? [] : [[id, name] as const]));
  return { specs, byName: new Map(specs.map(({ name }, index) => [name, index])), byId: new Map(ids) };
}

function specOf(unit: Unit, node: MapNode): MapSpec {
  const { name, type, keySize, valueSize, maxEntries, flags, extra, span } = node;
  const slots = node.slots.map(({ index, name }) => ({ index, name }));
  const common = { keyTypeId: 0, valueTypeId: 0, initial: null, frozen: false, ...(extra === 0 ? {} : { extra }) };
  return { name, type, keySize, valueSize, maxEntries, flags, ...common, inner: innerOf(unit, node), slots, span };
}

function innerOf(unit: Unit, node: MapNode): MapSpec | null {
  if (node.inner === null) return null;
  const inner = unit.maps.get(node.inner.name);
  if (inner === undefined && unit.brokenMaps.has(node.inner.name)) return null;
  if (inner === undefined) {
    const hint = suggest(unit, node.inner.name, unit.maps.keys());
    reportError(unit, 'unknown-map', node.inner.span, `There is no map ${node.inner.name} in this file${hint}`);
    return null;
  }
  if (inner.inner === null) return specOf(unit, inner);
  reportError(unit, 'bad-map', node.inner.span, 'The inner map of a map of maps cannot be a map of maps itself.');
  return null;
}

const MMAPABLE = 0x400;
const RDONLY_PROG = 0x80;

/** As libbpf makes them of an object's sections: an array with one value, read-only for .rodata. */
function dataSpec(section: Section): MapSpec {
  const constant = section.name.startsWith('.rodata');
  return {
    name: section.name,
    type: 'array',
    keySize: 4,
    valueSize: section.dataLength,
    maxEntries: 1,
    flags: constant ? MMAPABLE | RDONLY_PROG : MMAPABLE,
    keyTypeId: 0,
    valueTypeId: 0,
    initial: section.data.slice(0, section.dataLength),
    frozen: constant,
    inner: null,
    slots: [],
    span: section.span,
  };
}

const HOLDS_MAPS: ReadonlySet<string> = new Set(['array_of_maps', 'hash_of_maps']);

function fillSlots(unit: Unit, targets: ReadonlySet<string>): void {
  for (const { map, mapSpan, index, name, nameSpan } of unit.slots) {
    const node = unit.maps.get(map);
    const holdsMaps = HOLDS_MAPS.has(node?.type ?? '');
    const names: Iterable<string> = holdsMaps ? unit.maps.keys() : targets;
    if (node === undefined && unit.brokenMaps.has(map)) continue;
    else if (node === undefined)
      reportError(
        unit,
        'unknown-map',
        mapSpan,
        `There is no map ${map} in this file${suggest(unit, map, unit.maps.keys())}`,
      );
    else if (node.type !== 'prog_array' && !holdsMaps)
      reportError(
        unit,
        'bad-map',
        mapSpan,
        `Map ${map} is of type ${node.type}: only a prog_array or a map of maps has slots to fill.`,
      );
    else if (node.type !== 'hash_of_maps' && index >= node.maxEntries)
      reportError(
        unit,
        'value-out-of-range',
        mapSpan,
        `Map ${map} has slots 0 to ${node.maxEntries - 1}; there is no slot ${index}.`,
      );
    else if (node.slots.some((slot) => slot.index === index))
      reportError(unit, 'duplicate-name', mapSpan, `Slot ${index} of map ${map} is filled twice.`);
    else if (holdsMaps ? !unit.maps.has(name) : !targets.has(name))
      reportError(
        unit,
        holdsMaps ? 'unknown-map' : 'unknown-program',
        nameSpan,
        `There is no ${holdsMaps ? 'map' : 'program'} ${name} in this file${suggest(unit, name, names)}`,
      );
    else node.slots.push({ index, name, span: nameSpan });
  }
}
