import { kfuncIndex } from '../../kernel/kfuncs.ts';
import type { CallbackState, Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { argHigh, argU32, done, donePointer, range, setArg, trap, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { RedBlackTree } from '../redBlackTree.ts';
import { FIRST_KFUNC } from './numbers.ts';
import { dropObject } from './objects.ts';

/** Mirrors bpf_rbtree_* of kernel/bpf/helpers.c, v6.18. */
export const TREE_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_rbtree_add_impl: add,
  bpf_rbtree_remove: remove,
  bpf_rbtree_first: (machine) => ask(machine, 'bpf_rbtree_first', (tree) => tree.first),
  bpf_rbtree_root: (machine) => ask(machine, 'bpf_rbtree_root', (tree) => tree.top),
  bpf_rbtree_left: (machine) => child(machine, 'bpf_rbtree_left', (tree, node) => tree.left(node)),
  bpf_rbtree_right: (machine) => child(machine, 'bpf_rbtree_right', (tree, node) => tree.right(node)),
};

export const RBTREE_ADD = FIRST_KFUNC + kfuncIndex('bpf_rbtree_add_impl');

const ROOT_BYTES = 16;
const NODE_BYTES = 32;
const OWNER = 24;

function ask(machine: Machine, name: string, answer: (tree: RedBlackTree) => number): HelperStatus {
  const root = range(machine, name, 1, ROOT_BYTES, true);
  if (root === 0) return HELPER_STATUS.trap;
  return donePointer(machine, name, answer(new RedBlackTree(machine.memory, root)));
}

/** Nodes of another tree, or of none, are strangers: the answer is null. */
function child(machine: Machine, name: string, answer: (tree: RedBlackTree, node: number) => number): HelperStatus {
  const root = range(machine, name, 1, ROOT_BYTES, true);
  const node = root === 0 ? 0 : range(machine, name, 2, NODE_BYTES, true);
  if (node === 0) return HELPER_STATUS.trap;
  if (machine.memory.view.getUint32(node + OWNER, true) !== root) return donePointer(machine, name, 0);
  return donePointer(machine, name, answer(new RedBlackTree(machine.memory, root), node));
}

function remove(machine: Machine): HelperStatus {
  return child(machine, 'bpf_rbtree_remove', (tree, node) => {
    tree.remove(node);
    machine.memory.fill(node, NODE_BYTES);
    return node;
  });
}

/** The way down is found by calls of the program's own comparison: one for each node on it. */
function add(machine: Machine): HelperStatus {
  const name = 'bpf_rbtree_add';
  const root = range(machine, name, 1, ROOT_BYTES, true);
  const node = root === 0 ? 0 : range(machine, name, 2, NODE_BYTES, true);
  if (node === 0) return HELPER_STATUS.trap;
  const { memory } = machine;
  if (memory.view.getUint32(node + OWNER, true) !== 0) {
    dropObject(machine, node);
    return done(machine, -ERRNO.EINVAL);
  }
  memory.set64(node + OWNER, root, 0);
  const target = argHigh(machine, 3) === 0 ? argU32(machine, 3) : 0;
  const top = new RedBlackTree(memory, root).top;
  // `count` says whether the way so far only went to the left; the root and the node are handed through.
  const state = { target, args: 2, helper: RBTREE_ADD, position: top, count: 1, map: 0 };
  return compare(machine, { ...state, contextLow: root, contextHigh: node }, 0, true);
}

function compare(machine: Machine, state: CallbackState, parent: number, asLeft: boolean): HelperStatus {
  const { position, contextLow: root, contextHigh: node, count } = state;
  if (position === 0) {
    machine.callback = null;
    new RedBlackTree(machine.memory, root).insert(node, parent, asLeft, count === 1);
    return done(machine, 0);
  }
  if (!machine.regions.allows(position, NODE_BYTES, true))
    return trap(machine, 'helper', 'bpf_rbtree_add: the links of the tree have been overwritten');
  setArg(machine, 1, node, 0);
  setArg(machine, 2, position, 0);
  machine.callback = state;
  return HELPER_STATUS.callback;
}

/** Takes the answer of the comparison: anything but 0 means that the new node comes first. */
export function resumeAdd(machine: Machine, state: CallbackState, isLess: boolean): HelperStatus {
  const tree = new RedBlackTree(machine.memory, state.contextLow);
  const { position } = state;
  const next = isLess ? tree.left(position) : tree.right(position);
  return compare(machine, { ...state, position: next, count: isLess ? state.count : 0 }, position, isLess);
}
