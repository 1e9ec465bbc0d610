import { assert } from '../base/assert.ts';
import type { CallbackState, Machine, OutputRecord, Redirect } from './createMachine.ts';
import type { Deferred } from './deferred.ts';
import type { Region } from './machine.ts';
import { PAGE_BYTES, PAGE_SHIFT } from './memory.ts';
import type { PacketState } from './packet.ts';
import type { World } from './world.ts';

/** A moment of a machine that one can go back to. */
export interface Checkpoint {
  /** Grows with every checkpoint of a timeline. */
  readonly id: number;
}

/** What a machine keeps outside its memory. */
interface Outside {
  readonly world: World;
  readonly packet: PacketState;
  readonly objects: readonly Region[];
  readonly ctxBytes: number;
  readonly ctxHidden: number;
  readonly ctxWritable: Uint8Array | null;
  readonly depth: number;
  readonly output: readonly OutputRecord[];
  readonly tailCalls: number;
  readonly callback: CallbackState | null;
  readonly redirect: Redirect | null;
  readonly deferred: readonly Deferred[];
  readonly deferredIds: number;
}

interface Entry extends Checkpoint, Outside {
  /** Pages as they were at this checkpoint, of those that changed before the next one. */
  readonly pages: Map<number, Uint8Array>;
}

/**
 * Undo for one machine: a checkpoint costs as much as the pages that change after it. Only changes made by the
 * interpreter, by helpers and through the machine's own functions are seen; code compiled by the JIT writes past it.
 * Going back drops the later checkpoints: running forward again makes the same moments again.
 */
export class Timeline {
  private readonly machine: Machine;
  private entries: Entry[] = [];
  private nextId = 1;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Bytes of the pages that are kept. */
  get bytes(): number {
    return this.entries.reduce((sum, entry) => sum + entry.pages.size * PAGE_BYTES, 0);
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.entries;
  }

  checkpoint(): Checkpoint {
    const { memory } = this.machine;
    const entry = { id: this.nextId++, pages: new Map<number, Uint8Array>(), ...outside(this.machine) };
    this.watchAgain();
    memory.undo = entry.pages;
    this.entries.push(entry);
    return entry;
  }

  /** Puts the machine back to a checkpoint, which stays and may be used again. */
  restore(checkpoint: Checkpoint): void {
    const index = this.entries.findIndex((entry) => entry.id === checkpoint.id);
    assert(index >= 0, 'no such checkpoint');
    const { memory } = this.machine;
    const back = this.entries.slice(index);
    for (const entry of back.toReversed())
      for (const [page, bytes] of entry.pages) memory.u8.set(bytes, page << PAGE_SHIFT);
    const kept = back[0]!;
    this.watchAgain();
    kept.pages.clear();
    this.entries.length = index + 1;
    memory.undo = kept.pages;
    putBack(this.machine, kept);
  }

  /** Forgets one checkpoint; the ones before it stay good. */
  drop(checkpoint: Checkpoint): void {
    const index = this.entries.findIndex((entry) => entry.id === checkpoint.id);
    if (index < 0) return;
    const [gone] = this.entries.splice(index, 1);
    const before = this.entries[index - 1];
    const wasLast = index === this.entries.length;
    if (before !== undefined && gone !== undefined)
      for (const [page, bytes] of gone.pages) if (!before.pages.has(page)) before.pages.set(page, bytes);
    if (wasLast) this.machine.memory.undo = before?.pages ?? null;
    if (this.entries.length === 0) this.stop();
  }

  /** Forgets everything and stops saving pages. */
  stop(): void {
    this.entries = [];
    this.machine.memory.undo = null;
    this.machine.memory.saved.fill(1);
  }

  /** Every page counts as unsaved again; while a timeline runs, only the pages saved last are marked. */
  private watchAgain(): void {
    const { memory } = this.machine;
    if (memory.undo === null) memory.saved.fill(0);
    else for (const page of memory.undo.keys()) memory.saved[page] = 0;
  }
}

function outside(machine: Machine): Outside {
  const { world, packet, regions, output, tailCalls, callback, redirect, deferred, deferredIds } = machine;
  const { objects, ctxBytes, ctxHidden, ctxWritable, depth } = regions;
  const copies = { world: { ...world }, packet: packet.save(), objects: [...objects], output: [...output] };
  return { ...copies, ctxBytes, ctxHidden, ctxWritable, depth, tailCalls, callback, redirect, deferred, deferredIds };
}

function putBack(machine: Machine, kept: Outside): void {
  const { regions } = machine;
  Object.assign(machine.world, kept.world);
  machine.packet.restore(kept.packet);
  regions.objects = [...kept.objects];
  regions.ctxBytes = kept.ctxBytes;
  regions.ctxHidden = kept.ctxHidden;
  regions.ctxWritable = kept.ctxWritable;
  regions.depth = kept.depth;
  machine.output = [...kept.output];
  machine.tailCalls = kept.tailCalls;
  machine.callback = kept.callback;
  machine.redirect = kept.redirect;
  machine.deferred = kept.deferred;
  machine.deferredIds = kept.deferredIds;
  machine.fault = null;
  machine.nullFrom = null;
}
