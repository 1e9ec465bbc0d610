import type { Btf } from '../../btf/btf.ts';
import { resolve, sizeOf } from '../../btf/query.ts';
import type { Machine } from '../createMachine.ts';
import { argHigh, argU32, done, donePointer, note, trap, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { guardedFields } from '../maps/guardedFields.ts';
import { RedBlackTree } from '../redBlackTree.ts';

/** Mirrors bpf_obj_* and bpf_percpu_obj_* of kernel/bpf/helpers.c, v6.18. */
export const OBJECT_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_obj_new_impl: (machine) => allocate(machine, 'bpf_obj_new', 1, 0),
  bpf_percpu_obj_new_impl: (machine) => allocate(machine, 'bpf_percpu_obj_new', machine.cpus, PER_CPU),
  bpf_obj_drop_impl: (machine) => drop(machine, 'bpf_obj_drop'),
  bpf_percpu_obj_drop_impl: (machine) => drop(machine, 'bpf_percpu_obj_drop'),
  bpf_refcount_acquire_impl: acquire,
};

/** An object's kind is the BTF id of its type; this bit says that there is one for each CPU. */
const PER_CPU = 0x8000_0000;
const TYPE_ID = 0x3fff_ffff;

/** Nodes that one list or tree has at most; walks of a damaged one end here. */
const MOST_NODES = 0x1_0000;

export function btfOf({ programs }: Machine): Btf | null {
  return programs[0]?.btf ?? null;
}

/** Bytes from one CPU's copy of a per-CPU object to the next. */
export function copyBytes(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function allocate(machine: Machine, name: string, copies: number, flag: number): HelperStatus {
  const btf = btfOf(machine);
  const typeId = argU32(machine, 1);
  const isStruct = btf !== null && btf.types[typeId] !== undefined && resolve(btf, typeId).kind === 'struct';
  const size = isStruct ? sizeOf(btf, typeId) : null;
  if (size === null) return trap(machine, 'helper', `${name}: argument 1 (${typeId}) is no structure of the program`);
  const bytes = copies === 1 ? size : copyBytes(size) * copies;
  const at = machine.heap?.allocate(bytes, typeId + flag) ?? 0;
  if (at === 0) note(machine, `${name}: there is no more memory for objects; it answered null`);
  else initialize(machine, at, typeId);
  return donePointer(machine, name, at);
}

function initialize({ memory, programs }: Machine, at: number, typeId: number): void {
  for (const { name, offset } of guardedFields(programs[0]?.btf ?? null, typeId))
    if (name === 'bpf_refcount') memory.set32(at + offset, 1);
}

/** The object that argument `n` points to the beginning of; 0 with a fault where there is none. */
function objectArg(machine: Machine, name: string, n: number): number {
  const start = argHigh(machine, n) === 0 ? argU32(machine, n) : 0;
  if (machine.heap?.objectAt(start)?.start === start) return start;
  trap(machine, 'helper', `${name}: argument ${n} is not an object that the program has`);
  return 0;
}

function drop(machine: Machine, name: string): HelperStatus {
  const start = objectArg(machine, name, 1);
  if (start === 0) return HELPER_STATUS.trap;
  dropObject(machine, start);
  return done(machine, 0);
}

function acquire(machine: Machine): HelperStatus {
  const name = 'bpf_refcount_acquire';
  const start = objectArg(machine, name, 1);
  if (start === 0) return HELPER_STATUS.trap;
  const count = refcountAt(machine, start);
  if (count === 0) return trap(machine, 'helper', `${name}: argument 1 has no reference count`);
  const now = machine.memory.view.getUint32(count, true);
  if (now !== 0) machine.memory.set32(count, now + 1);
  return donePointer(machine, name, now === 0 ? 0 : start);
}

function kindAt({ heap }: Machine, start: number): number {
  return heap?.objectAt(start)?.kind ?? 0;
}

function refcountAt(machine: Machine, start: number): number {
  const fields = guardedFields(btfOf(machine), kindAt(machine, start) & TYPE_ID);
  const field = fields.find(({ name }) => name === 'bpf_refcount');
  return field === undefined ? 0 : start + field.offset;
}

/** Gives one reference back. The last one takes along what the object holds: lists, trees and other objects. */
export function dropObject(machine: Machine, start: number): void {
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const object = machine.heap?.objectAt(next);
    if (!object) continue;
    const count = refcountAt(machine, object.start);
    if (count !== 0) {
      const left = machine.memory.view.getUint32(count, true) - 1;
      machine.memory.set32(count, left);
      if (left > 0) continue;
    }
    if (object.kind < PER_CPU) waiting.push(...heldBy(machine, object.start, object.kind));
    machine.heap?.free(object.start);
  }
}

/** Gives back what one field of a map's value holds. */
export function releaseField(machine: Machine, field: string, at: number): void {
  for (const held of heldIn(machine, field, at)) dropObject(machine, held);
}

/** Objects that the fields of another one hold. */
function heldBy(machine: Machine, start: number, typeId: number): number[] {
  return guardedFields(btfOf(machine), typeId).flatMap(({ name, offset }) => heldIn(machine, name, start + offset));
}

function heldIn(machine: Machine, field: string, at: number): number[] {
  if (field === 'bpf_list_head') return listed(machine, at);
  if (field === 'bpf_rb_root') return inTree(machine, at);
  return field === 'kptr' ? [machine.memory.view.getUint32(at, true)].filter((held) => held !== 0) : [];
}

function listed({ memory, regions }: Machine, head: number): number[] {
  const nodes: number[] = [];
  let at = memory.view.getUint32(head, true);
  while (at !== 0 && at !== head && nodes.length < MOST_NODES && regions.allows(at, 24, false)) {
    nodes.push(at);
    const next = memory.view.getUint32(at, true);
    memory.fill(at, 24);
    at = next;
  }
  return nodes;
}

function inTree(machine: Machine, root: number): number[] {
  const tree = new RedBlackTree(machine.memory, root);
  const nodes: number[] = [];
  const waiting = [tree.top];
  for (let at = waiting.pop(); at !== undefined && nodes.length < MOST_NODES; at = waiting.pop()) {
    if (at === 0 || !machine.regions.allows(at, 32, false)) continue;
    nodes.push(at);
    waiting.push(tree.left(at), tree.right(at));
  }
  return nodes;
}
