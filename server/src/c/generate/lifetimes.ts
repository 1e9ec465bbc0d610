/**
 * When registers hold values that are still needed. Instruction i has the positions 4i (before it, where copies can be
 * put), 4i + 1 (it reads) and 4i + 2 (it writes); ranges are half-open.
 */
import { FIRST_VIRTUAL, isCopy, isVirtual, type Code, type CodeBlock, type Op } from './code.ts';
import { clobbersOf, forEachRead, forEachWrite } from './registers.ts';

export interface Line {
  readonly ops: readonly Op[];
  readonly blocks: readonly CodeBlock[];
  /** By block: index of its first instruction; one entry more for the end. */
  readonly starts: Int32Array;
  /** By block: virtual registers whose values come in. */
  readonly liveIn: readonly (readonly number[])[];
  /** By register; undefined for one that is never used. */
  readonly tracks: readonly (Track | undefined)[];
}

/** Everything about one register, in ascending order. */
export interface Track {
  readonly reg: number;
  readonly starts: number[];
  readonly ends: number[];
  /** Positions of reads and writes. */
  readonly uses: number[];
  /** By use: it can only be done in a register, not in memory. */
  readonly must: boolean[];
  /** Positions of writes. */
  readonly writes: number[];
  /** Machine registers that it is copied from or to. */
  readonly hints: number[];
}

export const MACHINE_REGISTERS = 10;

export function newTrack(reg: number): Track {
  return { reg, starts: [], ends: [], uses: [], must: [], writes: [], hints: [] };
}

export function lifetimesOf(code: Code): Line {
  const { blocks } = code;
  const ops = blocks.flatMap((block) => block.ops);
  const starts = new Int32Array(blocks.length + 1);
  for (const [i, block] of blocks.entries()) starts[i + 1] = (starts[i] ?? 0) + block.ops.length;
  const { liveIn, liveOut } = livenessOf(code);
  const tracks: (Track | undefined)[] = [];
  tracks.length = code.nextVirtual;
  for (let reg = 0; reg < MACHINE_REGISTERS; reg++) tracks[reg] = newTrack(reg);
  const line: Line = { ops, blocks, starts, liveIn, tracks };
  for (let i = blocks.length - 1; i >= 0; i--) walkBlock(line, tracks, i, liveOut[i] ?? []);
  for (const track of tracks) if (track !== undefined) finishTrack(track, ops);
  return line;
}

interface Liveness {
  readonly liveIn: number[][];
  readonly liveOut: number[][];
}

/** One walk upwards for each register that is read in a block that does not write it first. */
function livenessOf(code: Code): Liveness {
  const { blocks, nextVirtual } = code;
  const index = new Map(blocks.map((block, i) => [block, i]));
  const preds = blocks.map((block) => block.preds.map((pred) => index.get(pred) ?? 0));
  const { exposed, writers } = usesByBlock(code);
  const result: Liveness = { liveIn: blocks.map(() => []), liveOut: blocks.map(() => []) };
  const marks = {
    in: new Int32Array(blocks.length),
    out: new Int32Array(blocks.length),
    writes: new Int32Array(blocks.length),
  };
  for (let reg = FIRST_VIRTUAL; reg < nextVirtual; reg++) {
    const work = exposed[reg];
    if (work === undefined) continue;
    for (const block of writers[reg] ?? []) marks.writes[block] = reg;
    spread(result, reg, work, preds, marks);
  }
  return result;
}

function spread(
  { liveIn, liveOut }: Liveness,
  reg: number,
  work: number[],
  preds: readonly (readonly number[])[],
  marks: { in: Int32Array; out: Int32Array; writes: Int32Array },
): void {
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    if (marks.in[block] === reg) continue;
    marks.in[block] = reg;
    liveIn[block]?.push(reg);
    for (const pred of preds[block] ?? []) {
      if (marks.out[pred] === reg) continue;
      marks.out[pred] = reg;
      liveOut[pred]?.push(reg);
      if (marks.writes[pred] !== reg) work.push(pred);
    }
  }
}

