import { assert } from '../base/assert.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Event } from '../events/event.ts';
import { BATCH_EVENTS, BATCH_PACKET_BYTES, batchPlaces } from '../jit/batch.ts';
import type { BatchHooks, BatchPlaces, BatchShape } from '../jit/batch.ts';
import type { JitEngine } from '../jit/createJit.ts';
import type { BatchSetup } from '../jit/jitRun.ts';
import type { Machine, OutputRecord, Redirect } from '../vm/createMachine.ts';
import type { CallbackRun } from '../vm/deferred.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { Region, Trap } from '../vm/machine.ts';
import { SKB, XDP } from '../vm/packet.ts';
import type { PacketState } from '../vm/packet.ts';
import type { After, ContextBuilder } from './contexts/enter.ts';

/** What became of one event of a batch. */
export interface BatchOutcome {
  readonly trap: Trap | null;
  /** r0's low half; meaningless after a trap. */
  readonly low: number;
  /** Executed instructions; null when nobody counts them. */
  readonly insns: number | null;
  /** A view that the next batch overwrites. */
  readonly after: After;
  readonly output: readonly OutputRecord[];
  /** Functions of timers and work queues that ran before the event. */
  readonly callbacks: readonly CallbackRun[];
  readonly redirect: Redirect | null;
  readonly notes: readonly string[];
}

/** What an event left outside compiled code. */
interface Left {
  readonly output: readonly OutputRecord[];
  readonly redirect: Redirect | null;
  readonly notes: readonly string[];
  /** Set when helpers moved the packet. */
  readonly after: After | null;
}

/** The link header lies in front of what some programs see; the kernel hands it back as zeros. */
type Hidden = 0 | 14;

/** Events that wait to be run together, and what came of them. */
export class Batch implements BatchHooks {
  private readonly machine: Machine;
  private readonly builder: ContextBuilder;
  private readonly shape: BatchShape;
  private readonly places: BatchPlaces;
  private engine: JitEngine | null = null;
  private readonly states: PacketState[] = [];
  private readonly times = new BigInt64Array(BATCH_EVENTS);
  private readonly hidden: Hidden[] = [];
  private readonly traps = new Map<number, Trap>();
  private readonly left = new Map<number, Left>();
  private objects: Region[] = [];
  private readonly budget: number;
  private used = 0;
  rows = 0;

  constructor(machine: Machine, builder: ContextBuilder, shape: BatchShape, budget: number) {
    this.budget = budget;
    this.machine = machine;
    this.builder = builder;
    this.shape = { ...shape, area: machine.batchArea };
    this.places = batchPlaces(this.shape);
  }

  /** What the engine is compiled with. */
  get setup(): BatchSetup {
    return { shape: this.shape, hooks: this };
  }

  /** Must come before all else: the engine that was compiled with this batch. */
  use(engine: JitEngine): void {
    this.engine = engine;
  }

  /** Programs that are too large to be compiled have no engine. */
  get ready(): boolean {
    return this.engine !== null;
  }

  /** Whether another event with so many bytes finds room. */
  hasRoom(bytes: number): boolean {
    return this.rows < BATCH_EVENTS && this.used + bytes + MOST_AROUND <= BATCH_PACKET_BYTES;
  }

  /** Takes an event; a string says in plain words why it cannot be given to the program. */
  add(event: Event): string | null {
    const refused = this.builder.enter(this.machine, event);
    if (refused === null) this.save(event);
    return refused;
  }

  private save(event: Event): void {
    const { machine, places, builder, rows } = this;
    const { packet, memory } = machine;
    const frameBytes = builder.frame?.length ?? 0;
    const hidden = frameBytes - (packet.end - packet.meta) === 0 ? 0 : 14;
    assert(frameBytes >= 8 && this.hasRoom(frameBytes), 'the event does not fit the batch');
    // Aligned as the packet of a single run is.
    const source = places.packets + this.used + (hidden === 0 ? 0 : 2);
    const target = packet.meta - hidden;
    this.used = (source - places.packets + frameBytes + 7) & ~7;
    memory.u8.copyWithin(source, target, packet.end);
    this.column(places.source, source);
    this.column(places.target, target);
    this.column(places.length, frameBytes);
    let state = packet.save();
    if (!this.shape.copies) {
      state = moved(state, source + hidden - packet.meta);
      this.pointAt(state);
    }
    this.engine?.saveRow(rows);
    this.states[rows] = state;
    this.hidden[rows] = hidden;
    this.times[rows] = event.timeNs ?? 0n;
    this.objects = machine.regions.objects;
    this.rows++;
  }

  /** Runs all events that wait. */
  run(): void {
    const { rows, engine, budget } = this;
    assert(engine !== null, 'there is an engine');
    this.traps.clear();
    this.left.clear();
    for (let row = 0; row < rows; row++) {
      row = engine.runBatch(row, rows, budget);
      if (row === rows) break;
      assert(engine.trap !== null, 'a run that does not leave has trapped');
      this.traps.set(row, engine.trap);
      if (this.shape.copies && (this.left.get(row)?.after ?? null) === null) this.compare(row);
    }
  }

