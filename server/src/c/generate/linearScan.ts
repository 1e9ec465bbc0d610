/**
 * Register allocation by linear scan with splitting of lifetimes (Wimmer and Mössenböck, "Optimized Interval Splitting in
 * a Linear Scan Register Allocator", 2005). Calls destroy r0 to r5: their lifetimes as machine registers say so. A value
 * that is somewhere in memory is stored right after each of its definitions, as a whole, so that the verifier keeps
 * its type; hence going to memory costs nothing later, and edges never store.
 */
import { FIRST_VIRTUAL } from './code.ts';
import { Costs } from './costs.ts';
import { MACHINE_REGISTERS, type Line, type Track } from './lifetimes.ts';
import { covers, cutPiece, IN_MEMORY, isUsedIn, meeting, NEVER, nextMust, wholePiece, type Piece } from './pieces.ts';

export interface Allocation {
  /** By virtual register: its pieces in order; undefined for registers without lifetime. */
  readonly pieces: readonly (Piece[] | undefined)[];
  /** Index of an instruction that needs more registers than there are; null when all went well. */
  readonly failedAt: number | null;
}

interface Scan {
  readonly line: Line;
  readonly pieces: (Piece[] | undefined)[];
  readonly waiting: Heap;
  /** By register: what it holds where the scan is. */
  readonly active: (Piece | null)[];
  /** By register: pieces that have a hole there. */
  readonly inactive: Piece[][];
  readonly fixed: readonly Track[];
  readonly costs: Costs;
  failedAt: number | null;
}

export function allocate(line: Line): Allocation {
  const registers = Array.from({ length: MACHINE_REGISTERS }, (_, reg) => reg);
  const scan: Scan = {
    line,
    pieces: [],
    waiting: new Heap(),
    active: registers.map(() => null),
    inactive: registers.map(() => []),
    fixed: registers.map((reg) => line.tracks[reg] as Track),
    costs: new Costs(line),
    failedAt: null,
  };
  for (let reg = FIRST_VIRTUAL; reg < line.tracks.length; reg++) {
    const track = line.tracks[reg];
    if (track === undefined || track.starts.length === 0) continue;
    const piece = wholePiece(track);
    scan.pieces[reg] = [piece];
    scan.waiting.push(piece);
  }
  for (let piece = scan.waiting.pop(); piece !== undefined && scan.failedAt === null; piece = scan.waiting.pop())
    place(scan, piece);
  return { pieces: scan.pieces, failedAt: scan.failedAt };
}

/** Pieces by their beginnings. */
class Heap {
  private readonly items: Piece[] = [];

  push(piece: Piece): void {
    const { items } = this;
    let at = items.length;
    items.push(piece);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = items[up] as Piece;
      if (!before(piece, above)) break;
      items[at] = above;
      at = up;
    }
    items[at] = piece;
  }

  pop(): Piece | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && before(items[child + 1] as Piece, items[child] as Piece)) child++;
      if (!before(items[child] as Piece, last)) break;
      items[at] = items[child] as Piece;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function before(a: Piece, b: Piece): boolean {
  return a.from < b.from || (a.from === b.from && a.track.reg < b.track.reg);
}

function place(scan: Scan, piece: Piece): void {
  advance(scan, piece.from);
  if (!placeFree(scan, piece)) placeByForce(scan, piece);
}

/** Pieces that end or reach a hole give their registers free; others take theirs again. */
function advance({ active, inactive }: Scan, position: number): void {
  for (let reg = 0; reg < MACHINE_REGISTERS; reg++) {
    const held = active[reg] ?? null;
    if (held !== null && !(held.to > position && covers(held, position))) {
      active[reg] = null;
      if (held.to > position) inactive[reg]?.push(held);
    }
    const resting = inactive[reg] ?? [];
    if (resting.length > 0) inactive[reg] = resting.filter((piece) => stillRests(active, piece, position));
  }
}

function stillRests(active: (Piece | null)[], piece: Piece, position: number): boolean {
  if (piece.to <= position) return false;
  if (!covers(piece, position)) return true;
  active[piece.reg] = piece;
  return false;
}

/** Positions up to which each register is free for the piece. */
function freeUntil(scan: Scan, piece: Piece): number[] {
  return scan.active.map((held, reg) => {
    if (held !== null) return 0;
    let until = meeting(scan.fixed[reg] as Track, NEVER, piece);
    for (const resting of scan.inactive[reg] ?? []) until = Math.min(until, meeting(resting.track, resting.to, piece));
    return until;
  });
}

function placeFree(scan: Scan, piece: Piece): boolean {
  const free = freeUntil(scan, piece);
  const whole = bestWhole(scan, piece, free);
  if (whole !== -1) return hold(scan, piece, whole);
  if (displace(scan, piece)) return true;
  const part = longest(free);
  const cut = splitPlace(piece, free[part] ?? 0);
  if (cut <= piece.from || !isUsedIn(piece, piece.from, cut)) return false;
  // What is only written before the cut is as well off in memory.
  if (nextMust(piece, piece.from) >= cut) return false;
  wait(scan, piece, cut);
  return hold(scan, piece, part);
}

