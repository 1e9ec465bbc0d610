/** Joins registers that are copied to one another and are never needed at the same time, and drops the copies. */
import { isCopy, isVirtual, type Code, type Op } from './code.ts';
import { lifetimesOf, type Track } from './lifetimes.ts';
import { renamed } from './registers.ts';

export function coalesce(code: Code): void {
  const { tracks } = lifetimesOf(code);
  const joined = new Int32Array(code.nextVirtual);
  const ranges = [...tracks];
  for (const { dst, src } of copiesOf(code)) {
    const a = find(joined, dst);
    const b = find(joined, src);
    const first = ranges[a];
    const second = ranges[b];
    if (a === b || first === undefined || second === undefined) continue;
    if (intersect(first, second) && !isSameValue(first, second)) continue;
    joined[b] = a;
    ranges[a] = union(first, second);
  }
  for (const block of code.blocks) block.ops = block.ops.filter((op) => rename(op, joined));
}

/** Innermost loops first: there a copy costs most. */
function copiesOf({ blocks }: Code): { dst: number; src: number }[] {
  const copies: { dst: number; src: number; depth: number }[] = [];
  for (const { ops, depth } of blocks)
    for (const { insn, frame } of ops)
      if (isCopy(insn) && frame === null && isVirtual(insn.dst) && isVirtual(insn.src))
        copies.push({ dst: insn.dst, src: insn.src, depth });
  return copies.sort((a, b) => b.depth - a.depth);
}

/** 0 stands for "not joined": no virtual register has that number. */
function find(joined: Int32Array, reg: number): number {
  let root = reg;
  for (let next = joined[root] ?? 0; next !== 0; next = joined[root] ?? 0) root = next;
  for (let at = reg; at !== root;) {
    const next = joined[at] ?? 0;
    joined[at] = root;
    at = next;
  }
  return root;
}

/** Neither is ever written again: the copy is just another name. */
function isSameValue(dst: Track, src: Track): boolean {
  return dst.writes.length === 1 && src.writes.length === 1;
}

function intersect(a: Track, b: Track): boolean {
  const [small, large] = a.starts.length < b.starts.length ? [a, b] : [b, a];
  for (let i = 0; i < small.starts.length; i++)
    if (overlaps(large, small.starts[i] ?? 0, small.ends[i] ?? 0)) return true;
  return false;
}

function overlaps({ starts, ends }: Track, start: number, end: number): boolean {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low < starts.length && (starts[low] ?? 0) < end;
}

function union(a: Track, b: Track): Track {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = 0, j = 0; i < a.starts.length || j < b.starts.length;) {
    const takesA = j >= b.starts.length || (i < a.starts.length && (a.starts[i] ?? 0) < (b.starts[j] ?? 0));
    const start = (takesA ? a.starts[i] : b.starts[j]) ?? 0;
    const end = (takesA ? a.ends[i++] : b.ends[j++]) ?? 0;
    const last = ends.at(-1);
    if (last !== undefined && start <= last) ends[ends.length - 1] = Math.max(last, end);
    else {
      starts.push(start);
      ends.push(end);
    }
  }
  // The copy itself is none any more.
  return { ...a, starts, ends, writes: [...a.writes.slice(1), ...b.writes] };
}

/** False for a copy of a register to itself. */
function rename(op: Op, joined: Int32Array): boolean {
  const { insn } = op;
  const name = (reg: number): number => (isVirtual(reg) ? find(joined, reg) : reg);
  if (insn.kind === 'debug') {
    if (insn.reg !== -1) insn.reg = name(insn.reg);
    return true;
  }
  const other = renamed(insn, name, name);
  op.insn = other;
  return !(isCopy(other) && op.frame === null && other.dst === other.src);
}
