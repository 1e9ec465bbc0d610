import { assert } from '../base/assert.ts';
import { sameBytes } from '../base/bytes.ts';
import type { Event } from '../events/event.ts';
import { BATCH_EVENTS, BATCH_PACKET_BYTES, batchPlaces } from '../jit/batch.ts';
import type { BatchHooks, BatchPlaces, BatchShape } from '../jit/batch.ts';
import type { JitEngine } from '../jit/createJit.ts';
import type { BatchSetup } from '../jit/jitRun.ts';
import type { Machine, OutputRecord, Redirect } from '../vm/createMachine.ts';
import type { CallbackRun } from '../vm/deferred.ts';
import type { Region, Trap } from '../vm/machine.ts';
import { NOTHING_LEFT } from './contexts/enter.ts';
import type { After, ContextBuilder } from './contexts/enter.ts';
import { PacketStates } from './packetStates.ts';

/** What became of one event of a batch. */
export interface BatchOutcome {
  readonly trap: Trap | null;
  /** r0's low half; meaningless after a trap. */
  readonly low: number;
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

type Changeable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Events that wait to be run together, and what came of them. */
export class Batch implements BatchHooks {
  private readonly machine: Machine;
  private readonly builder: ContextBuilder;
  private readonly shape: BatchShape;
  private readonly places: BatchPlaces;
  private engine: JitEngine | null = null;
  private readonly states = new PacketStates(BATCH_EVENTS);
  private readonly times = new BigInt64Array(BATCH_EVENTS);
  private readonly hidden = new Uint8Array(BATCH_EVENTS);
  private readonly traps = new Map<number, Trap>();
  private readonly left = new Map<number, Left>();
  private objects: Region[] = [];
  private readonly budget: number;
  /** Used again and again, because most events leave nothing else. */
  private readonly inside = new PacketInside(this);
  private readonly current: Changeable<BatchOutcome> = {
    trap: null,
    low: 0,
    after: NOTHING_LEFT,
    output: [],
    callbacks: [],
    redirect: null,
    notes: [],
  };
  private used = 0;
  rows = 0;
  /** Rows that ran: fewer than there are when the run was stopped. */
  ran = 0;
  private readonly slices: Slices | null;

  constructor(
    machine: Machine,
    builder: ContextBuilder,
    shape: BatchShape,
    budget: number,
    now: (() => number) | null,
  ) {
    this.budget = budget;
    this.slices = machine.stop === null ? null : new Slices(now);
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
    return this.rows < BATCH_EVENTS && this.used + bytes + FRONT + LINK_HEADER + ALIGNED <= BATCH_PACKET_BYTES;
  }

  /** Takes an event; a string says in plain words why it cannot be given to the program. */
  add(event: Event): string | null {
    const { machine, shape, places } = this;
    const place = places.packets + this.used + FRONT;
    if (!shape.copies) machine.packet.place = place;
    const refused = this.builder.enter(machine, event);
    machine.packet.place = null;
    if (refused === null) this.save(event, place);
    return refused;
  }

  private save(event: Event, place: number): void {
    const { machine, places, builder, rows } = this;
    const { packet, memory } = machine;
    const frameBytes = builder.frame?.length ?? 0;
    const hidden = frameBytes - (packet.end - packet.meta);
    assert(frameBytes >= 8 && this.hasRoom(frameBytes), 'the event does not fit the batch');
    const source = place - hidden;
    const target = packet.meta - hidden;
    if (source !== target) memory.u8.copyWithin(source, target, packet.end);
    this.used += (FRONT + frameBytes + ALIGNED - 1) & -ALIGNED;
    this.column(places.source, source);
    this.column(places.target, target);
    this.column(places.length, frameBytes);
    this.engine?.saveRow(rows);
    this.states.save(rows, packet);
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
    this.ran = 0;
    for (let row = 0; row < rows; row = this.ran) {
      if (this.slices !== null && this.machine.stop?.() === true) return;
      const to = this.slices === null ? rows : Math.min(rows, row + this.slices.rows);
      this.slices?.begin();
      this.ran = engine.runBatch(row, to, budget);
      this.slices?.end();
      if (this.ran < to) this.afterTrap(this.ran++);
    }
  }

  private afterTrap(row: number): void {
    const trap = this.engine?.trap ?? null;
    assert(trap !== null, 'a run that does not leave has trapped');
    this.traps.set(row, trap);
    if (this.shape.copies && (this.left.get(row)?.after ?? null) === null) this.compare(row);
  }

  /** Forgets the events: the next ones take their places. */
  clear(): void {
    this.rows = 0;
    this.used = 0;
  }

  /** Valid until the next one is asked for. */
  outcome(row: number): BatchOutcome {
    const left = this.left.get(row) ?? NOTHING_ELSE;
    const { current } = this;
    current.trap = this.traps.get(row) ?? null;
    current.low = this.read(this.places.result, row);
    current.output = left.output;
    current.redirect = left.redirect;
    current.notes = left.notes;
    current.after = left.after ?? this.inPlace(row);
    return current;
  }

  private inPlace(row: number): After {
    this.inside.row = row;
    return this.inside;
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
    // The kernel hands the link header back as zeros.
    return hidden === 0 ? u8.subarray(start, end) : u8.slice(start, end).fill(0, 0, hidden);
  }

  restore(row: number): void {
    const { machine } = this;
    machine.output = [];
    machine.world.timeNs = this.times[row] ?? 0n;
    if (this.shape.objectBytes > 0) machine.regions.objects = this.objects;
    machine.packet.restore(this.states.of(row));
    if (this.shape.copies) machine.packet.clearHeadRoom();
  }

  collect(row: number): boolean {
    const { machine, builder } = this;
    const { output, runNotes: notes, redirect } = machine;
    const after = this.states.isMoved(row, machine.packet) ? copyOf(builder, machine, this.frame(row)) : null;
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

/** So many events are run at once that somebody who wants the run to end does not wait long. */
class Slices {
  rows = 64;
  private readonly now: (() => number) | null;
  private began = 0;

  constructor(now: (() => number) | null) {
    this.now = now;
  }

  begin(): void {
    this.began = this.now?.() ?? 0;
  }

  end(): void {
    const took = this.now === null ? 0 : this.now() - this.began;
    if (took < SHORT_MS) this.rows = Math.min(2 * this.rows, BATCH_EVENTS);
    else this.rows = Math.max(1, this.rows >> 2);
  }
}

const SHORT_MS = 20;

/** A packet that no helper moved. */
class PacketInside implements After {
  row = 0;
  readonly metaBytes = 0;
  readonly context = null;
  private readonly batch: Batch;

  constructor(batch: Batch) {
    this.batch = batch;
  }

  get packet(): Uint8Array {
    return this.batch.bytesAfter(this.row);
  }
  get packetChanged(): boolean {
    return this.batch.changed(this.row);
  }
}

const NOTHING_ELSE: Left = { output: [], redirect: null, notes: [], after: null };
/** Room in front of a packet, for a link header that the program does not see, and how packets are aligned. */
const FRONT = 16;
/** What captures without one are given. */
const LINK_HEADER = 14;
const ALIGNED = 16;

function copyOf(builder: ContextBuilder, machine: Machine, before: Uint8Array): After {
  builder.frame = before;
  const after = builder.leave(machine);
  return { ...after, packet: after.packet?.slice() ?? null };
}