/** A register that is free all the time: the one wanted, else the one that is free for the shortest. */
function bestWhole(scan: Scan, piece: Piece, free: readonly number[]): number {
  const fits = (reg: number): boolean => (free[reg] ?? 0) >= piece.to;
  const previous = scan.pieces[piece.track.reg]?.find((other) => other !== piece && other.reg >= 0)?.reg;
  if (previous !== undefined && fits(previous)) return previous;
  for (const reg of piece.track.hints) if (fits(reg)) return reg;
  let best = -1;
  for (const reg of ORDER) if (fits(reg) && (best === -1 || (free[reg] ?? 0) < (free[best] ?? 0))) best = reg;
  return best;
}

/** Takes a register for good from values that are cheaper to have in memory. */
function displace(scan: Scan, piece: Piece): boolean {
  const own = scan.costs.of(piece);
  let best = -1;
  let least = own;
  for (let reg = 0; reg < MACHINE_REGISTERS; reg++) {
    const cost = costOfTaking(scan, piece, reg, least);
    if (cost >= least) continue;
    best = reg;
    least = cost;
  }
  if (best === -1) return false;
  evict(scan, best, piece);
  return hold(scan, piece, best);
}

/** What it costs when the register's values go to memory; stops counting at `limit`. */
function costOfTaking(scan: Scan, piece: Piece, reg: number, limit: number): number {
  const held = scan.active[reg] ?? null;
  if (held !== null && gap(nextMust(held, piece.from)) <= piece.from) return NEVER;
  let cost = held === null ? 0 : scan.costs.of(held, piece.from);
  if (cost >= limit || meeting(scan.fixed[reg] as Track, NEVER, piece) < piece.to) return NEVER;
  for (const resting of scan.inactive[reg] ?? [])
    if (meeting(resting.track, resting.to, piece) !== NEVER) cost += scan.costs.of(resting, piece.from);
  return cost;
}

/** Registers that calls take or give come last among equals. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 0, 6, 7, 8, 9];

function longest(free: readonly number[]): number {
  let best = 0;
  for (let reg = 1; reg < free.length; reg++) if ((free[reg] ?? 0) > (free[best] ?? 0)) best = reg;
  return best;
}

/** The gap before a position; copies can only be put there. */
function gap(position: number): number {
  return position - (position % 4);
}

/** At the latest before `limit`. */
function splitPlace(piece: Piece, limit: number): number {
  return Math.min(gap(Math.min(limit, piece.to)), piece.to);
}

function hold(scan: Scan, piece: Piece, reg: number): true {
  piece.reg = reg;
  scan.active[reg] = piece;
  return true;
}

/** What lies behind the cut is placed when it is its turn. */
function wait(scan: Scan, piece: Piece, cut: number): void {
  scan.waiting.push(divide(scan, piece, cut));
}

function divide(scan: Scan, piece: Piece, cut: number): Piece {
  const rest = cutPiece(piece, cut);
  const list = scan.pieces[piece.track.reg];
  list?.splice(list.indexOf(piece) + 1, 0, rest);
  return rest;
}

/** No register is free: the value that is needed last goes to memory until then. */
function placeByForce(scan: Scan, piece: Piece): void {
  const needed = neededNext(scan, piece);
  const reg = longest(needed);
  const own = nextMust(piece, piece.from);
  // Its own register would cost a dearer value one.
  if (gap(own) > piece.from) return toMemory(scan, piece);
  const limit = meeting(scan.fixed[reg] as Track, NEVER, piece);
  const cut = limit < piece.to ? splitPlace(piece, limit) : NEVER;
  if (gap(needed[reg] ?? 0) <= piece.from || cut <= piece.from) {
    scan.failedAt = piece.from >> 2;
    return;
  }
  if (cut !== NEVER) wait(scan, piece, cut);
  evict(scan, reg, piece);
  hold(scan, piece, reg);
}

/** By register: where what it holds is needed next; 0 where the machine itself needs it. */
function neededNext(scan: Scan, piece: Piece): number[] {
  return scan.active.map((held, reg) => {
    const limit = meeting(scan.fixed[reg] as Track, NEVER, piece);
    if (gap(limit) <= piece.from) return 0;
    let next = held === null ? NEVER : nextMust(held, piece.from);
    for (const resting of scan.inactive[reg] ?? [])
      if (meeting(resting.track, resting.to, piece) !== NEVER) next = Math.min(next, nextMust(resting, piece.from));
    // As good as taken where the machine needs it before the piece does.
    return limit <= nextMust(piece, piece.from) ? Math.min(next, limit) : next;
  });
}

function evict(scan: Scan, reg: number, by: Piece): void {
  const held = scan.active[reg] ?? null;
  if (held !== null) toMemory(scan, held.from < by.from ? divide(scan, held, by.from) : held);
  const resting = scan.inactive[reg] ?? [];
  scan.inactive[reg] = resting.filter((piece) => {
    if (meeting(piece.track, piece.to, by) === NEVER) return true;
    wait(scan, piece, by.from);
    return false;
  });
}

/** In memory until it must be in a register. */
function toMemory(scan: Scan, piece: Piece): void {
  const next = nextMust(piece, piece.from);
  if (next !== NEVER && gap(next) > piece.from) wait(scan, piece, gap(next));
  piece.reg = IN_MEMORY;
}
