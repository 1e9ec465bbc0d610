/**
 * Removes stores that nobody can see: into private stack memory that is not read any more, and what later stores of the
 * same block write over before anything may have read it.
 */
import { setInstrs, successorsOf } from '../ir/edit.ts';
import { reversePostorder } from '../ir/dominators.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import { privateAllocas } from './escape.ts';

/** True when something was removed. */
export function dropStores(fn: IrFunction): boolean {
  const secret = privateAllocas(fn);
  const wanted = wantedAtEnd(fn, secret);
  let changed = false;
  for (const block of fn.blocks) changed = dropInBlock(block, secret, wanted.get(block) ?? secret) || changed;
  return changed;
}

/** By block: the private memory that may be read after it. */
function wantedAtEnd(fn: IrFunction, secret: ReadonlySet<Value>): Map<Block, Set<Value>> {
  const wanted = new Map<Block, Set<Value>>();
  if (secret.size === 0) return wanted;
  const order = reversePostorder(fn).reverse();
  const atBeginning = new Map<Block, Set<Value>>();
  const reads = new Map(order.map((block) => [block, readsOf(block, secret)]));
  for (let changed = true, round = 0; changed; round++) {
    changed = false;
    for (const block of order) {
      const end = new Set<Value>();
      for (const to of successorsOf(block)) for (const value of atBeginning.get(to) ?? []) end.add(value);
      wanted.set(block, end);
      const size = atBeginning.get(block)?.size ?? -1;
      const begin = new Set([...end, ...(reads.get(block) ?? [])]);
      if (begin.size === size) continue;
      atBeginning.set(block, begin);
      changed = true;
    }
    if (round > 50) return new Map(order.map((block) => [block, new Set(secret)]));
  }
  return wanted;
}

function readsOf(block: Block, secret: ReadonlySet<Value>): Set<Value> {
  const reads = new Set<Value>();
  for (const instr of block.instrs) {
    if (instr.op === 'binary' || instr.op === 'store' || instr.op === 'memset' || instr.op === 'debugValue') continue;
    const read = instr.op === 'memcpy' || instr.op === 'memmove' ? instr.args.slice(1) : instr.args;
    for (const arg of read) {
      const { base } = placeOf(arg);
      if (secret.has(base)) reads.add(base);
    }
  }
  return reads;
}

interface Place {
  readonly base: Value;
  /** Null when it is not a constant number of bytes from the base. */
  readonly off: number | null;
}

function placeOf(pointer: Value): Place {
  let base = pointer;
  let off: number | null = 0;
  while (base.op === 'binary' && base.type === 'ptr') {
    const by = base.args[1];
    const bytes = by?.op === 'const' ? Number(BigInt.asIntN(64, by.value)) : null;
    off = off === null || bytes === null ? null : off + (base.kind === 'sub' ? -bytes : bytes);
    base = base.args[0] as Value;
  }
  return { base, off };
}

interface Overwritten {
  readonly base: Value;
  readonly from: number;
  readonly to: number;
}

const MOST_SPANS = 64;

/** From the end to the beginning, with what is written over before it is read. */
function dropInBlock(block: Block, secret: ReadonlySet<Value>, wanted: ReadonlySet<Value>): boolean {
  const kept: Instr[] = [];
  const alive = new Set(wanted);
  let spans: Overwritten[] = [];
  for (let i = block.instrs.length - 1; i >= 0; i--) {
    const instr = block.instrs[i] as Instr;
    const write = writeOf(instr);
    if (write) {
      const { base, off } = write;
      const isUnread = secret.has(base) && !alive.has(base);
      if (isUnread || (off !== null && isCovered(spans, base, off, off + write.size))) continue;
      if (off !== null && spans.length < MOST_SPANS) spans.push({ base, from: off, to: off + write.size });
    } else spans = afterRead(instr, spans, secret, alive);
    kept.push(instr);
  }
  if (kept.length === block.instrs.length) return false;
  setInstrs(block, kept.reverse());
  return true;
}

function writeOf(instr: Instr): (Place & { size: number }) | null {
  if (instr.op === 'store' && !instr.volatile) {
    const { base, off } = placeOf(instr.args[0] as Value);
    return { base, off: off === null ? null : off + instr.off, size: instr.size };
  }
  return instr.op === 'memset' ? { ...placeOf(instr.args[0] as Value), size: instr.sizeBytes } : null;
}

function isCovered(spans: readonly Overwritten[], base: Value, from: number, to: number): boolean {
  let at = from;
  for (let again = true; again && at < to;) {
    again = false;
    for (const span of spans) {
      if (span.base !== base || span.from > at || span.to <= at) continue;
      at = span.to;
      again = true;
    }
  }
  return at >= to;
}

/** What is still sure to be written over, going backwards past an instruction that may read. */
function afterRead(
  instr: Instr,
  spans: readonly Overwritten[],
  secret: ReadonlySet<Value>,
  alive: Set<Value>,
): Overwritten[] {
  switch (instr.op) {
    case 'binary':
    case 'compare':
    case 'convert':
    case 'phi':
    case 'alloca':
    case 'address':
    case 'core':
    case 'debugValue':
    case 'asmOutput':
      return spans as Overwritten[];
    case 'load': {
      const { base, off } = placeOf(instr.args[0] as Value);
      const from = off === null ? Number.NEGATIVE_INFINITY : off + instr.off;
      const to = off === null ? Number.POSITIVE_INFINITY : from + instr.size;
      if (secret.has(base)) alive.add(base);
      return spans.filter((span) => !mayRead(span, base, from, to, secret));
    }
    default: {
      // It may read anything but the private memory that it is not given.
      const given = new Set(instr.args.map((arg) => placeOf(arg).base));
      for (const base of given) if (secret.has(base)) alive.add(base);
      return spans.filter(({ base }) => secret.has(base) && !given.has(base));
    }
  }
}

function mayRead(span: Overwritten, base: Value, from: number, to: number, secret: ReadonlySet<Value>): boolean {
  if (span.base === base) return span.from < to && from < span.to;
  return !secret.has(span.base) && !secret.has(base);
}
