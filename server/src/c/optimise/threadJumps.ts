/**
 * Leads a predecessor past a block's question where its answer is known from there: what `a && b`, flags and results of
 * inlined functions leave. A block with a little work besides is copied for that predecessor. As in LLVM 19 (JumpThreading)
 * at most six instructions are copied, and headers of loops are left alone.
 */
import { computeBinary, computeCompare, computeConvert } from '../ir/compute.ts';
import { reversePostorder } from '../ir/dominators.ts';
import { phisOf, phiValue, reterminate, retarget, usersOf, type Users } from '../ir/edit.ts';
import type { Block, CompareOp, Instr, IrFunction, Value } from '../ir/ir.ts';
import { removeUnreachable, switchTarget } from './cleanCfg.ts';
import { demoteValues } from './demoteValues.ts';
import { bitsOf } from './knownBits.ts';
import { addExits, copyRound, enterFirst } from './loopRounds.ts';
import { promote } from './promote.ts';
import { decide, fullRange } from './ranges.ts';

const MOST_COPIED = 6;
/** Edges that one call leads elsewhere with a copy. */
const MOST_COPIES = 200;

/** True when an edge was led elsewhere. */
export function threadJumps(fn: IrFunction): boolean {
  const headers = loopHeaders(fn);
  let users: Users | null = null;
  let changed = false;
  let copies = 0;
  for (const block of fn.blocks.slice()) {
    if (!asksAboutPhi(block) || headers.has(block) || block.preds.length === 0) continue;
    const edges = decidedEdges(block, headers);
    if (edges.length === 0) continue;
    users ??= usersOf(fn);
    if (staysInside(block, users)) {
      for (const edge of edges) changed = leadPast(fn, edge, block) || changed;
      forgetOutside(block, users);
    } else if (copies + edges.length <= MOST_COPIES && isCopyable(block)) {
      copyFor(fn, block, edges);
      copies += edges.length;
      users = null;
      changed = true;
    }
  }
  if (copies === 0) return changed;
  removeUnreachable(fn);
  promote(fn);
  return true;
}

interface DecidedEdge {
  readonly pred: Block;
  readonly target: Block;
}

function loopHeaders(fn: IrFunction): Set<Block> {
  const order = reversePostorder(fn);
  const index = new Map(order.map((block, i) => [block, i]));
  return new Set(order.filter((block, i) => block.preds.some((pred) => (index.get(pred) ?? 0) >= i)));
}

function asksAboutPhi(block: Block): boolean {
  const last = block.instrs.at(-1);
  return (last?.op === 'branch' || last?.op === 'switch') && block.instrs[0]?.op === 'phi';
}

function decidedEdges(block: Block, headers: ReadonlySet<Block>): DecidedEdge[] {
  const edges: DecidedEdge[] = [];
  for (const pred of block.preds) {
    const target = pred === block || pred.instrs.at(-1)?.op === 'asmGoto' ? null : targetFrom(pred, block);
    if (target && target !== block && !headers.has(target)) edges.push({ pred, target });
  }
  return edges;
}

/** Where the block goes when it is entered from there; null when that is not known. */
function targetFrom(pred: Block, block: Block): Block | null {
  const last = block.instrs.at(-1);
  if (last?.op !== 'branch' && last?.op !== 'switch') return null;
  const [a, b] = last.args.map((arg) => comingFrom(arg, pred, block, MOST_COPIED));
  if (a === null || a === undefined) return null;
  if (last.op === 'switch') return typeof a === 'bigint' ? switchTarget(last, widthOf(last.args[0]), a) : null;
  const holds = answer(last.kind, widthOf(last.args[0]), a, b ?? null);
  return holds === null ? null : holds ? last.then : last.otherwise;
}

/** A number, or a value of which at least the size may be known. */
type Known = bigint | Value;

