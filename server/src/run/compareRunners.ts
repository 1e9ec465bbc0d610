import { toHex } from '../base/bytes.ts';
import type { PacketAfter } from './contexts/enter.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Runner } from './engines.ts';
import { LAYOUT } from '../vm/machine.ts';

/** Comparing the maps costs time, so large ones are compared after every so many events only. */
const BYTES_PER_EVENT = 0x1_0000;

/** Finds the first event after which two engines differ. */
export class Comparison {
  private readonly first: Runner;
  private readonly second: Runner;
  private readonly interval: number;
  private events = 0;
  private lastEqual = -1;

  constructor(first: Runner, second: Runner) {
    this.first = first;
    this.second = second;
    this.interval = Math.ceil((first.machine.memory.byteLength - LAYOUT.maps) / BYTES_PER_EVENT);
  }

  /** What differs after an event, in plain words, or null. */
  after(index: number, a: PacketAfter, b: PacketAfter): string | null {
    const found = this.outcomes() ?? packets(this.first.name, a, this.second.name, b) ?? this.outputs();
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
    const map = this.first.machine.regions.regionAt(at)?.name ?? 'the maps’ storage';
    const when = this.lastEqual + 1 < index ? `between events ${this.lastEqual + 1} and ${index}` : `event ${index}`;
    return `${when}: ${map} differs between ${this.first.name} and ${this.second.name}`;
  }

  private outcomes(): string | null {
    const { first, second } = this;
    const counted = first.insns !== null && second.insns !== null;
    const [a, b] = [first, second].map((runner) => outcomeText(runner, counted ? runner.insns : null));
    return a === b ? null : `the ${this.first.name} ${a}, the ${this.second.name} ${b}`;
  }

  private outputs(): string | null {
    const [a, b] = [this.first, this.second].map(({ machine }) =>
      machine.output.map(({ kind, text, bytes }) => `${kind} ${text} ${toHex(bytes)}`).join('\n'),
    );
    return a === b ? null : `the output differs between ${this.first.name} and ${this.second.name}`;
  }

  private firstDifference(): number | null {
    const [a, b] = [this.first.machine.memory.i32, this.second.machine.memory.i32];
    for (let word = LAYOUT.maps >> 2; word < a.length; word++) if (a[word] !== b[word]) return word << 2;
    return null;
  }
}

function outcomeText({ trap, low, high }: Runner, insns: number | null): string {
  const after = insns === null ? '' : ` after ${insns} instructions`;
  if (trap !== null) return `traps (${trap.kind}) at instruction ${trap.pc ?? '?'} of ${trap.program}${after}`;
  return `returns 0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}${after}`;
}

function packets(first: string, a: PacketAfter, second: string, b: PacketAfter): string | null {
  if (a.bytes.length !== b.bytes.length)
    return `the packet has ${a.bytes.length} bytes after the ${first}, ${b.bytes.length} after the ${second}`;
  return sameBytes(a.bytes, b.bytes) ? null : `the packet differs between ${first} and ${second}`;
}
