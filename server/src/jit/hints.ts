/**
 * Guesses what registers point at, so that safe mode can try the right window first. Only a guess: every access is
 * compared with the window it tries, whatever this analysis thought.
 */
import type { AluInsn, Insn, Reg } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { losesArguments } from './initialized.ts';

export const HINT = { none: 0, ctx: 1, packet: 2, stack: 3, value: 4 } as const;
export type Hint = (typeof HINT)[keyof typeof HINT];

/** Three bits for each of r0-r9; r10 is always the stack. */
export type Hints = number;

const BITS = 3;
/** The entry function begins with the context in r1. */
export const ENTRY_HINTS: Hints = HINT.ctx << BITS;
/** r0-r5. */
const LOST_IN_CALLS: Hints = (1 << (6 * BITS)) - 1;
/** The lowest bit of every register. */
const LOWEST = 0o11_1111_1111;
/** A guess may be given up early. */
const MAX_SWEEPS = 10;

export function hintOf(hints: Hints, reg: Reg): Hint {
  return reg === 10 ? HINT.stack : (((hints >> (BITS * reg)) & 7) as Hint);
}

/** By block: the guess at its start. */
export function blockHints(insns: readonly Insn[], flow: FlowGraph, entry: Hints): Int32Array {
  const starts = new Int32Array(flow.blocks.length).fill(-1);
  starts[0] = entry;
  let settled = false;
  for (let sweep = 0; !settled && sweep < MAX_SWEEPS; sweep++) {
    settled = true;
    for (const [from, block] of flow.blocks.entries()) {
      let hints = starts[from] ?? 0;
      for (let pc = block.start; pc < block.end;) {
        const insn = insns[pc];
        if (insn === undefined) break;
        hints = nextHints(hints, insn);
        pc += slots(insn);
      }
      for (const to of successors(block.exit)) {
        const known = starts[to] ?? -1;
        const joined = known === -1 ? hints : common(known, hints);
        if (joined !== known && to <= from) settled = false;
        starts[to] = joined;
      }
    }
  }
  return starts;
}

/** r1-r5 as a callee gets them. Its own stack frame is another one than the caller's. */
export function argumentHints(hints: Hints): Hints {
  let passed = 0;
  for (let reg = 1; reg <= 5; reg++) {
    const hint = hintOf(hints, reg);
    if (hint !== HINT.stack) passed = set(passed, reg, hint);
  }
  return passed;
}

/** Keeps the registers on which both agree. */
export function common(a: Hints, b: Hints): Hints {
  const bits = a ^ b;
  const differ = (bits | (bits >> 1) | (bits >> 2)) & LOWEST;
  return a & ~(differ * 7);
}

/** The guess after an instruction. */
export function nextHints(hints: Hints, insn: Insn): Hints {
  if (losesArguments(insn)) return (hints & ~LOST_IN_CALLS) | (yieldsValue(insn) ? HINT.value : HINT.none);
  if (insn.kind === 'alu') return set(hints, insn.dst, afterAlu(hints, insn));
  // The context's fields that programs go on to load through are packet pointers.
  if (insn.kind === 'load') return set(hints, insn.dst, hintOf(hints, insn.src) === HINT.ctx ? HINT.packet : HINT.none);
  if (insn.kind === 'loadImm64' || insn.kind === 'loadMap') return set(hints, insn.dst, HINT.none);
  return hints;
}

/** bpf_map_lookup_elem. */
function yieldsValue(insn: Insn): boolean {
  return insn.kind === 'call' && insn.target === 'helper' && insn.imm === 1;
}

/** Pointers survive copies, and sums with numbers. */
function afterAlu(hints: Hints, insn: AluInsn): Hint {
  const other = insn.source === 'reg' ? hintOf(hints, insn.src) : HINT.none;
  if (!insn.wide) return HINT.none;
  if (insn.op === 'mov') return other;
  if (insn.op !== 'add' && insn.op !== 'sub') return HINT.none;
  const own = hintOf(hints, insn.dst);
  return own === HINT.none ? other : own;
}

function set(hints: Hints, reg: Reg, hint: Hint): Hints {
  return reg === 10 ? hints : (hints & ~(7 << (BITS * reg))) | (hint << (BITS * reg));
}