/** By register: the blocks that read it before they write it, and those that write it. */
function usesByBlock({ blocks, nextVirtual }: Code): { exposed: number[][]; writers: number[][] } {
  const exposed: number[][] = [];
  const writers: number[][] = [];
  const read = new Int32Array(nextVirtual).fill(-1);
  const written = new Int32Array(nextVirtual).fill(-1);
  const note = (lists: number[][], reg: number, block: number): void => {
    const list = lists[reg];
    if (list === undefined) lists[reg] = [block];
    else list.push(block);
  };
  for (const [i, block] of blocks.entries())
    for (const op of block.ops) {
      forEachRead(op, (reg) => {
        if (!isVirtual(reg) || written[reg] === i || read[reg] === i) return;
        read[reg] = i;
        note(exposed, reg, i);
      });
      forEachWrite(op, (reg) => {
        if (!isVirtual(reg) || written[reg] === i) return;
        written[reg] = i;
        note(writers, reg, i);
      });
    }
  return { exposed, writers };
}

/** Upwards, so that ranges grow at their beginnings; `finishTrack` puts them in order at the end. */
function walkBlock(line: Line, tracks: (Track | undefined)[], index: number, liveOut: readonly number[]): void {
  const { ops, starts } = line;
  const first = starts[index] ?? 0;
  const end = starts[index + 1] ?? first;
  for (const reg of liveOut) addRange(trackOf(tracks, reg), first * 4, end * 4);
  for (let i = end - 1; i >= first; i--) walkOp(tracks, ops[i] as Op, i * 4, first * 4);
}

function walkOp(tracks: (Track | undefined)[], op: Op, at: number, blockStart: number): void {
  const { insn } = op;
  if (insn.kind === 'debug') return;
  // An address of the frame is a sum of r10.
  const copies = isCopy(insn) && op.frame === null;
  for (const reg of clobbersOf(insn)) addRange(trackOf(tracks, reg), insn.kind === 'asm' ? at + 1 : at + 2, at + 3);
  if (insn.kind === 'asm')
    for (const { reg, early } of insn.writes) write(trackOf(tracks, reg), at + 2, early ? at + 1 : at + 2, true); // prettier-ignore
  else forEachWrite(op, (reg) => write(trackOf(tracks, reg), at + 2, at + 2, !copies));
  forEachRead(op, (reg) => {
    const track = trackOf(tracks, reg);
    addRange(track, blockStart, at + 2);
    track.uses.push(at + 1);
    track.must.push(!(copies && !isVirtual(insn.dst)));
  });
  if (copies) hint(tracks, insn.dst, insn.src);
}

/** A value that can be made again at any place at the same cost: a constant or an address. */
export function isRemade({ insn, frame }: Op): boolean {
  if (insn.kind === 'loadImm64') return true;
  return insn.kind === 'alu' && insn.op === 'mov' && (insn.source === 'imm' || frame !== null);
}

function trackOf(tracks: (Track | undefined)[], reg: number): Track {
  let track = tracks[reg];
  if (track === undefined) tracks[reg] = track = newTrack(reg);
  return track;
}

function write(track: Track, at: number, start: number, must: boolean): void {
  const last = track.starts.length - 1;
  // A value that nobody reads still takes the register for a moment.
  if (last >= 0 && (track.starts[last] ?? 0) <= at) track.starts[last] = start;
  else addRange(track, start, at + 1);
  track.uses.push(at);
  track.must.push(must);
  track.writes.push(at);
}

function addRange({ starts, ends }: Track, start: number, end: number): void {
  const last = starts.length - 1;
  if (last >= 0 && (starts[last] ?? 0) <= end) {
    starts[last] = Math.min(starts[last] ?? 0, start);
    ends[last] = Math.max(ends[last] ?? 0, end);
  } else {
    starts.push(start);
    ends.push(end);
  }
}

function hint(tracks: (Track | undefined)[], dst: number, src: number): void {
  if (isVirtual(dst) && src < MACHINE_REGISTERS) trackOf(tracks, dst).hints.push(src);
  if (isVirtual(src) && dst < MACHINE_REGISTERS) trackOf(tracks, src).hints.push(dst);
}

function finishTrack({ starts, ends, uses, must, writes, hints }: Track, ops: readonly Op[]): void {
  starts.reverse();
  ends.reverse();
  uses.reverse();
  must.reverse();
  writes.reverse();
  hints.reverse();
  // What is made again wherever it is needed need not be made at first.
  const only = writes.length === 1 ? ops[(writes[0] ?? 0) >> 2] : undefined;
  if (only !== undefined && uses[0] === writes[0] && isRemade(only)) must[0] = false;
}
