/**
 * Puts the machine's registers into the code: what is in memory is loaded where it is needed and stored after each of
 * its definitions; copies lead from one place to the next inside of blocks and along edges.
 */
import { assert } from '../../base/assert.ts';
import {
  FRAME,
  isCopy,
  isVirtual,
  newOp,
  type Code,
  type CodeBlock,
  type DebugInsn,
  type FrameObject,
  type Op,
} from './code.ts';
import { copy, load, store } from './insns.ts';
import { insertOps } from './selection.ts';
import { isRemade, type Line, type Track } from './lifetimes.ts';
import { type Allocation } from './linearScan.ts';
import { orderCopies } from './parallelCopies.ts';
import { firstAbove, IN_MEMORY, NEVER, rangeAt, type Piece } from './pieces.ts';
import { forEachWrite, renamed } from './registers.ts';

interface Assignment {
  readonly code: Code;
  readonly line: Line;
  readonly pieces: Allocation['pieces'];
  /** By virtual register: how to make its value again. */
  readonly remade: Map<number, Op>;
  /** By virtual register: where in the frame it lies. */
  readonly slots: Map<number, FrameObject>;
  /** By block: what to put before which of its instructions. */
  readonly insertions: Map<CodeBlock, { at: number; ops: Op[] }[]>;
}

export function assignRegisters(code: Code, line: Line, allocation: Allocation): void {
  const { pieces } = allocation;
  const remade = findRemade(line, pieces);
  const slots = giveSlots(code, pieces, remade);
  const assignment: Assignment = { code, line, pieces, remade, slots, insertions: new Map() };
  joinPieces(assignment);
  joinBlocks(assignment);
  for (const index of code.blocks.keys()) rewriteBlock(assignment, index);
  for (const [block, insertions] of assignment.insertions) insertOps(block, insertions);
}

/** Registers with one definition, by what can be repeated anywhere. Only those that are split matter. */
function findRemade({ ops }: Line, pieces: Allocation['pieces']): Map<number, Op> {
  const remade = new Map<number, Op>();
  for (const list of pieces) {
    const [first] = list ?? [];
    if (first === undefined || (list?.length === 1 && first.reg >= 0)) continue;
    const { writes, reg } = first.track;
    const op = writes.length === 1 ? ops[(writes[0] ?? 0) >> 2] : undefined;
    if (op !== undefined && isRemade(op)) remade.set(reg, { ...op });
  }
  return remade;
}

/** Slots are shared by registers whose lifetimes as a whole do not overlap. */
function giveSlots(code: Code, pieces: Allocation['pieces'], remade: Map<number, Op>): Map<number, FrameObject> {
  const spilled: Track[] = [];
  for (const list of pieces) {
    const track = list?.[0]?.track;
    if (track !== undefined && !remade.has(track.reg) && list?.some(({ reg }) => reg === IN_MEMORY))
      spilled.push(track);
  }
  spilled.sort((a, b) => (a.starts[0] ?? 0) - (b.starts[0] ?? 0));
  const slots = new Map<number, FrameObject>();
  const taken: { slot: FrameObject; until: number }[] = [];
  for (const { reg, starts, ends } of spilled) {
    let place = taken.find(({ until }) => until <= (starts[0] ?? 0));
    if (place === undefined) taken.push((place = { slot: newSlot(code), until: 0 }));
    place.until = ends.at(-1) ?? 0;
    slots.set(reg, place.slot);
  }
  return slots;
}

/** Always eight bytes: the verifier forgets what a register held when it is not stored as a whole. */
function newSlot(code: Code): FrameObject {
  const slot: FrameObject = {
    sizeBytes: 8,
    alignBytes: 8,
    variable: null,
    variableOff: 0,
    inlinedAt: null,
    id: -1,
    conflicts: null,
    offset: 0,
  };
  code.objects.push(slot);
  return slot;
}

