import type { Machine } from './createMachine.ts';
import type { Trap } from './machine.ts';

/** A function that the program asked to be run later: by a timer, a work queue, or in a task. Never changed in place. */
export interface Deferred {
  readonly kind: 'timer' | 'workqueue' | 'taskWork';
  /** Stands in the first word of the map value's field as long as the field is not freed. */
  readonly id: number;
  /** Address of the field. */
  readonly field: number;
  readonly map: number;
  /** Index of the program that holds the function. */
  readonly program: number;
  /** Guest address of the function; 0 while there is none. */
  readonly target: number;
  /** When it is due, as bpf_ktime_get_ns counts; null while nobody waits for it. */
  readonly dueNs: bigint | null;
  /** Those due at the same time run in this order. */
  readonly order: number;
}

/** A deferred function that has run. */
export interface CallbackRun {
  readonly kind: Deferred['kind'];
  /** Name of the function. */
  readonly name: string;
  readonly dueNs: bigint;
  readonly trap: Trap | null;
}

/** The one for a field, or null where the field was never initialised or was freed with its value. */
export function deferredAt({ deferred, memory }: Machine, field: number): Deferred | null {
  const id = memory.view.getUint32(field, true);
  return id === 0 ? null : (deferred.find((one) => one.id === id && one.field === field) ?? null);
}

/** Adds one for a field that has none. */
export function addDeferred(machine: Machine, kind: Deferred['kind'], field: number, map: number): Deferred {
  const id = machine.deferredIds + 1;
  machine.deferredIds = id;
  machine.memory.set64(field, id, 0);
  const added = { kind, id, field, map, program: 0, target: 0, dueNs: null, order: 0 };
  // Fields that were freed meanwhile are forgotten here.
  machine.deferred = [...machine.deferred.filter((one) => deferredAt(machine, one.field) === one), added];
  return added;
}

export function changeDeferred(machine: Machine, old: Deferred, change: Partial<Deferred>): void {
  const order = machine.deferredIds + 1;
  machine.deferredIds = order;
  machine.deferred = machine.deferred.map((one) => (one === old ? { ...one, order, ...change } : one));
}

/** The one that is due first, at `untilNs` at the latest. */
export function nextDue(machine: Machine, untilNs: bigint): (Deferred & { readonly dueNs: bigint }) | null {
  let first: (Deferred & { readonly dueNs: bigint }) | null = null;
  for (const one of machine.deferred) {
    const { dueNs } = one;
    if (dueNs === null || dueNs > untilNs || deferredAt(machine, one.field) !== one) continue;
    if (first === null || dueNs < first.dueNs || (dueNs === first.dueNs && one.order < first.order))
      first = { ...one, dueNs };
  }
  return first;
}
