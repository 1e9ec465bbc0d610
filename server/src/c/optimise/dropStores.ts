/**
 * Removes stores that nobody can see: into private stack memory that is not read any more, and what later stores of the
 * same block write over before anything may have read it.
 */
import { setInstrs } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import { privateAllocas } from './escape.ts';

/** True when something was removed. */
export function dropStores(fn: IrFunction): boolean {
  const secret = new Set([...privateAllocas(fn)].filter(isSmall));
  const atEnd = readLater(fn, secret);
  let changed = false;
  for (const block of fn.blocks)
    changed = dropInBlock(block, secret, atEnd.get(block) ?? new Map<Value, bigint>()) || changed;
  return changed;
}

/** Bytes of memory that are followed one by one, more than a stack has. */
const MOST_BYTES = 4096;

function isSmall(base: Value): boolean {
  return base.op === 'alloca' && base.sizeBytes <= MOST_BYTES;
}

/** By private memory: its bytes that may be read, one bit for each. */
type Bytes = Map<Value, bigint>;

/** What a block does with one memory: what it reads before it writes it, and what it writes. */
interface Effect {
  reads: bigint;
  writes: bigint;
}

/** By block: what may be read after it before it is written over. Memory that nobody stores to is left out. */
function readLater(fn: IrFunction, secret: ReadonlySet<Value>): Map<Block, Bytes> {
  const atEnd = new Map<Block, Bytes>(fn.blocks.map((block) => [block, new Map()]));
  const written = new Set<Value>();
  const effects = effectsOf(fn, secret, written);
  for (const base of written) followBack(base, effects.get(base) ?? new Map<Block, Effect>(), atEnd);
  return atEnd;
}

function effectsOf(fn: IrFunction, secret: ReadonlySet<Value>, written: Set<Value>): Map<Value, Map<Block, Effect>> {
  const effects = new Map<Value, Map<Block, Effect>>();
  if (secret.size === 0) return effects;
  for (const block of fn.blocks) {
    for (const instr of block.instrs) {
      for (const [base, bytes] of readsOf(instr, secret)) {
        const effect = effectOn(base, block, effects);
        effect.reads |= bytes & ~effect.writes;
      }
      const write = writeOf(instr);
      if (!write || !secret.has(write.base)) continue;
      written.add(write.base);
      if (write.off !== null) effectOn(write.base, block, effects).writes |= mask(write.off, write.size);
    }
  }
  return effects;
}

function effectOn(base: Value, block: Block, effects: Map<Value, Map<Block, Effect>>): Effect {
  const ofBase = effects.get(base) ?? new Map<Block, Effect>();
  effects.set(base, ofBase);
  const effect = ofBase.get(block) ?? { reads: 0n, writes: 0n };
  ofBase.set(block, effect);
  return effect;
}

/** From each block that reads the memory back to those that write it: only where it is of use is it looked at. */
function followBack(base: Value, effects: ReadonlyMap<Block, Effect>, atEnd: ReadonlyMap<Block, Bytes>): void {
  const atBeginning = new Map<Block, bigint>();
  const work: Block[] = [];
  for (const [block, { reads }] of effects) {
    if (reads === 0n) continue;
    atBeginning.set(block, reads);
    work.push(block);
  }
  for (let block = work.pop(); block; block = work.pop()) {
    const begin = atBeginning.get(block) ?? 0n;
    for (const pred of block.preds) {
      const ends = atEnd.get(pred) as Bytes;
      const end = (ends.get(base) ?? 0n) | begin;
      ends.set(base, end);
      const passed = end & ~(effects.get(pred)?.writes ?? 0n);
      const before = atBeginning.get(pred) ?? 0n;
      if ((before | passed) === before) continue;
      atBeginning.set(pred, before | passed);
      work.push(pred);
    }
  }
}

function wholeOf(base: Value): bigint {
  return base.op === 'alloca' ? mask(0, base.sizeBytes) : 0n;
}

/** What lies outside of the memory has no bytes. */
function mask(off: number, size: number): bigint {
  if (off < 0 || off >= MOST_BYTES) return 0n;
  return ((1n << BigInt(Math.min(size, MOST_BYTES))) - 1n) << BigInt(off);
}

/** What an instruction may read of private memory: what a load loads, and all of what anything else is given. */
function readsOf(instr: Instr, secret: ReadonlySet<Value>): [Value, bigint][] {
  if (instr.op === 'binary' || instr.op === 'store' || instr.op === 'memset' || instr.op === 'debugValue') return [];
  if (instr.op === 'load') {
    const { base, off } = placeOf(instr.args[0] as Value);
    if (!secret.has(base)) return [];
    return [[base, off === null ? wholeOf(base) : mask(off + instr.off, instr.size)]];
  }
  const given = instr.op === 'memcpy' || instr.op === 'memmove' ? instr.args.slice(1) : instr.args;
  return given.map((arg) => placeOf(arg).base).flatMap((base) => (secret.has(base) ? [[base, wholeOf(base)] as [Value, bigint]] : [])); // prettier-ignore
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

/** From the end to the beginning, with what may still be read, and what is written over before anybody reads it. */
function dropInBlock(block: Block, secret: ReadonlySet<Value>, wanted: Bytes): boolean {
  const kept: Instr[] = [];
  let spans: Overwritten[] = [];
  for (let i = block.instrs.length - 1; i >= 0; i--) {
    const instr = block.instrs[i] as Instr;
    const write = writeOf(instr);
    if (write && isUnseen(write, secret, wanted, spans)) continue;
    kept.push(instr);
    for (const [base, bytes] of readsOf(instr, secret)) wanted.set(base, (wanted.get(base) ?? 0n) | bytes);
    if (!write) spans = afterRead(instr, spans, secret);
    else if (write.off !== null) noteWrite(write.base, write.off, write.size, secret, wanted, spans);
  }
  if (kept.length === block.instrs.length) return false;
  setInstrs(block, kept.reverse());
  return true;
}

function isUnseen(
  { base, off, size }: Place & { size: number },
  secret: ReadonlySet<Value>,
  wanted: Bytes,
  spans: readonly Overwritten[],
): boolean {
  if (!secret.has(base)) return off !== null && isCovered(spans, base, off, off + size);
  const bytes = wanted.get(base) ?? 0n;
  return off === null ? bytes === 0n : (bytes & mask(off, size)) === 0n;
}

function noteWrite(
  base: Value,
  off: number,
  size: number,
  secret: ReadonlySet<Value>,
  wanted: Bytes,
  spans: Overwritten[],
): void {
  if (secret.has(base)) wanted.set(base, (wanted.get(base) ?? 0n) & ~mask(off, size));
  else if (spans.length < MOST_SPANS) spans.push({ base, from: off, to: off + size });
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
function afterRead(instr: Instr, spans: Overwritten[], secret: ReadonlySet<Value>): Overwritten[] {
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
      return spans;
    case 'load': {
      const { base, off } = placeOf(instr.args[0] as Value);
      if (secret.has(base)) return spans;
      const from = off === null ? Number.NEGATIVE_INFINITY : off + instr.off;
      const to = off === null ? Number.POSITIVE_INFINITY : from + instr.size;
      return spans.filter((span) => span.base === base && (span.from >= to || from >= span.to));
    }
    default:
      return [];
  }
}
