import type { MapSpec } from '../program/program.ts';
import { entryText, keyText, variableRows } from '../run/mapRows.ts';
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
  const spec = specOf(job, map.name);
  const btf = job.input.object?.btf ?? null;
  const section = variableRows(map, spec, btf)?.map(({ name, text }) => [name, text]) ?? null;
  const { entries } = map;
  const shown = entries.slice(0, MOST_ENTRIES);
  const rows =
    section ??
    shown.map((entry, i) => [
      entry.key.length === 0 ? `${i}` : keyText(map, spec, btf, entry.key),
      entryText(spec, btf, entry).join(' │ '),
    ]);
  const left = section === null ? entries.length - shown.length : 0;
  const more = left > 0 ? `  ${style.dim(`… ${grouped(left)} more`)}\n` : '';
  return `\n${style.bold(map.name)}  ${style.dim(subtitle(map, spec, section !== null))}\n${layOut(rows, width - 2)}${more}`;
}

/** Inner maps are made for the run: only its machine knows them. */
function specOf({ session }: RunJob, name: string): MapSpec | null {
  return session.machine.maps.find((map) => map?.spec.name === name)?.spec ?? null;
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

function clip(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
