/**
 * Which registers may be read before they hold a value. The interpreter refuses such a read; in almost all programs no
 * path leads to one, which this analysis shows, and then compiled code need not keep watch.
 */
import type { Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type FlowGraph, successors } from './controlFlow.ts';

/** By pc: a bit per register that the instruction reads, and that it writes. */
export interface RegisterUse {
  readonly reads: Uint16Array;
  readonly writes: Uint16Array;
}

/** r1-r5 lose their values in every call. */
export const CALLER_SAVED = 0b11_1110;
/** Without a value when a function begins: r0 and r6-r9. */
const NEVER_PASSED = 0b11_1100_0001;
/** Arguments that a callback may lack: helpers pass two at least. */
const CALLBACK_LACKS = 0b11_1000;
/** The entry function has r1 and r10. */
const ENTRY_LACKS = NEVER_PASSED | 0b11_1100;

/** A block's effect on the set of registers without a value: out = (in & ~filled) | emptied. */
interface Effect {
  filled: number;
  emptied: number;
}

interface BlockSummary extends Effect {
  /** Registers read before the block fills or empties them. */
  needs: number;
  /** Whether the block reads a register that it emptied itself. */
  fails: boolean;
  /** Calls in the block, with the effect of what stands before them. Target null is a call through a register. */
  readonly calls: (Effect & { readonly target: number | null })[];
}

interface FunctionSummary {
  readonly flow: FlowGraph;
  readonly blocks: readonly BlockSummary[];
  /** By block: registers that may lack a value at its start; -1 while it was not reached. */
  readonly lacks: Int32Array;
}

/** Whether some path may read a register that holds no value. `addressTaken` are functions that callbacks reach. */
export function mayReadUninitialized(
  insns: readonly Insn[],
  flows: ReadonlyMap<number, FlowGraph>,
  addressTaken: ReadonlySet<number>,
  use: RegisterUse,
  entryHasR2: boolean,
): boolean {
  const functions = new Map<number, FunctionSummary>();
  for (const [pc, flow] of flows) functions.set(pc, summarize(insns, flow, use));
  const entries = new Map<number, number>([[0, entryHasR2 ? ENTRY_LACKS & ~(1 << 2) : ENTRY_LACKS]]);
  for (const pc of addressTaken) entries.set(pc, (entries.get(pc) ?? 0) | NEVER_PASSED | CALLBACK_LACKS);
  const work = [...entries.keys()];
  const callee = (target: number, lacks: number): void => {
    const known = entries.get(target);
    const joined = (known ?? 0) | (lacks & CALLER_SAVED) | NEVER_PASSED;
    if (joined === known) return;
    entries.set(target, joined);
    work.push(target);
  };
  for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
    const summary = functions.get(pc);
    const targets = (target: number | null): Iterable<number> => (target === null ? addressTaken : [target]);
    const onCall = (target: number | null, lacks: number): void => {
      for (const to of targets(target)) callee(to, lacks);
    };
    if (summary !== undefined && walk(summary, entries.get(pc) ?? 0, onCall)) return true;
  }
  return false;
}

function summarize(insns: readonly Insn[], flow: FlowGraph, use: RegisterUse): FunctionSummary {
  const blocks = flow.blocks.map((block) => {
    const summary: BlockSummary = { needs: 0, fails: false, filled: 0, emptied: 0, calls: [] };
    for (let pc = block.start; pc < block.end;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      addInsn(summary, insn, pc, use);
      pc += slots(insn);
    }
    return summary;
  });
  return { flow, blocks, lacks: new Int32Array(flow.blocks.length).fill(-1) };
}

function addInsn(summary: BlockSummary, insn: Insn, pc: number, use: RegisterUse): void {
  const reads = use.reads[pc] ?? 0;
  summary.fails ||= (reads & summary.emptied) !== 0;
  summary.needs |= reads & ~summary.filled;
  fill(summary, use.writes[pc] ?? 0);
  if (insn.kind === 'call' && insn.target === 'subprog')
    summary.calls.push({ target: pc + 1 + insn.imm, filled: summary.filled, emptied: summary.emptied });
  if (insn.kind === 'callx') summary.calls.push({ target: null, filled: summary.filled, emptied: summary.emptied });
  if (losesArguments(insn)) {
    summary.emptied |= CALLER_SAVED;
    summary.filled &= ~CALLER_SAVED;
    fill(summary, 1);
  }
}

/** Calls and packet loads leave a value in r0 and none in r1-r5. */
export function losesArguments(insn: Insn): boolean {
  return insn.kind === 'call' || insn.kind === 'callx' || insn.kind === 'packet';
}

function fill(effect: Effect, registers: number): void {
  effect.filled |= registers;
  effect.emptied &= ~registers;
}

function after(lacks: number, effect: Effect): number {
  return (lacks & ~effect.filled) | effect.emptied;
}

/** Spreads what lacks over the blocks; true when a block needs something of it. */
function walk(fn: FunctionSummary, entry: number, onCall: (target: number | null, lacks: number) => void): boolean {
  const { flow, blocks, lacks } = fn;
  if (!join(lacks, 0, entry)) return false;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < blocks.length; i++) {
      const state = lacks[i] ?? -1;
      const block = blocks[i];
      if (state < 0 || block === undefined) continue;
      if (block.fails || (block.needs & state) !== 0) return true;
      for (const call of block.calls) onCall(call.target, after(state, call));
      for (const to of successors(flow.blocks[i]?.exit ?? { kind: 'stop' }))
        if (join(lacks, to, after(state, block)) && to <= i) changed = true;
    }
  }
  return false;
}

function join(lacks: Int32Array, block: number, state: number): boolean {
  const known = lacks[block] ?? -1;
  const joined = known < 0 ? state : known | state;
  lacks[block] = joined;
  return joined !== known;
}
