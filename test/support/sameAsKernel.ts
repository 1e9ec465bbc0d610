import { expect } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { toHex } from '../../server/src/base/bytes.ts';
import type { PacketEvent } from '../../server/src/events/event.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import type { GivenWorld } from '../../server/src/vm/given.ts';
import { runInKernel, type KernelResult } from './testRun.ts';

/** A program that calls helpers, and the packet it gets. */
export interface Trial {
  /** Body in assembly: r6 is the context, r7 points to 2048 zero bytes whose contents are compared. */
  readonly body: string;
  readonly section: string;
  readonly packet: Uint8Array;
}

/** The file around a body: the compared bytes, to which r7 points, are the first value of a map. */
export function fileOf({ body, section }: Omit<Trial, 'packet'>, returned = 0): string {
  return `.license "GPL"
.map out, type=array, key=4, value=2048, entries=1
.section "${section}"
.globl main
main:
  r6 = r1
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = out ll
  call bpf_map_lookup_elem
  if r0 == 0 goto end
  r7 = r0
${body}
end:
  r0 = ${returned}
  exit
`;
}

interface Comparable {
  readonly returned: number;
  readonly packet: string;
  /** The first 2048 bytes as 64-bit words by index, zeros left out. */
  readonly out: Record<number, string>;
}

export function assembled(text: string): { object: BpfObject; program: Program } {
  const { object } = assemble(sourceText('trial.bpfasm', text));
  const [program] = object.programs;
  expect(object.diagnostics.map(({ message }) => message)).toEqual([]);
  if (program === undefined) throw new Error('no program');
  return { object, program };
}

/** Runs trials in the kernel and here, and compares return value, packet and the bytes written. */
export function checkSameAsKernel(
  trials: readonly Trial[],
  world: GivenWorld | null = null,
  setup: string | null = null,
): void {
  const programs = trials.map((trial) => assembled(fileOf(trial)));
  const theirs = runInKernel(
    programs.map(({ program }, i) => ({ program, data: trials[i]?.packet ?? new Uint8Array() })),
    setup,
  );
  for (const [i, { object, program }] of programs.entries()) {
    const trial = trials[i];
    const kernel = theirs[i];
    if (trial === undefined || kernel === undefined) throw new Error('a trial without an answer');
    if (kernel.runErrno !== 0) throw new Error(`the kernel does not run trial ${i}: errno ${kernel.runErrno}`);
    // Compiling takes long, so only some trials run in both engines.
    const mine = runHere(object, program, trial.packet, world, i % 16 === 0 ? 'both' : 'interpreter');
    expect(mine, `${trial.section} ${toHex(trial.packet)}\n${trial.body}`).toEqual(ofKernel(kernel));
  }
}

function ofKernel({ returnValue, data, map }: KernelResult): Comparable {
  return { returned: returnValue, packet: toHex(data), out: words(map) };
}

function runHere(
  object: BpfObject,
  program: Program,
  packet: Uint8Array,
  world: GivenWorld | null,
  engine: 'both' | 'interpreter',
): Comparable {
  const session = createRunSession(object, program, { engine, world });
  if (typeof session === 'string') throw new Error(session);
  const result = session.run(eventOf(packet));
  if (result.skipped !== null) throw new Error(result.skipped);
  if (result.trap !== null) throw new Error(`${result.trap.pc}: ${result.trap.message}`);
  const summary = session.summary();
  if (session.difference !== null) throw new Error(`the engines differ: ${session.difference}`);
  const map = summary.maps[0]?.entries[0]?.values[0] ?? new Uint8Array();
  return { returned: result.returnValue ?? -1, packet: toHex(result.packet ?? new Uint8Array()), out: words(map) };
}

export function eventOf(data: Uint8Array): PacketEvent {
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null } as const;
  const sizes = { data, wireLength: data.length };
  return { kind: 'packet', index: 0, timeNs: 0n, linkType: 1, interfaceId: 0, ...sizes, ...nothing };
}

function words(bytes: Uint8Array): Record<number, string> {
  const found: Record<number, string> = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; 8 * i + 8 <= bytes.length; i++) {
    const word = view.getBigUint64(8 * i, true);
    if (word !== 0n) found[i] = word.toString(16);
  }
  return found;
}
