/**
 * What the debugger's way through a long recording costs: `continue` over 100,000 events without a breakpoint, and with
 * one on the program's exits, where every event stops, r0 is looked at, and it goes on, as a conditional breakpoint
 * would. Processor time, least of several rounds: `node bench/debugger.ts [rounds]`
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ReplaySession } from '../server/src/debugger/session.ts';
import type { PacketEvent } from '../server/src/events/event.ts';
import { readObject } from '../server/src/elf/readObject.ts';
import { samplePackets } from './packet.ts';
import { OBJECTS } from './workloads.ts';

const EVENTS = 100_000;
const NAMES = ['counters', 'rewrite', 'filter'];
const SLICE = 1_000_000;

function recording(): PacketEvent[] {
  const packets = samplePackets(4096);
  return Array.from({ length: EVENTS }, (_, index) => {
    const data = packets[index % packets.length] ?? new Uint8Array(64);
    const about = { kind: 'packet', index, timeNs: BigInt(index) * 1000n, linkType: 1 } as const;
    const absent = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
    return { ...about, data, wireLength: data.length, interfaceId: 0, ...absent };
  });
}

function sessionOf(name: string, events: readonly PacketEvent[]): ReplaySession {
  const file = path.join(OBJECTS, `${name}.o`);
  const object = readObject(file, new Uint8Array(readFileSync(file)));
  const session = ReplaySession.open(object, { entry: null, events, seed: 1 });
  if (typeof session === 'string') throw new Error(`${name}: ${session}`);
  return session;
}

/** Goes on until the recording ends; answers the milliseconds and how often it stopped on the way. */
function continueToEnd(session: ReplaySession): { ms: number; stops: number } {
  const began = process.cpuUsage();
  for (let stops = 0; ; stops++) {
    const job = session.forward('continue', 'instruction');
    while (!job.advance(SLICE));
    if (job.result().kind !== 'breakpoint') return { ms: process.cpuUsage(began).user / 1000, stops };
    const [frame] = session.frames();
    if (frame === undefined || session.evaluate('r0', frame) === null) throw new Error('r0 has no value');
  }
}

function measure(name: string, events: readonly PacketEvent[]): { never: number; every: number; stops: number } {
  const never = sessionOf(name, events);
  const neverMs = continueToEnd(never).ms;
  const every = sessionOf(name, events);
  const { insns } = every.program;
  const exits = insns.flatMap((insn, pc) => (insn.kind === 'exit' ? [{ program: 0, pc }] : []));
  every.breakpoints.replace('bench', 'instruction', [exits]);
  const { ms, stops } = continueToEnd(every);
  return { never: neverMs, every: ms, stops };
}

const events = recording();
console.log(`program    no breakpoint  stopping each time   (ms for ${EVENTS} events)`);
for (const name of NAMES) {
  let best = { never: Infinity, every: Infinity, stops: 0 };
  for (let round = 0; round < Number(process.argv[2] ?? 3); round++) {
    const { never, every, stops } = measure(name, events);
    best = { never: Math.min(best.never, never), every: Math.min(best.every, every), stops };
  }
  console.log(
    `${name.padEnd(11)}${best.never.toFixed(0).padStart(13)}${best.every.toFixed(0).padStart(20)}   ${best.stops} stops`,
  );
}