function answer(kind: CompareOp, bits: 32 | 64, a: Known, b: Known | null): boolean | null {
  if (typeof b !== 'bigint') return null;
  if (typeof a === 'bigint') return computeCompare(kind, bits, a, b);
  return decide(fullRange(bitsOf(a), bits), kind, b, bits);
}

function comingFrom(value: Value, pred: Block, block: Block, depth: number): Known | null {
  if (value.op === 'const') return value.value;
  if (value.op === 'param' || value.block !== block) return value;
  if (value.op === 'phi') {
    const arg = phiValue(value, pred);
    return arg.op === 'const' ? arg.value : arg;
  }
  if (depth === 0 || (value.op !== 'binary' && value.op !== 'convert' && value.op !== 'compare')) return null;
  const [a, b] = value.args.map((arg) => comingFrom(arg, pred, block, depth - 1));
  if (value.op === 'compare') {
    const holds = a === null || a === undefined ? null : answer(value.kind, widthOf(value.args[0]), a, b ?? null);
    return holds === null ? null : holds ? 1n : 0n;
  }
  if (typeof a !== 'bigint') return null;
  if (value.op === 'convert') return computeConvert(value.kind, widthOf(value), a);
  return typeof b === 'bigint' ? computeBinary(value.kind, widthOf(value), a, b) : null;
}

function widthOf(value: Value | undefined): 32 | 64 {
  return value?.type === 'i32' ? 32 : 64;
}

/** There is nothing to copy, and elsewhere the phis are used by phis of the successors only, for the edge from here. */
function staysInside(block: Block, users: Users): boolean {
  const last = block.instrs.at(-1);
  if (block.instrs.some((instr) => instr !== last && instr.op !== 'phi' && instr.op !== 'debugValue')) return false;
  return phisOf(block).every((phi) =>
    users.of(phi).every((user) => {
      if (user.block === block) return user.op !== 'phi';
      if (user.op !== 'phi') return user.op === 'debugValue';
      return user.args.every((arg, i) => arg !== phi || user.block?.preds[i] === block);
    }),
  );
}

function leadPast(fn: IrFunction, { pred, target }: DecidedEdge, block: Block): boolean {
  const valueFor = (phi: Instr): Value => {
    const value = phiValue(phi, block);
    return value.op === 'phi' && value.block === block ? phiValue(value, pred) : value;
  };
  const direct = target.preds.indexOf(pred);
  if (direct !== -1 && phisOf(target).some((phi) => phi.args[direct] !== valueFor(phi))) return false;
  retarget(fn, pred, block, target, valueFor);
  return true;
}

/** Behind the block a variable may now have another value than the phi's. */
function forgetOutside(block: Block, users: Users): void {
  for (const phi of phisOf(block)) {
    for (const user of users.of(phi)) if (user.op === 'debugValue' && user.block !== block) user.args.length = 0;
  }
}

function isCopyable(block: Block): boolean {
  const last = block.instrs.at(-1);
  const work = block.instrs.filter((instr) => instr !== last && instr.op !== 'phi' && instr.op !== 'debugValue');
  return work.length <= MOST_COPIED && work.every(mayBeTwice);
}

function mayBeTwice(instr: Instr): boolean {
  switch (instr.op) {
    case 'binary':
    case 'compare':
    case 'convert':
    case 'address':
    case 'core':
      return true;
    case 'load':
    case 'store':
      return !instr.volatile;
    default:
      return false;
  }
}

function copyFor(fn: IrFunction, block: Block, edges: readonly DecidedEdge[]): void {
  const region = new Set([block]);
  demoteValues(fn, region);
  for (const { pred, target } of edges) {
    const copy = copyRound(fn, [block]);
    const header = block;
    enterFirst(fn, header, pred, copy);
    addExits({ header, blocks: [block], inside: region, latches: [] }, [block], [copy]);
    const own = copy.blocks.get(block) as Block;
    const last = own.instrs.at(-1) as Instr;
    reterminate(fn, own, { op: 'jump', to: target, args: [], place: last.place, inlinedAt: last.inlinedAt });
  }
}
