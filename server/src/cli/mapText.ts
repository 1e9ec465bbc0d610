import { formatValue, valueText } from '../btf/format.ts';
import type { MapSnapshot } from '../run/result.ts';
import type { MapSpec } from '../program/program.ts';
import type { RunJob } from './run.ts';
import { columns, counted, grouped } from './style.ts';
import type { Style } from './style.ts';

const MOST_ENTRIES = 20;

/** The contents of maps as tables. */
export function mapTables(job: RunJob, maps: readonly MapSnapshot[], style: Style, width: number): string {
  return maps.map((map) => mapTable(job, map, style, width)).join('');
}

function mapTable(job: RunJob, map: MapSnapshot, style: Style, width: number): string {
  const spec = job.program.maps.find(({ name }) => name === map.name);
  const { entries } = map;
  const of = spec === undefined || spec.maxEntries === 1 ? '' : ` of ${grouped(spec.maxEntries)}`;
  const title = `${style.bold(map.name)}  ${style.dim(`${map.type}, ${grouped(entries.length)}${of} ${entries.length === 1 && of === '' ? 'entry' : 'entries'}`)}`;
  const shown = entries.slice(0, MOST_ENTRIES);
  const btf = job.input.object?.btf ?? null;
  const text = (id: number | undefined, bytes: Uint8Array): string =>
    btf !== null && id !== undefined && id !== 0 ? valueText(formatValue(btf, id, bytes)) : plain(bytes);
  const rows = shown.map(({ key, values }, i) => [
    key.length === 0 ? `${i}` : text(keyType(spec, map), key),
    values.map((value) => text(spec?.valueTypeId, value)).join(' │ '),
  ]);
  const lines = columns(rows, [0]).map((line) => `  ${clip(line, width - 2)}\n`);
  const more =
    entries.length > shown.length
      ? `  … ${counted(entries.length - shown.length, 'more entry', 'more entries')}\n`
      : '';
  return `\n${title}\n${lines.join('')}${more}`;
}

/** Data sections have keys without meaning. */
function keyType(spec: MapSpec | undefined, map: MapSnapshot): number | undefined {
  return map.type.includes('array') ? undefined : spec?.keyTypeId;
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
