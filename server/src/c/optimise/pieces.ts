/** Into which pieces stack memory can be taken apart, going by how it is accessed. */
import type { Access } from './accesses.ts';

export interface Piece {
  readonly off: number;
  readonly size: number;
  /** `scalar`: all accesses are of the whole; `mixed`: a number of which parts are accessed; `dead`: never read. */
  readonly kind: 'scalar' | 'mixed' | 'memory' | 'dead';
}

/** What only copies touch is cut into words when it is this small; more stays memory. */
const COPIED_LIMIT = 64;

/** The pieces in their order, without gaps; null when it must stay whole. */
export function piecesOf(sizeBytes: number, alignBytes: number, accesses: readonly Access[]): Piece[] | null {
  const fixed = accesses.filter((one) => !isLoose(one));
  const loose = accesses.filter(isLoose);
  const pieces: Piece[] = [];
  let at = 0;
  for (const cluster of clusters(fixed)) {
    pieces.push(...looseWithin(at, cluster.off, alignBytes, loose), pieceOf(cluster, accesses));
    at = cluster.off + cluster.size;
  }
  pieces.push(...looseWithin(at, sizeBytes, alignBytes, loose));
  return pieces.length === 1 && pieces[0]?.kind === 'memory' ? null : pieces;
}

interface Cluster {
  readonly off: number;
  size: number;
  readonly accesses: Access[];
}

/** Loads and stores that overlap belong together. */
function clusters(fixed: readonly Access[]): Cluster[] {
  const found: Cluster[] = [];
  for (const access of [...fixed].sort((a, b) => a.off - b.off || b.size - a.size)) {
    const last = found.at(-1);
    if (last && access.off < last.off + last.size) {
      last.accesses.push(access);
      last.size = Math.max(last.size, access.off + access.size - last.off);
    } else found.push({ off: access.off, size: access.size, accesses: [access] });
  }
  return found;
}

function pieceOf({ off, size, accesses }: Cluster, all: readonly Access[]): Piece {
  const isRead = all.some((one) => (one.how === 'load' || one.how === 'copyFrom') && overlaps(one, off, off + size));
  if (!isRead) return { off, size, kind: 'dead' };
  if (all.some((one) => overlaps(one, off, off + size) && !contains(one, off, size) && isLoose(one))) {
    return { off, size, kind: 'memory' };
  }
  if (accesses.every((one) => one.size === size)) return { off, size, kind: 'scalar' };
  const isNumber = accesses.every(({ instr }) => (instr.op === 'store' ? instr.args[1]?.type : instr.type) !== 'ptr');
  return { off, size, kind: isWord(size) && isNumber ? 'mixed' : 'memory' };
}

/** What only copies and fills touch, cut where one of them begins or ends. */
function looseWithin(from: number, to: number, alignBytes: number, loose: readonly Access[]): Piece[] {
  if (from >= to) return [];
  const inside = loose.filter((one) => overlaps(one, from, to));
  const cuts = new Set([from, to]);
  for (const { off, size } of inside) {
    if (off > from) cuts.add(off);
    if (off + size < to) cuts.add(off + size);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).flatMap((end, i) => loosePieces(sorted[i] ?? 0, end, alignBytes, inside));
}

function loosePieces(from: number, to: number, alignBytes: number, inside: readonly Access[]): Piece[] {
  const touching = inside.filter((one) => overlaps(one, from, to));
  if (!touching.some(({ how }) => how === 'copyFrom')) return [{ off: from, size: to - from, kind: 'dead' }];
  if (to - from > COPIED_LIMIT) return [{ off: from, size: to - from, kind: 'memory' }];
  const unit = Math.min(8, alignBytes, ...touching.map(alignOf));
  const pieces: Piece[] = [];
  for (let at = from; at < to;) {
    let size = unit;
    while (at % size !== 0 || at + size > to) size /= 2;
    pieces.push({ off: at, size, kind: 'scalar' });
    at += size;
  }
  return pieces;
}

function alignOf({ instr }: Access): number {
  return instr.op === 'memcpy' || instr.op === 'memmove' ? Math.max(instr.alignBytes, 1) : 8;
}

function isLoose({ how }: Access): boolean {
  return how !== 'load' && how !== 'store';
}

function contains(access: Access, off: number, size: number): boolean {
  return access.off <= off && access.off + access.size >= off + size;
}

function overlaps({ off, size }: Access, from: number, to: number): boolean {
  return off < to && off + size > from;
}

function isWord(size: number): boolean {
  return size === 1 || size === 2 || size === 4 || size === 8;
}
