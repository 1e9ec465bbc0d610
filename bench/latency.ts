/** How long it takes from a program's bytes to its first result. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { readObject } from '../server/src/elf/readObject.ts';
import type { Event } from '../server/src/events/event.ts';
import { warmUpRun } from '../server/src/lsp/warmUp.ts';
import { createRunSession, type RunSession } from '../server/src/run/session.ts';
import { verify } from '../server/src/verifier/verify.ts';
import { cpuMs } from './contender.ts';
import { samplePacket } from './packet.ts';

/** Milliseconds. */
export interface Latency {
  /** From the bytes of the object to the first result, every access checked. */
  readonly first: number;
  /** Until the second result: now the program is compiled. */
  readonly compiled: number;
  /** What the verifier takes, without which checks cannot be left out. */
  readonly verify: number;
}

/** The least of some rounds, in this process, where the script has been optimised. */
export function warmLatency(file: string, rounds: number): Latency {
  const bytes = new Uint8Array(readFileSync(file));
  const all = Array.from({ length: rounds }, () => latencyOf(file, bytes));
  const least = (part: keyof Latency): number => Math.min(...all.map((one) => one[part]));
  return { first: least('first'), compiled: least('compiled'), verify: least('verify') };
}

/** The least of some processes that do it once; `warmUp` has them do first what the run worker does while it waits. */
export function coldLatency(file: string, rounds: number, warmUp: boolean): Latency {
  const args = [fileURLToPath(import.meta.url), file, ...(warmUp ? ['--warm-up'] : [])];
  const all = Array.from({ length: rounds }, () => {
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return JSON.parse(stdout) as Latency;
  });
  return all.toSorted((a, b) => a.first - b.first)[0] as Latency;
}

function latencyOf(file: string, bytes: Uint8Array): Latency {
  const began = cpuMs();
  const object = readObject(file, bytes);
  const program = object.programs[0];
  if (program === undefined) throw new Error(`${file} holds no program`);
  const session = createRunSession(object, program, { engine: 'jit' });
  if (typeof session === 'string') throw new Error(session);
  runOne(session, 0);
  const first = cpuMs();
  runOne(session, 1);
  const compiled = cpuMs();
  verify(program);
  return { first: first - began, compiled: compiled - began, verify: cpuMs() - compiled };
}

function runOne(session: RunSession, index: number): void {
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  const data = samplePacket();
  const event: Event = {
    kind: 'packet', index, timeNs: 0n, linkType: 1, data, wireLength: data.length, interfaceId: 0, ...nothing,
  }; // prettier-ignore
  session.feed(event, ({ trap }) => {
    if (trap !== null) throw new Error(trap.message);
  });
  session.flush(() => undefined);
}

async function warmUp(): Promise<void> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
  const steps = warmUpRun();
  while (steps.next().done !== true) await pause(0);
  await pause(100);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file = '', option] = process.argv;
  if (option === '--warm-up') await warmUp();
  console.log(JSON.stringify(latencyOf(file, new Uint8Array(readFileSync(file)))));
}
