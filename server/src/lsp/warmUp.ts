/**
 * JavaScript runs some ten times slower until it has been optimised, which takes the longest part of a large program's
 * first result. A worker that waits for the user does that on a made-up program meanwhile.
 */
import { assembleText } from '../asm/assembleText.ts';
import { fromHex } from '../base/bytes.ts';
import { sourceText } from '../base/source.ts';
import type { Event } from '../events/event.ts';
import { readObject } from '../elf/readObject.ts';
import type { BpfObject, Program } from '../program/program.ts';
import { createRunSession } from '../run/session.ts';
import { verify } from '../verifier/verify.ts';
import { WARM_UP_OBJECT } from './warmUpObject.ts';

/** What is worth doing while nothing is asked for, each within some tens of milliseconds. */
export function* warmUpRun(): Generator<void> {
  const objectBytes = fromHex(WARM_UP_OBJECT) ?? new Uint8Array();
  const { object } = assembleText(sourceText('', TEXT));
  const [program] = object.programs;
  if (program === undefined) return;
  const read = (): void => {
    for (let i = 0; i < READS; i++) readObject('', objectBytes);
  };
  const check = (): void => void verify(program);
  const compile = (): void => runOnce(object, program, 'jit');
  const interpret = (): void => runOnce(object, program, 'interpreter');
  for (let round = 0; round < ROUNDS; round++)
    for (const step of [read, compile, check, interpret]) {
      yield;
      step();
    }
}

const ROUNDS = 2;
const READS = 4;
const BLOCKS = 30;

function runOnce(object: BpfObject, program: Program, engine: 'jit' | 'interpreter'): void {
  const session = createRunSession(object, program, { engine });
  if (typeof session === 'string') return;
  for (let index = 0; index < 3; index++) session.feed(packet(index), () => undefined);
  session.flush(() => undefined);
}

function packet(index: number): Event {
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  const data = new Uint8Array(64).fill(index);
  return { kind: 'packet', index, timeNs: 0n, linkType: 1, data, wireLength: 64, interfaceId: 0, ...nothing };
}

/** Does the steps one by one, each when nothing else is to be done, as long as nobody says that it is enough. */
export class WarmUp {
  private steps: Iterator<unknown> | null = null;
  private waits = false;
  private paused = 0;
  private ended = false;
  private readonly defer: (run: () => void) => void;
  private readonly make: () => Iterator<unknown>;

  constructor(defer: (run: () => void) => void, make: () => Iterator<unknown>) {
    this.defer = defer;
    this.make = make;
    this.next();
  }

  /** A request came in. */
  pause(): void {
    this.paused++;
  }

  /** It has its answer. */
  resume(): void {
    this.paused--;
    this.next();
  }

  /** The real work begins. */
  end(): void {
    this.ended = true;
  }

  private next(): void {
    if (this.waits || this.paused > 0 || this.ended) return;
    this.waits = true;
    this.defer(() => {
      this.waits = false;
      if (this.paused > 0 || this.ended) return;
      this.steps ??= this.make();
      if (this.steps.next().done === true) this.ended = true;
      this.next();
    });
  }
}

/** Instructions of all common kinds. */
function block(i: number): string {
  return `
    r2 = *(u32 *)(r6 + 0)
    r3 = *(u32 *)(r6 + 4)
    r4 = r2
    r4 += 40
    if r4 > r3 goto out
    r7 = *(u8 *)(r2 + ${i % 16})
    r5 = *(u16 *)(r2 + 12)
    r5 = be16 r5
    r7 <<= 8
    r7 |= r5
    w8 = *(u32 *)(r2 + 26)
    w8 ^= w7
    w8 *= 0x9e3779b1
    w8 >>= ${i % 13}
    if r7 == ${i} goto skip${i}
    if w8 s< ${i} goto skip${i}
    *(u64 *)(r10 - 16) = r8
    r7 += r8
    r7 ^= ${i}
    r8 = *(u64 *)(r10 - 16)
    *(u32 *)(r10 - 4) = ${i}
    r1 = counters ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto skip${i}
    lock *(u64 *)(r0 + 0) += r7
    *(u64 *)(r0 + 8) = r8
    r1 = r7
    call mix
    r7 += r0
skip${i}:`;
}

const TEXT = `.license "GPL"
.map counters, type=array, key=4, value=16, entries=${BLOCKS}
.section "xdp"
    r6 = r1
    r8 = 0${Array.from({ length: BLOCKS }, (_, i) => block(i)).join('')}
    r0 = 2
    exit
out:
    r0 = 1
    exit
mix:
    r2 = 4
again:
    r1 *= 31
    r2 -= 1
    if r2 != 0 goto again
    r0 = r1
    exit
`;
