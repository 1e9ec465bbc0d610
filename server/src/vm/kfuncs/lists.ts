import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { done, donePointer, range, trap, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { dropObject } from './objects.ts';

/**
 * Doubly linked lists, as struct bpf_list_head and bpf_list_node have them: next, previous, and for nodes the head of
 * the list they are in. Mirrors `__bpf_list_add` and `__bpf_list_del` of kernel/bpf/helpers.c, v6.18.
 */
export const LIST_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_list_push_front_impl: (machine) => push(machine, 'bpf_list_push_front', false),
  bpf_list_push_back_impl: (machine) => push(machine, 'bpf_list_push_back', true),
  bpf_list_pop_front: (machine) => take(machine, 'bpf_list_pop_front', NEXT, true),
  bpf_list_pop_back: (machine) => take(machine, 'bpf_list_pop_back', PREVIOUS, true),
  bpf_list_front: (machine) => take(machine, 'bpf_list_front', NEXT, false),
  bpf_list_back: (machine) => take(machine, 'bpf_list_back', PREVIOUS, false),
};

const NEXT = 0;
const PREVIOUS = 8;
const OWNER = 16;
const HEAD_BYTES = 16;
const NODE_BYTES = 24;

function read({ memory }: Machine, address: number): number {
  return memory.view.getUint32(address, true);
}

function write({ memory }: Machine, address: number, value: number): void {
  memory.set64(address, value, 0);
}

/** A head that was never used is all zeros: it gets the form of an empty list. */
function headArg(machine: Machine, name: string): number {
  const head = range(machine, name, 1, HEAD_BYTES, true);
  if (head !== 0 && read(machine, head) === 0) {
    write(machine, head + NEXT, head);
    write(machine, head + PREVIOUS, head);
  }
  return head;
}

function push(machine: Machine, name: string, back: boolean): HelperStatus {
  const head = headArg(machine, name);
  const node = head === 0 ? 0 : range(machine, name, 2, NODE_BYTES, true);
  if (node === 0) return HELPER_STATUS.trap;
  if (read(machine, node + OWNER) !== 0) {
    dropObject(machine, node);
    return done(machine, -ERRNO.EINVAL);
  }
  const before = back ? read(machine, head + PREVIOUS) : head;
  const after = back ? head : read(machine, head + NEXT);
  if (!isLink(machine, before) || !isLink(machine, after)) return damaged(machine, name);
  write(machine, node + NEXT, after);
  write(machine, node + PREVIOUS, before);
  write(machine, node + OWNER, head);
  write(machine, before + NEXT, node);
  write(machine, after + PREVIOUS, node);
  return done(machine, 0);
}

function take(machine: Machine, name: string, side: number, remove: boolean): HelperStatus {
  const head = headArg(machine, name);
  if (head === 0) return HELPER_STATUS.trap;
  const node = read(machine, head + side);
  if (node === head) return donePointer(machine, name, 0);
  if (!machine.regions.allows(node, NODE_BYTES, true)) return damaged(machine, name);
  if (remove) unlink(machine, node);
  return donePointer(machine, name, node);
}

function unlink(machine: Machine, node: number): void {
  const after = read(machine, node + NEXT);
  const before = read(machine, node + PREVIOUS);
  if (isLink(machine, after)) write(machine, after + PREVIOUS, before);
  if (isLink(machine, before)) write(machine, before + NEXT, after);
  machine.memory.fill(node, NODE_BYTES);
}

/** Only a program that was not verified can write over the links. */
function isLink(machine: Machine, address: number): boolean {
  return machine.regions.allows(address, HEAD_BYTES, true);
}

function damaged(machine: Machine, name: string): HelperStatus {
  return trap(machine, 'helper', `${name}: the links of the list have been overwritten`);
}