/** The piece in which a register's value is at a position. */
function pieceAt(pieces: Allocation['pieces'], reg: number, position: number): Piece | undefined {
  const list = pieces[reg];
  if (list === undefined || list.length < 2) return list?.[0];
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((list[middle]?.from ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return list[low];
}

/** Stands for nothing; `dropDead` takes it away. */
const NOTHING: Op['insn'] = { kind: 'wideSlot' };

interface Transfer {
  readonly from: Piece;
  readonly to: Piece;
}

/** Where one piece ends and the next begins, inside of a block. */
function joinPieces(assignment: Assignment): void {
  const { line, pieces } = assignment;
  const gaps = new Map<number, Transfer[]>();
  for (const list of pieces) {
    if (list === undefined) continue;
    for (let i = 1; i < list.length; i++) {
      const from = list[i - 1] as Piece;
      const to = list[i] as Piece;
      if (from.to !== to.from || to.reg === IN_MEMORY || from.reg === to.reg) continue;
      const known = gaps.get(to.from);
      if (known === undefined) gaps.set(to.from, [{ from, to }]);
      else known.push({ from, to });
    }
  }
  for (const [position, transfers] of gaps) {
    const index = position >> 2;
    const block = firstAbove(line.starts as unknown as number[], index) - 1;
    // Edges see to what happens at a block's beginning.
    if ((line.starts[block] ?? 0) === index) continue;
    insert(assignment, block, index, transfer(assignment, transfers, line.ops[index] as Op));
  }
}

function insert({ line, insertions }: Assignment, block: number, index: number, ops: Op[]): void {
  const where = line.blocks[block] as CodeBlock;
  const at = index - (line.starts[block] ?? 0);
  const known = insertions.get(where);
  if (known === undefined) insertions.set(where, [{ at, ops }]);
  else known.push({ at, ops });
}

/** Registers change places at once; then the others are filled from memory. */
function transfer(assignment: Assignment, transfers: readonly Transfer[], near: Op): Op[] {
  const ops: Op[] = [];
  const copies: { dst: number; src: number }[] = [];
  for (const { from, to } of transfers) if (from.reg >= 0) copies.push({ dst: to.reg, src: from.reg });
  const ring = -2;
  let slot: FrameObject | null = null;
  for (const { dst, src } of orderCopies(copies, () => ring)) {
    if (dst !== ring && src !== ring) ops.push(newOp(copy(dst, src), near.place, near.inlinedAt));
    else ops.push(throughMemory((slot ??= newSlot(assignment.code)), dst === ring, dst === ring ? src : dst, near));
  }
  for (const { from, to } of transfers) if (from.reg < 0) ops.push(reload(assignment, to.track.reg, to.reg, near));
  return ops;
}

/** A ring of copies is broken through the frame: there may be no free register. */
function throughMemory(slot: FrameObject, saves: boolean, reg: number, near: Op): Op {
  const op = newOp(saves ? store(FRAME, 0, 8, reg) : load(reg, FRAME, 0, 8), near.place, near.inlinedAt);
  op.frame = slot;
  return op;
}

function reload({ remade, slots }: Assignment, reg: number, dst: number, near: Op): Op {
  const again = remade.get(reg);
  const insn = again === undefined ? load(dst, FRAME, 0, 8) : renamed(again.insn, (src) => src, () => dst); // prettier-ignore
  const op = newOp(insn, near.place, near.inlinedAt);
  if (again === undefined) op.frame = slots.get(reg) ?? null;
  else Object.assign(op, { frame: again.frame, symbol: again.symbol, addend: again.addend, core: again.core });
  return op;
}

/** Where a value is at the end of one block and where the next one expects it. */
function joinBlocks(assignment: Assignment): void {
  const { line, pieces } = assignment;
  const index = new Map(line.blocks.map((block, i) => [block, i]));
  for (const [i, block] of line.blocks.entries()) {
    const split = (line.liveIn[i] ?? []).filter((reg) => (pieces[reg]?.length ?? 0) > 1);
    if (split.length === 0) continue;
    for (const pred of block.preds) joinEdge(assignment, index.get(pred) ?? 0, i, split);
  }
}

function joinEdge(assignment: Assignment, pred: number, block: number, split: readonly number[]): void {
  const { line, pieces } = assignment;
  const end = (line.starts[pred + 1] ?? 0) * 4;
  const begin = (line.starts[block] ?? 0) * 4;
  const transfers: Transfer[] = [];
  for (const reg of split) {
    const from = pieceAt(pieces, reg, end - 1);
    const to = pieceAt(pieces, reg, begin);
    if (from === undefined || to === undefined || to.reg === IN_MEMORY || from.reg === to.reg) continue;
    transfers.push({ from, to });
  }
  if (transfers.length === 0) return;
  const alone = line.blocks[pred]?.succs.length === 1;
  const at = alone ? (line.starts[pred + 1] ?? 0) - 1 : (line.starts[block] ?? 0);
  // A block of one instruction may have both: what leads into it comes before what leads out of it.
  const place = alone ? at : at - 0.25;
  insert(assignment, alone ? pred : block, place, transfer(assignment, transfers, line.ops[at] as Op));
}

function rewriteBlock(assignment: Assignment, index: number): void {
  const { line } = assignment;
  const first = line.starts[index] ?? 0;
  const end = line.starts[index + 1] ?? 0;
  for (let i = end - 1; i >= first; i--) rewriteOp(assignment, index, i);
}

function rewriteOp(assignment: Assignment, block: number, index: number): void {
  const { line, pieces, slots } = assignment;
  const op = line.ops[index] as Op;
  if (op.insn.kind === 'debug') return placeDebugValue(assignment, op.insn, index * 4 + 1);
  const read = (reg: number): number => (isVirtual(reg) ? (pieceAt(pieces, reg, index * 4 + 1)?.reg ?? 0) : reg);
  const written = (reg: number): number => (isVirtual(reg) ? (pieceAt(pieces, reg, index * 4 + 2)?.reg ?? 0) : reg);
  const { insn } = op;
  if (isCopy(insn) && op.frame === null && rewriteCopy(assignment, op, read(insn.src), written(insn.dst), insn)) return;
  if ('dst' in insn && written(insn.dst) === IN_MEMORY) {
    assert(isRemade(op) && line.tracks[insn.dst]?.writes.length === 1, 'a value is lost');
    op.insn = NOTHING;
    return;
  }
  const stored: Op[] = [];
  forEachWrite(op, (reg) => {
    const slot = slots.get(reg);
    const piece = pieceAt(pieces, reg, index * 4 + 2);
    if (slot === undefined || piece === undefined || piece.reg < 0 || isRewritten(line, block, piece, index)) return;
    const save = newOp(store(FRAME, 0, 8, piece.reg), op.place, op.inlinedAt);
    save.frame = slot;
    stored.push(save);
  });
  op.insn = renamed(insn, read, written);
  // Before the copies that may stand between this instruction and the next.
  if (stored.length > 0) insert(assignment, block, index + 0.75, stored);
}

/** A value that nobody needs any more may be gone. */
function placeDebugValue({ line, pieces, slots }: Assignment, insn: DebugInsn, position: number): void {
  const track = line.tracks[insn.reg];
  const range = track === undefined ? -1 : rangeAt(track, position);
  const piece = (track?.starts[range] ?? NEVER) <= position ? pieceAt(pieces, insn.reg, position) : undefined;
  insn.slot = piece === undefined ? null : (slots.get(insn.reg) ?? null);
  insn.reg = piece !== undefined && piece.reg >= 0 ? piece.reg : -1;
}

/** A copy from or to memory is a load or a store. */
function rewriteCopy(
  assignment: Assignment,
  op: Op,
  src: number,
  dst: number,
  insn: { dst: number; src: number },
): boolean {
  if (src === IN_MEMORY) {
    const from = reload(assignment, insn.src, dst, op);
    op.insn = from.insn;
    op.frame = from.frame;
    op.symbol = from.symbol;
    op.addend = from.addend;
    op.core = from.core;
    return true;
  }
  if (dst !== IN_MEMORY) return false;
  op.insn = store(FRAME, 0, 8, src);
  op.frame = assignment.slots.get(insn.dst) ?? null;
  return true;
}

/** Whether the next write of the same register comes before anybody looks into memory. */
function isRewritten(line: Line, block: number, { track, to }: Piece, index: number): boolean {
  const { writes } = track;
  const next = writes[firstAbove(writes, index * 4 + 2)];
  return next !== undefined && next < to && next >> 2 < (line.starts[block + 1] ?? 0);
}
