/** Control flow before the walk: reachability, prune points, orders and loops. Mirrors `check_cfg` and friends, v6.18. */
import type { CallInsn, Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { callbackSort } from './callbackCalls.ts';
import type { Env, InsnFacts, SubprogInfo } from './env.ts';
import { stepsIterator } from './kfuncs/find.ts';
import { rejectAt } from './rejection.ts';
import { callee } from './subprograms.ts';
import { flow } from './successors.ts';
import type { VerifyOptions } from './verification.ts';

export function emptyFacts(count: number): InsnFacts {
  return {
    prunePoint: new Uint8Array(count),
    jumpPoint: new Uint8Array(count),
    forceCheckpoint: new Uint8Array(count),
    stepsIterator: new Uint8Array(count),
    callsCallback: new Uint8Array(count),
    loopCallback: new Int32Array(count),
    liveRegs: new Uint16Array(count),
    scc: new Int32Array(count),
    barrier: new Uint8Array(count),
    barrierBehind: new Uint8Array(count),
    masking: new Map(),
    tailCallMaps: new Map(),
    pointerKind: Array.from({ length: count }, () => null),
  };
}

const DISCOVERED = 0x10;
const EXPLORED = 0x20;
const FALLTHROUGH = 1;
const BRANCH = 2;

interface Walk {
  readonly program: Program;
  readonly options: VerifyOptions;
  readonly insns: readonly Insn[];
  readonly facts: InsnFacts;
  /** Users without CAP_BPF may not go back. */
  readonly loops: boolean;
  /** Also into the middle of a loop: by running on from the instruction before. */
  readonly loopsAnywhere: boolean;
  readonly state: Uint8Array;
  readonly stack: number[];
}

/** Depth first over all instructions from the entry; every one must be reached. */
export function checkCfg({ program, options, facts, subprogs, rights, can }: Env): void {
  const { insns } = program;
  const ways = { loops: rights.bpf, loopsAnywhere: can.loopsAnywhere };
  const walk: Walk = { program, options, insns, facts, ...ways, state: new Uint8Array(insns.length), stack: [] };
  walkFrom(walk, 0);
  const callback = subprogs.find((subprog) => subprog.isExceptionCallback);
  if (callback !== undefined) walkFrom(walk, callback.start);
  checkReached(walk);
}

function walkFrom(walk: Walk, start: number): void {
  walk.stack.push(start);
  walk.state[start] = DISCOVERED;
  while (walk.stack.length > 0) {
    const pc = walk.stack[walk.stack.length - 1] ?? 0;
    if (visit(walk, pc)) continue;
    walk.state[pc] = EXPLORED;
    walk.stack.pop();
  }
}

function checkReached(walk: Walk): void {
  for (let pc = 0; pc < walk.insns.length; pc++) {
    if (walk.state[pc] !== EXPLORED) rejectAt(pc, `unreachable insn ${pc}`);
    const insn = walk.insns[pc];
    if (insn === undefined || !takesTwoSlots(insn)) continue;
    if (walk.state[pc + 1] !== 0) rejectAt(pc, `jump into the middle of ldimm64 insn ${pc}`);
    pc++;
  }
}

/** Also ill-formed 64-bit loads, whose second half is not decoded as such. */
function takesTwoSlots(insn: Insn): boolean {
  return insn.kind === 'invalid' ? insn.opcode === 0x18 : slots(insn) === 2;
}

/** True while an instruction behind this one is to be visited first. */
function visit(walk: Walk, pc: number): boolean {
  const insn = walk.insns[pc];
  if (insn === undefined) return false;
  const { next, target } = flow(insn, pc);
  const called = callee(insn, pc);
  if (insn.kind === 'call') {
    markCallbackCall(walk, insn, pc);
    markIteratorStep(walk, insn, pc);
  }
  if (insn.kind === 'call' || called !== null || (insn.kind === 'invalid' && insn.opcode === 0x85))
    return visitCall(walk, pc, next, called);
  if (target < 0) {
    if (!walk.loopsAnywhere && walk.state[pc] === DISCOVERED && next >= 0) refuseMiddle(walk, pc, next);
    return next >= 0 && push(walk, pc, next, FALLTHROUGH);
  }
  if (next < 0) return visitGoto(walk, pc, target);
  walk.facts.prunePoint[pc] = 1;
  if (insn.kind === 'mayGoto') walk.facts.forceCheckpoint[pc] = 1;
  return push(walk, pc, next, FALLTHROUGH) || push(walk, pc, target, BRANCH);
}

function refuseMiddle(walk: Walk, from: number, to: number): void {
  const state = walk.state[to] ?? 0;
  if (state !== 0 && state !== EXPLORED) rejectAt(from, `back-edge from insn ${from} to ${to}`);
}

/** States are compared before each such call, so that its rounds come to an end. */
function markCallbackCall({ program, facts }: Walk, insn: Insn, pc: number): void {
  const sort = callbackSort(program, insn);
  if (sort === null) return;
  facts.prunePoint[pc] = 1;
  if (sort === 'async') return;
  facts.callsCallback[pc] = 1;
  facts.forceCheckpoint[pc] = 1;
  facts.jumpPoint[pc] = 1;
}

/** States are kept at each such call, so that the iterator's loop converges. */
function markIteratorStep(walk: Walk, insn: CallInsn, pc: number): void {
  const { facts } = walk;
  if (insn.target !== 'kfunc' || !stepsIterator(walk, insn)) return;
  facts.prunePoint[pc] = 1;
  facts.forceCheckpoint[pc] = 1;
  facts.stepsIterator[pc] = 1;
}

function visitCall(walk: Walk, pc: number, next: number, called: number | null): boolean {
  if (push(walk, pc, next, FALLTHROUGH)) return true;
  markTarget(walk.facts, next);
  if (called === null) return false;
  walk.facts.prunePoint[pc] = 1;
  return push(walk, pc, called, BRANCH);
}

function visitGoto(walk: Walk, pc: number, target: number): boolean {
  if (push(walk, pc, target, FALLTHROUGH)) return true;
  markTarget(walk.facts, target);
  return false;
}

function markTarget(facts: InsnFacts, pc: number): void {
  facts.prunePoint[pc] = 1;
  facts.jumpPoint[pc] = 1;
}

function push(walk: Walk, from: number, to: number, edge: number): boolean {
  const { state } = walk;
  if ((state[from] ?? 0) >= (DISCOVERED | edge)) return false;
  if (to < 0 || to >= walk.insns.length) rejectAt(from, `jump out of range from insn ${from} to ${to}`);
  if (edge === BRANCH) markTarget(walk.facts, to);
  if (state[to] === 0) {
    state[from] = DISCOVERED | edge;
    state[to] = DISCOVERED;
    walk.stack.push(to);
    return true;
  }
  if (state[to] !== EXPLORED && !walk.loops) rejectAt(from, `back-edge from insn ${from} to ${to}`);
  if (state[to] === EXPLORED) state[from] = DISCOVERED | edge;
  return false;
}

/** Instructions of each subprogram, each after its successors. Mirrors `compute_postorder`. */
export function computePostorder(
  successors: readonly (readonly number[])[],
  subprogs: readonly SubprogInfo[],
): Int32Array {
  const order: number[] = [];
  const state = new Uint8Array(successors.length);
  for (const subprog of subprogs) {
    subprog.postorderStart = order.length;
    const stack = [subprog.start];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] ?? 0;
      if ((state[top] ?? 0) & EXPLORED) {
        order.push(top);
        stack.pop();
        continue;
      }
      for (const to of successors[top] ?? [])
        if (state[to] === 0) {
          stack.push(to);
          state[to] = DISCOVERED;
        }
      state[top] = DISCOVERED | EXPLORED;
    }
    subprog.postorderEnd = order.length;
  }
  return Int32Array.from(order);
}

