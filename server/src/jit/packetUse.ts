/** Whether a program can change the packet, told from its instructions. */
import { type AluInsn, type Insn, slots } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { type FlowGraph, flowGraph, FlowMarks, successors } from './controlFlow.ts';

/**
 * What a register holds, as far as it matters here. `other` is certainly a pointer, and none to the packet: the verifier
 * lets nothing but numbers be added to it. `value` is one as well, or null.
 */
const HOLDS = { anything: 0, value: 1, other: 2 } as const;

/**
 * Helpers that neither change the packet nor memory that the program names: map lookup, update and delete, clocks, random
 * numbers, printk, CPU, task, redirect, perf and ring-buffer output, csum_diff, NUMA node, jiffies.
 */
const HARMLESS: ReadonlySet<number> = new Set([
  1, 2, 3, 5, 6, 7, 8, 14, 15, 23, 25, 28, 42, 51, 118, 125, 130, 131, 132, 133, 160, 195,
]);
const MAP_LOOKUP = 1;

/** False only for a program of which that is certain, provided that the verifier accepted it. */
export function mayChangePacket({ insns, subprogs }: Program): boolean {
  if (insns.some(leavesKnownGround)) return true;
  const marks = new FlowMarks(insns.length);
  return [...new Set([0, ...subprogs.map(({ start }) => start)])].some((start) =>
    storesUnknown(insns, flowGraph(insns, start, marks), start === 0),
  );
}

function leavesKnownGround(insn: Insn): boolean {
  if (insn.kind === 'call') return insn.target === 'kfunc' || (insn.target === 'helper' && !HARMLESS.has(insn.imm));
  return insn.kind === 'callx' || insn.kind === 'invalid' || insn.kind === 'addrSpaceCast';
}

/** Walks the blocks until nothing is learned any more, then looks at the stores. */
function storesUnknown(insns: readonly Insn[], flow: FlowGraph, isEntry: boolean): boolean {
  const starts = flow.blocks.map((_, block): Uint8Array | null => (block === 0 ? entryState(isEntry) : null));
  const work = [0];
  let found = false;
  for (let block = work.pop(); block !== undefined && !found; block = work.pop()) {
    const state = starts[block]?.slice() ?? entryState(false);
    const { start = 0, end = 0, exit = { kind: 'stop' as const } } = flow.blocks[block] ?? {};
    for (let pc = start; pc < end;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      found ||= isUnknownStore(insn, state);
      apply(insn, state);
      pc += slots(insn);
    }
    for (const to of successors(exit)) if (join(starts, to, state)) work.push(to);
  }
  return found;
}

function entryState(hasContext: boolean): Uint8Array {
  const state = new Uint8Array(11);
  state[10] = HOLDS.other;
  if (hasContext) state[1] = HOLDS.other;
  return state;
}

/** True when the block must be walked (again). States only ever fall, so this ends. */
function join(starts: (Uint8Array | null)[], to: number, state: Uint8Array): boolean {
  const known = starts[to];
  if (known === null || known === undefined) {
    starts[to] = state.slice();
    return true;
  }
  let fell = false;
  for (let reg = 0; reg <= 10; reg++) {
    if ((state[reg] ?? 0) >= (known[reg] ?? 0)) continue;
    known[reg] = state[reg] ?? 0;
    fell = true;
  }
  return fell;
}

function isUnknownStore(insn: Insn, state: Uint8Array): boolean {
  const writes = insn.kind === 'store' || (insn.kind === 'atomic' && insn.op !== 'loadAcquire');
  return writes && state[insn.dst] === HOLDS.anything;
}

function apply(insn: Insn, state: Uint8Array): void {
  if (insn.kind === 'alu') state[insn.dst] = afterAlu(insn, state);
  else if (insn.kind === 'loadMap') state[insn.dst] = HOLDS.other;
  else if (insn.kind === 'call' || insn.kind === 'packet') {
    state.fill(HOLDS.anything, 0, 6);
    if (insn.kind === 'call' && insn.target === 'helper' && insn.imm === MAP_LOOKUP) state[0] = HOLDS.value;
  } else if (insn.kind === 'atomic') {
    for (const reg of [0, insn.op === 'loadAcquire' ? insn.dst : insn.src]) state[reg] = HOLDS.anything;
  } else if ('dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump') state[insn.dst] = HOLDS.anything;
  state[10] = HOLDS.other;
}

function afterAlu({ op, wide, source, dst, src, signExtendBits }: AluInsn, state: Uint8Array): number {
  const own = state[dst] ?? HOLDS.anything;
  if (!wide) return HOLDS.anything;
  if (op === 'mov') return source === 'reg' && signExtendBits === 0 ? (state[src] ?? HOLDS.anything) : HOLDS.anything;
  if (op !== 'add' && op !== 'sub') return HOLDS.anything;
  if (source === 'imm') return own;
  // The difference of two pointers is a number, which may then be added to a pointer to the packet.
  return op === 'add' && (own === HOLDS.other || state[src] === HOLDS.other) ? HOLDS.other : HOLDS.anything;
}
