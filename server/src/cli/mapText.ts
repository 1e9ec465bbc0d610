import type { Btf } from '../btf/btf.ts';
import { formatValue, valueText } from '../btf/format.ts';
import type { MapSpec } from '../program/program.ts';
import type { MapSnapshot } from '../run/result.ts';
import type { RunJob } from './run.ts';
import { columns, grouped } from './style.ts';
import type { Style } from './style.ts';

const MOST_ENTRIES = 20;

/** The contents of maps as tables. */
export function mapTables(job: RunJob, maps: readonly MapSnapshot[], style: Style, width: number): string {
  return maps.map((map) => mapTable(job, map, style, width)).join('');
}

function mapTable(job: RunJob, map: MapSnapshot, style: Style, width: number): string {
  const spec = job.program.maps.find(({ name }) => name === map.name) ?? null;
  const btf = job.input.object?.btf ?? null;
  const section = spec === null || btf === null ? null : variables(spec, map, btf);
  const { entries } = map;
  const shown = entries.slice(0, MOST_ENTRIES);
  const rows =
    section ??
    shown.map(({ key, values }, i) => [
      key.length === 0 ? `${i}` : text(btf, keyType(spec, map), key),
      values.map((value) => text(btf, spec?.valueTypeId ?? 0, value)).join(' │ '),
    ]);
  const left = section === null ? entries.length - shown.length : 0;
  const more = left > 0 ? `  ${style.dim(`… ${grouped(left)} more`)}\n` : '';
  return `\n${style.bold(map.name)}  ${style.dim(subtitle(map, spec, section !== null))}\n${layOut(rows, width - 2)}${more}`;
}

function subtitle({ type, entries }: MapSnapshot, spec: MapSpec | null, section: boolean): string {
  if (section) return 'global variables';
  const of = spec === null ? '' : ` of ${grouped(spec.maxEntries)}`;
  return `${type}, ${grouped(entries.length)}${of} entries`;
}

/** In two columns where they fit, else each entry on two lines. */
function layOut(rows: readonly (readonly string[])[], width: number): string {
  const keys = Math.max(0, ...rows.map(([key = '']) => key.length));
  const values = Math.max(0, ...rows.map(([, value = '']) => value.length));
  const numbers = rows.every(([key = '']) => /^-?\d+$/.test(key));
  const lines =
    keys + 2 + values <= width || keys <= width / 3
      ? columns(rows, numbers ? [0] : []).map((line) => clip(line, width))
      : rows.flatMap(([key = '', value = '']) => [clip(key, width), `    ${clip(value, width - 4)}`]);
  return lines.map((line) => `  ${line}\n`).join('');
}

/** The variables of a data section, those that are not zero; null for other maps. */
function variables(spec: MapSpec, { entries }: MapSnapshot, btf: Btf): string[][] | null {
  const section = btf.types[spec.valueTypeId];
  const bytes = entries[0]?.values[0];
  if (section?.kind !== 'datasec' || bytes === undefined) return null;
  return section.vars.flatMap(({ type, offset, size }) => {
    const variable = btf.types[type];
    if (variable?.kind !== 'var') return [];
    return [[variable.name, text(btf, variable.type, bytes.subarray(offset, offset + size))]];
  });
}

/** Positions in arrays have no type worth showing. */
function keyType(spec: MapSpec | null, { type }: MapSnapshot): number {
  return type.includes('array') ? 0 : (spec?.keyTypeId ?? 0);
}

function text(btf: Btf | null, id: number, bytes: Uint8Array): string {
  return btf === null || id === 0 ? plain(bytes) : valueText(formatValue(btf, id, bytes));
}

/** Bytes without a type: numbers where they have a number's size, hex otherwise. */
function plain(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 1) return String(view.getUint8(0));
  if (bytes.length === 2) return String(view.getUint16(0, true));
  if (bytes.length === 4) return String(view.getUint32(0, true));
  if (bytes.length === 8) return String(view.getBigUint64(0, true));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function clip(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