/** Numbers the loops: strongly connected components of more than one way round. Mirrors `compute_scc` (Tarjan). */
export function computeLoops(successors: readonly (readonly number[])[], scc: Int32Array): void {
  const tarjan: Tarjan = {
    successors,
    scc,
    pre: new Int32Array(successors.length),
    low: new Float64Array(successors.length),
    stack: [],
    nextPre: 1,
    nextScc: 1,
  };
  for (let pc = 0; pc < successors.length; pc++) if (tarjan.pre[pc] === 0) visitComponent(tarjan, pc);
}

interface Tarjan {
  readonly successors: readonly (readonly number[])[];
  readonly scc: Int32Array;
  readonly pre: Int32Array;
  readonly low: Float64Array;
  readonly stack: number[];
  nextPre: number;
  nextScc: number;
}

function visitComponent(t: Tarjan, root: number): void {
  const dfs = [root];
  while (dfs.length > 0) {
    const at = dfs[dfs.length - 1] ?? 0;
    if (t.pre[at] === 0) {
      t.pre[at] = t.low[at] = t.nextPre++;
      t.stack.push(at);
    }
    const unvisited = firstUnvisited(t, at);
    if (unvisited >= 0) {
      dfs.push(unvisited);
      continue;
    }
    if ((t.low[at] ?? 0) >= (t.pre[at] ?? 0)) closeComponent(t, at);
    dfs.pop();
  }
}

function firstUnvisited(t: Tarjan, at: number): number {
  for (const to of t.successors[at] ?? []) {
    if (t.pre[to] === 0) return to;
    t.low[at] = Math.min(t.low[at] ?? 0, t.low[to] ?? 0);
  }
  return -1;
}

function closeComponent(t: Tarjan, root: number): void {
  const loops = t.stack[t.stack.length - 1] !== root || (t.successors[root] ?? []).includes(root);
  for (;;) {
    const member = t.stack.pop();
    if (member === undefined) break;
    t.low[member] = Number.POSITIVE_INFINITY;
    if (loops) t.scc[member] = t.nextScc;
    if (member === root) break;
  }
  if (loops) t.nextScc++;
}
