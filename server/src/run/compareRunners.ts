import { toHex } from '../base/bytes.ts';
import type { After } from './contexts/enter.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Runner } from './engines.ts';
import type { Machine } from '../vm/createMachine.ts';
import { LAYOUT } from '../vm/machine.ts';

/** Comparing the maps costs time, so large ones are compared after every so many events only. */
const BYTES_PER_EVENT = 0x1_0000;

/** How one engine left an event. */
export interface Outcome {
  readonly runner: Runner;
  readonly after: After;
}

/** Finds the first event after which two engines differ. */
export class Comparison {
  private readonly first: Machine;
  private readonly second: Machine;
  private readonly interval: number;
  private events = 0;
  private lastEqual = -1;

  constructor(first: { readonly machine: Machine }, second: { readonly machine: Machine }) {
    this.first = first.machine;
    this.second = second.machine;
    this.interval = Math.ceil((this.first.memory.byteLength - LAYOUT.maps) / BYTES_PER_EVENT);
  }

  /** What differs after an event, in plain words, or null. */
  after(index: number, a: Outcome, b: Outcome): string | null {
    const found = outcomes(a.runner, b.runner) ?? bytesLeft(a.after, b.after) ?? this.outputs();
    if (found !== null) return `event ${index}: ${found}`;
    return ++this.events % this.interval === 0 ? this.maps(index) : null;
  }

  /** Compares what `after` has put off; call it at the end. */
  maps(index: number): string | null {
    const at = this.firstDifference();
    if (at === null) {
      this.lastEqual = index;
      return null;
    }
    const map = this.first.regions.regionAt(at)?.name ?? 'the maps’ storage';
    const when = this.lastEqual + 1 < index ? `between events ${this.lastEqual + 1} and ${index}` : `event ${index}`;
    return `${when}: ${map} differs between jit and interpreter`;
  }

  private outputs(): string | null {
    const [a, b] = [this.first, this.second].map(({ output }) =>
      output.map(({ kind, text, bytes }) => `${kind} ${text} ${toHex(bytes)}`).join('\n'),
    );
    return a === b ? null : 'the output differs between jit and interpreter';
  }

  private firstDifference(): number | null {
    const [a, b] = [this.first.memory.i32, this.second.memory.i32];
    for (let word = LAYOUT.maps >> 2; word < a.length; word++) if (a[word] !== b[word]) return word << 2;
    return null;
  }
}

function outcomeText({ trap, low, high }: Runner, insns: number | null): string {
  const after = insns === null ? '' : ` after ${insns} instructions`;
  if (trap !== null) return `traps (${trap.kind}) at instruction ${trap.pc ?? '?'} of ${trap.program}${after}`;
  return `returns 0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}${after}`;
}

function outcomes(first: Runner, second: Runner): string | null {
  const counted = first.insns !== null && second.insns !== null;
  const [a, b] = [first, second].map((runner) => outcomeText(runner, counted ? runner.insns : null));
  return a === b ? null : `the jit ${a}, the interpreter ${b}`;
}

function bytesLeft(a: After, b: After): string | null {
  const [one, other] = [a.packet ?? NOTHING, b.packet ?? NOTHING];
  if (one.length !== other.length)
    return `the packet has ${one.length} bytes after the jit, ${other.length} after the interpreter`;
  if (!sameBytes(one, other)) return 'the packet differs between jit and interpreter';
  const same = sameBytes(a.context?.bytes ?? NOTHING, b.context?.bytes ?? NOTHING);
  return same ? null : 'the context differs between jit and interpreter';
}

const NOTHING = new Uint8Array();