  /** Forgets the events: the next ones take their places. */
  clear(): void {
    this.rows = 0;
    this.used = 0;
  }

  outcome(row: number): BatchOutcome {
    const left = this.left.get(row) ?? NOTHING_LEFT;
    const trap = this.traps.get(row) ?? null;
    const after = left.after ?? new PacketInPlace(this, row);
    return { trap, low: this.read(this.places.result, row), insns: null, ...left, callbacks: [], after };
  }

  changed(row: number): boolean {
    return this.shape.copies && this.read(this.places.changed, row) !== 0;
  }

  /** The packet after the program, where no helper moved it. */
  bytesAfter(row: number): Uint8Array {
    const { u8 } = this.machine.memory;
    const start = this.read(this.places.source, row) + (this.changed(row) ? BATCH_PACKET_BYTES : 0);
    const end = start + this.read(this.places.length, row);
    const hidden = this.hidden[row] ?? 0;
    return hidden === 0 ? u8.subarray(start, end) : u8.slice(start, end).fill(0, 0, hidden);
  }

  restore(row: number): void {
    const { machine } = this;
    machine.output = [];
    machine.world.timeNs = this.times[row] ?? 0n;
    if (this.shape.objectBytes > 0) machine.regions.objects = this.objects;
    const state = this.states[row];
    if (state !== undefined) machine.packet.restore(state);
    if (this.shape.copies) machine.packet.clearHeadRoom();
  }

  collect(row: number): boolean {
    const { machine, builder } = this;
    const { output, runNotes: notes, redirect } = machine;
    const after = this.isMoved(row) ? copyOf(builder, machine, this.frame(row)) : null;
    if (output.length > 0 || notes.length > 0 || redirect !== null || after !== null)
      this.left.set(row, { output, notes, redirect, after });
    return after !== null;
  }

  private column(column: number, value: number): void {
    this.machine.memory.i32[(column >> 2) + this.rows] = value;
  }

  private read(column: number, row: number): number {
    return this.machine.memory.i32[(column >> 2) + row] ?? 0;
  }

  /** The packet as it was. */
  private frame(row: number): Uint8Array {
    const start = this.read(this.places.source, row);
    return this.machine.memory.u8.subarray(start, start + this.read(this.places.length, row));
  }

  private isMoved(row: number): boolean {
    const { packet } = this.machine;
    const before = this.states[row];
    return (
      before === undefined || packet.start !== before.start || packet.end !== before.end || packet.meta !== before.meta
    );
  }

  /** The context's pointers name the packet's place in the batch. */
  private pointAt({ kind, start, meta, end, linearLimit, direct }: PacketState): void {
    const { memory } = this.machine;
    const offsets = kind === 'skb' ? SKB : XDP;
    memory.set32(LAYOUT.ctx + offsets.data, start);
    memory.set32(LAYOUT.ctx + offsets.dataEnd, direct ? Math.min(end, linearLimit) : start);
    memory.set32(LAYOUT.ctx + offsets.dataMeta, direct ? meta : start);
  }

  /** What the loop does after an event, for one that trapped. */
  private compare(row: number): void {
    const { memory } = this.machine;
    const target = this.read(this.places.target, row);
    const before = this.frame(row);
    const after = memory.u8.subarray(target, target + before.length);
    if (sameBytes(before, after)) return;
    memory.i32[(this.places.changed >> 2) + row] = 1;
    memory.u8.set(after, this.read(this.places.source, row) + BATCH_PACKET_BYTES);
  }
}

/** Looked at only when somebody asks for the bytes. */
class PacketInPlace implements After {
  readonly metaBytes = 0;
  readonly context = null;
  readonly contextChanged = false;
  private readonly batch: Batch;
  private readonly row: number;

  constructor(batch: Batch, row: number) {
    this.batch = batch;
    this.row = row;
  }

  get packet(): Uint8Array {
    return this.batch.bytesAfter(this.row);
  }
  get packetChanged(): boolean {
    return this.batch.changed(this.row);
  }
}

const NOTHING_LEFT: Left = { output: [], redirect: null, notes: [], after: null };
/** What aligning a packet may cost. */
const MOST_AROUND = 16;

function copyOf(builder: ContextBuilder, machine: Machine, before: Uint8Array): After {
  builder.frame = before;
  const after = builder.leave(machine);
  return { ...after, packet: after.packet?.slice() ?? null };
}

function moved(state: PacketState, by: number): PacketState {
  const { start, end, meta, hardStart, hardEnd, macStart, linearLimit } = state;
  return {
    ...state,
    start: start + by,
    end: end + by,
    meta: meta + by,
    hardStart: hardStart + by,
    hardEnd: hardEnd + by,
    macStart: macStart + by,
    linearLimit: linearLimit + by,
  };
}
