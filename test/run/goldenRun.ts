import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toHex } from '../../server/src/base/bytes.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { NOTHING_RECORDED, type Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { parseInitialMaps, type MapsFile } from '../../server/src/run/initialMaps.ts';
import type { EventResult, MapSnapshot } from '../../server/src/run/result.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import type { RunSession } from '../../server/src/run/session.ts';

export type Lines = Record<string, unknown>[];

/** Maps that krun.c leaves out. */
const UNSHOWN = new Set(['prog_array', 'devmap', 'cpumap', 'xskmap']);

/** Runs a program over a capture and gives what krun.c prints: packets, ring-buffer records, maps. */
export function runLikeKernel(
  objectFile: string,
  program: string,
  capture: string,
  engine: 'jit' | 'interpreter',
  maps: MapsFile | null,
  fields: ReadonlyMap<string, bigint> | null = null,
): Lines {
  const session = openSession(objectFile, program, engine, maps);
  const lines: Lines = [];
  const reader = createReader();
  const each = (event: Event): void => {
    const told = event.kind === 'packet' && fields !== null ? { recorded: { ...NOTHING_RECORDED, fields } } : {};
    const result = session.run({ ...event, ...told });
    lines.push(packetLine(result, session), ...recordLines(result));
  };
  reader.push(new Uint8Array(readFileSync(capture)), each);
  reader.end(each);
  return [
    ...lines,
    ...session
      .summary()
      .maps.filter(({ type }) => !UNSHOWN.has(type))
      .map(mapLine),
  ];
}

export function openSession(
  objectFile: string,
  program: string,
  engine: 'jit' | 'interpreter' | 'both',
  maps: MapsFile | null,
  attached = false,
): RunSession {
  const object = objectOfFile(objectFile);
  const found = object.programs.find(({ name }) => name === program);
  if (found === undefined) throw new Error(`no program ${program}: ${JSON.stringify(object.diagnostics)}`);
  const session = createRunSession(object, found, { engine, maps, attached });
  if (typeof session === 'string') throw new Error(session);
  return session;
}

const objects = new Map<string, BpfObject>();

/** Every object runs over many captures. */
function objectOfFile(file: string): BpfObject {
  const known = objects.get(file);
  if (known !== undefined) return known;
  const object = readObject(file, new Uint8Array(readFileSync(file)));
  objects.set(file, object);
  return object;
}

const golden = new Map<string, Lines>();

/** Only the fields that do not depend on the moment of the run. */
export function goldenLines(file: string): Lines {
  const lines = golden.get(file) ?? readGolden(file);
  golden.set(file, lines);
  return lines;
}

function readGolden(file: string): Lines {
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n');
  return rows.map((row) => goldenLine(JSON.parse(row) as Record<string, unknown>));
}

function goldenLine(line: Record<string, unknown>): Record<string, unknown> {
  const { i, err, ret, olen, osha, chg, rb, data, map, type, entries, ctx = {} } = line;
  if (err !== undefined) return { i, skipped: true };
  if (rb !== undefined) return { i, rb, data };
  if (map !== undefined) return { map, type, entries };
  return { i, ret, olen, osha, chg, ctx };
}

/** Fields of struct __sk_buff that a test run hands back, with their offsets; the time stamp has 64 bits. */
const SKB_FIELDS = [
  ['mark', 8], ['priority', 32], ['ingress_ifindex', 36], ['ifindex', 40], ['cb[0]', 48], ['cb[1]', 52], ['cb[2]', 56],
  ['cb[3]', 60], ['cb[4]', 64], ['tstamp', 152], ['wire_len', 160], ['gso_segs', 164], ['gso_size', 176],
] as const; // prettier-ignore

/** The context after the program: what is not zero of it. */
function contextAfter({ program, machine }: RunSession): Record<string, number> {
  if (program.type === 'xdp') return {};
  const { view } = machine.memory;
  const values = SKB_FIELDS.map(([name, offset]) => {
    const at = LAYOUT.ctx + offset;
    return [name, name === 'tstamp' ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== 0));
}

function packetLine(result: EventResult, session: RunSession): Record<string, unknown> {
  const { index, returnValue, packet, packetChanged, skipped, trap } = result;
  if (skipped !== null) return { i: index, skipped: true };
  if (trap !== null) return { i: index, trap: trap.message, pc: trap.pc };
  const bytes = packet ?? new Uint8Array();
  const osha = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const chg = packetChanged ? 1 : 0;
  return { i: index, ret: returnValue, olen: bytes.length, osha, chg, ctx: contextAfter(session) };
}

function recordLines({ index, output }: EventResult): Lines {
  return output
    .filter(({ kind }) => kind === 'ringbuf')
    .map(({ map, bytes }) => ({ i: index, rb: map, data: toHex(bytes) }));
}

export function mapLine({ name, type, entries }: MapSnapshot): Record<string, unknown> {
  const queue = type === 'queue' || type === 'stack';
  return {
    map: name,
    type: MAP_TYPES.findIndex((one) => one === type),
    entries: entries.map(({ key, values }) => (queue ? firstValue(values) : [toHex(key), firstValue(values)])),
  };
}

function firstValue(values: readonly Uint8Array[]): string {
  return toHex(values[0] ?? new Uint8Array());
}

/** Lines `map:key:value` of a SET.txt. */
export function readSet(file: string): MapsFile {
  const maps: Record<string, { key: string; value: string }[]> = {};
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [name = '', key = '', value = ''] = line.split(':');
    (maps[name] ??= []).push({ key, value });
  }
  const parsed = parseInitialMaps(JSON.stringify(maps));
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}
