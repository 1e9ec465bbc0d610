/** How often a loop goes round, when constants decide it: found by counting. */
import { dominatorsOf } from '../ir/dominators.ts';
import { computeBinary, computeCompare, computeConvert } from '../ir/compute.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import type { Loop } from './loops.ts';

/** Operations that one question may take; more are no counting of a variable. */
const DEPTH = 12;

/** How often the header is entered, at most `limit`; null when it is not known or more. */
export function tripCountOf(fn: IrFunction, loop: Loop, limit: number): number | null {
  const exits = loop.blocks.filter((block) => isExit(block, loop));
  if (exits.length === 0 || loop.header.instrs[0]?.op !== 'phi') return null;
  const dominators = dominatorsOf(fn);
  const deciding = exits.filter((block) => loop.latches.every((latch) => dominators.dominates(block, latch)));
  let least: number | null = null;
  for (const block of deciding) {
    const count = countFor(loop, block, least ?? limit);
    if (count !== null) least = count;
  }
  return least;
}

function isExit(block: Block, loop: Loop): boolean {
  const last = block.instrs.at(-1);
  return last?.op === 'branch' && loop.inside.has(last.then) !== loop.inside.has(last.otherwise);
}

function countFor(loop: Loop, block: Block, limit: number): number | null {
  const branch = block.instrs.at(-1) as Instr & { op: 'branch' };
  const counters = countersOf(loop, branch);
  if (!counters) return null;
  let values = new Map<Value, bigint>();
  for (const [phi, start] of counters) values.set(phi, start);
  for (let count = 1; count <= limit; count++) {
    const [a, b] = branch.args.map((arg) => evaluate(arg, values, DEPTH));
    if (a === null || b === null || a === undefined || b === undefined) return null;
    const to = computeCompare(branch.kind, widthOf(branch.args[0] as Value), a, b) ? branch.then : branch.otherwise;
    if (!loop.inside.has(to)) return count;
    const next = new Map<Value, bigint>();
    for (const phi of counters.keys()) {
      const step = stepOf(loop, phi);
      const value = step && evaluate(step, values, DEPTH);
      if (value === null) return null;
      next.set(phi, value);
    }
    values = next;
  }
  return null;
}

/** The header's phis that the branch depends on, with the constants that they start with; null when one has none. */
function countersOf(loop: Loop, branch: Instr): Map<Instr, bigint> | null {
  const counters = new Map<Instr, bigint>();
  const seen = new Set<Value>();
  const work: Value[] = [...branch.args];
  for (let value = work.pop(); value; value = work.pop()) {
    if (seen.has(value) || value.op === 'const') continue;
    seen.add(value);
    if (seen.size > 40) return null;
    if (value.op === 'phi' && value.block === loop.header) {
      const start = startOf(loop, value);
      const step = stepOf(loop, value);
      if (start === null || step === null) return null;
      counters.set(value, start);
      work.push(step);
    } else if (value.op === 'binary' || value.op === 'compare' || value.op === 'convert') work.push(...value.args);
    else return null;
  }
  return counters;
}

/** What a phi of the header is when the loop is entered. */
function startOf(loop: Loop, phi: Instr): bigint | null {
  let start: bigint | null = null;
  for (const [i, arg] of phi.args.entries()) {
    if (loop.inside.has(phi.block?.preds[i] as Block)) continue;
    if (arg.op !== 'const' || (start !== null && start !== arg.value)) return null;
    start = arg.value;
  }
  return start;
}

/** What it becomes in the next round, if that is the same from wherever the loop goes back. */
function stepOf(loop: Loop, phi: Instr): Value | null {
  let step: Value | null = null;
  for (const [i, arg] of phi.args.entries()) {
    if (!loop.inside.has(phi.block?.preds[i] as Block)) continue;
    if (step !== null && step !== arg) return null;
    step = arg;
  }
  return step;
}

function evaluate(value: Value, known: ReadonlyMap<Value, bigint>, depth: number): bigint | null {
  if (value.op === 'const') return value.value;
  const before = known.get(value);
  if (before !== undefined) return before;
  if (depth === 0 || (value.op !== 'binary' && value.op !== 'compare' && value.op !== 'convert')) return null;
  const [a, b] = value.args.map((arg) => evaluate(arg, known, depth - 1));
  if (a === null || a === undefined) return null;
  if (value.op === 'convert') return computeConvert(value.kind, widthOf(value), a);
  if (b === null || b === undefined) return null;
  if (value.op === 'binary') return computeBinary(value.kind, widthOf(value), a, b);
  return computeCompare(value.kind, widthOf(value.args[0] as Value), a, b) ? 1n : 0n;
}

function widthOf(value: Value): 32 | 64 {
  return value.type === 'i32' ? 32 : 64;
}
