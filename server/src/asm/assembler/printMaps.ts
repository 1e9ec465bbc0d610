import { MAP_RULES } from '../../kernel/mapRules.ts';
import type { MapSpec, Program } from '../../program/program.ts';

/** The maps under names that the assembler takes and that tell them apart. */
export function uniqueMapNames(maps: readonly MapSpec[]): readonly MapSpec[] {
  const taken = new Set<string>();
  return maps.map((map) => {
    const base = map.initial === null ? plainName(map.name) : dataName(map);
    let name = base;
    for (let i = 2; taken.has(name); i++) name = `${base}${map.initial === null ? '_' : '.'}${i}`;
    taken.add(name);
    return name === map.name ? map : { ...map, name };
  });
}

/** Declarations in the order of the maps: instructions name them by their place. */
export function printMaps(maps: readonly MapSpec[], program: Program): string[] {
  const lines = maps.flatMap((map) => (map.initial === null ? [declaration(map, maps)] : printData(map, map.initial)));
  const inner = maps.flatMap((map) =>
    map.inner === null || innerName(map, maps) !== `${map.name}_inner`
      ? []
      : [declaration({ ...map.inner, name: `${map.name}_inner` }, maps)],
  );
  const slots = maps.flatMap((map) => map.slots.map((slot) => printSlot(map, slot, program, maps)));
  return [...lines, ...inner, ...slots];
}

function plainName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_.$]/g, '_');
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}

/** Data stands in sections, whose names say what they are. */
function dataName(map: MapSpec): string {
  const found = /\.(?:rodata|data|bss)(?:\.[A-Za-z0-9_.$]*)?$/.exec(map.name)?.[0];
  const kind = map.frozen ? '.rodata' : '.data';
  if (found === undefined) return `${kind}.${plainName(map.name)}`;
  return found.startsWith('.rodata') === map.frozen ? found : `${kind}${found}`;
}

function declaration(map: MapSpec, maps: readonly MapSpec[]): string {
  const { name, type, keySize, valueSize, maxEntries, flags, extra = 0 } = map;
  const inner = map.inner === null ? '' : `, inner=${innerName(map, maps)}`;
  // Flags that a type cannot do without are what the assembler takes when none are given.
  const usual = MAP_RULES[type]?.needs ?? 0;
  const more = flags === usual ? '' : `, flags=0x${flags.toString(16)}`;
  const optional = `${more}${extra === 0 ? '' : `, extra=${extra}`}`;
  return `.map ${name}, type=${type}, key=${keySize}, value=${valueSize}, entries=${maxEntries}${optional}${inner}`;
}

/** A map of maps shows its template by the name of a map like it, if there is one. */
function innerName(map: MapSpec, maps: readonly MapSpec[]): string {
  return maps.find(({ name }) => name === map.inner?.name)?.name ?? `${map.name}_inner`;
}

function printSlot(
  map: MapSpec,
  slot: { readonly index: number; readonly name: string },
  program: Program,
  maps: readonly MapSpec[],
): string {
  const here = slot.name === program.name || maps.some(({ name }) => name === slot.name);
  return `${here ? '' : '// '}.slot ${map.name}, ${slot.index}, ${slot.name}`;
}

const BYTES_PER_LINE = 16;

function printData(map: MapSpec, initial: Uint8Array): string[] {
  const lines = [`.section ${map.name}`];
  let zeros = 0;
  const flush = (): void => {
    if (zeros > 0) lines.push(`  .zero ${zeros}`);
    zeros = 0;
  };
  for (let at = 0; at < initial.length; at += BYTES_PER_LINE) {
    const bytes = initial.subarray(at, at + BYTES_PER_LINE);
    if (bytes.every((byte) => byte === 0)) zeros += bytes.length;
    else {
      flush();
      lines.push(`  .byte ${[...bytes].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')}`);
    }
  }
  flush();
  return lines;
}
