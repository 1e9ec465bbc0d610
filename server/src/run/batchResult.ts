import type { Event } from '../events/event.ts';
import type { OutputRecord, Redirect } from '../vm/createMachine.ts';
import type { CallbackRun } from '../vm/deferred.ts';
import type { Trap } from '../vm/machine.ts';
import type { BatchOutcome } from './batch.ts';
import type { After } from './contexts/enter.ts';
import type { EventResult } from './result.ts';

/** The result of an event of a batch. Of most packets nobody wants to see the bytes, so they are looked up when asked for. */
export class BatchResult implements EventResult {
  readonly index: number;
  readonly timeNs: bigint | null;
  readonly program: string;
  readonly hook = null;
  readonly returnValue: number | null;
  readonly verdict: string | null;
  readonly trap: Trap | null;
  readonly insns = null;
  readonly metaBytes: number;
  readonly packetChanged: boolean;
  readonly context = null;
  readonly output: readonly OutputRecord[];
  readonly callbacks: readonly CallbackRun[];
  readonly redirect: Redirect | null;
  readonly notes: readonly string[];
  readonly skipped = null;
  private readonly after: After;

  constructor(
    event: Event,
    program: string,
    outcome: BatchOutcome,
    returnValue: number | null,
    verdict: string | null,
  ) {
    const { trap, after } = outcome;
    this.index = event.index;
    this.timeNs = event.timeNs;
    this.program = program;
    this.returnValue = returnValue;
    this.verdict = verdict;
    this.trap = trap;
    this.metaBytes = after.metaBytes;
    this.packetChanged = after.packetChanged;
    this.output = outcome.output;
    this.callbacks = outcome.callbacks;
    this.redirect = trap === null ? outcome.redirect : null;
    this.notes = outcome.notes;
    this.after = after;
  }

  get packet(): Uint8Array | null {
    return this.after.packet;
  }
}
