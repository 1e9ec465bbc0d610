/** Pieces of a register's lifetime: each lives in one machine register or in memory. */
import type { Track } from './lifetimes.ts';

export const UNASSIGNED = -1;
export const IN_MEMORY = -2;

export interface Piece {
  readonly track: Track;
  /** Of its first range. */
  readonly from: number;
  to: number;
  reg: number;
  /** Range of the track at or behind the place that the allocation has reached. */
  at: number;
}

export function wholePiece(track: Track): Piece {
  return { track, from: track.starts[0] ?? 0, to: track.ends.at(-1) ?? 0, reg: UNASSIGNED, at: 0 };
}

/** Cuts a piece in two; the second begins where the register is needed again, at the cut or later. */
export function cutPiece(piece: Piece, at: number): Piece {
  const { track } = piece;
  const range = rangeAt(track, at);
  const rest: Piece = {
    track,
    from: Math.max(at, track.starts[range] ?? at),
    to: piece.to,
    reg: UNASSIGNED,
    at: range,
  };
  const before = (track.starts[range] ?? at) < at ? at : (track.ends[range - 1] ?? at);
  piece.to = Math.min(at, before);
  return rest;
}

/** The first range that ends behind a position. */
export function rangeAt({ ends }: Track, position: number): number {
  return firstAbove(ends, position);
}

/** Index of the first number that is greater. */
export function firstAbove(numbers: readonly number[], than: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= than) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the piece's register is in use at a position; positions may only be asked for in ascending order. */
export function covers(piece: Piece, position: number): boolean {
  const { starts, ends } = piece.track;
  while (piece.at < ends.length && (ends[piece.at] ?? 0) <= position) piece.at++;
  return (starts[piece.at] ?? Number.MAX_SAFE_INTEGER) <= position;
}

export const NEVER = Number.MAX_SAFE_INTEGER;

/** Where `track`, from a position on and before `until`, and the piece are first needed at once. */
export function meeting(track: Track, until: number, piece: Piece): number {
  const end = Math.min(until, piece.to);
  let i = rangeAt(track, piece.from);
  let j = piece.at;
  while (i < track.starts.length && j < piece.track.starts.length) {
    const start = Math.max(track.starts[i] ?? 0, piece.track.starts[j] ?? 0, piece.from);
    if (start >= end) return NEVER;
    const endA = track.ends[i] ?? 0;
    const endB = piece.track.ends[j] ?? 0;
    if (start < endA && start < endB) return start;
    if (endA <= endB) i++;
    else j++;
  }
  return NEVER;
}

/** The first use at or behind a position for which the value must be in a register. */
export function nextMust(piece: Piece, position: number): number {
  const { uses, must } = piece.track;
  for (let i = firstAbove(uses, position - 1); i < uses.length; i++) {
    const use = uses[i] ?? 0;
    if (use >= piece.to) return NEVER;
    if (must[i] === true) return use;
  }
  return NEVER;
}

/** Any use in [from, to). */
export function isUsedIn({ track }: Piece, from: number, to: number): boolean {
  return (track.uses[firstAbove(track.uses, from - 1)] ?? NEVER) < to;
}
