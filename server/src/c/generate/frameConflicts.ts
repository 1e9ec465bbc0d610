/**
 * Which variables of the frame are needed at the same time; others may share bytes. A variable is needed where it has
 * been accessed before and may be accessed later, until a write of all of it makes what it held irrelevant.
 */
import { reversePostorder } from '../ir/dominators.ts';
import { successorsOf, usersOf, type Users } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';

type Alloca = Instr & { op: 'alloca' };

/** By id of the alloca: the ids of those that it must not share bytes with. */
export type Conflicts = ReadonlyMap<number, ReadonlySet<number>>;

interface Scope {
  readonly allocas: readonly Alloca[];
  /** By id of an instruction: indices of the allocas whose memory it may access. */
  readonly accesses: Map<number, number[]>;
  /** By id of an instruction: index of the alloca that it overwrites as a whole. */
  readonly overwrites: Map<number, number>;
  /** Needed in the whole function, since their addresses get somewhere where nobody can follow them. */
  readonly escaped: Set<number>;
}

/** So many allocas that it would take long are left alone. */
const MOST_ALLOCAS = 1000;

export function frameConflicts(module: IrModule, fn: IrFunction): Conflicts | null {
  const order = reversePostorder(fn);
  const allocas = order.flatMap(({ instrs }) => instrs.filter((instr) => instr.op === 'alloca'));
  if (allocas.length < 2 || allocas.length > MOST_ALLOCAS) return null;
  const scope: Scope = { allocas, accesses: new Map(), overwrites: new Map(), escaped: new Set() };
  const users = usersOf(fn);
  for (const index of allocas.keys()) follow(module, scope, index, users);
  for (const block of order) noteCoverings(scope, block);
  return collect(scope, order);
}

/** Stores that fill a variable piece by piece, with nothing in between that might read it, overwrite it together. */
function noteCoverings(scope: Scope, block: Block): void {
  const covered = new Map<number, Set<number>>();
  for (let i = block.instrs.length - 1; i >= 0; i--) {
    const instr = block.instrs[i] as Instr;
    for (const index of scope.accesses.get(instr.id) ?? []) {
      const bytes = bytesStored(instr, scope.allocas[index] as Alloca);
      const known = bytes === null ? new Set<number>() : (covered.get(index) ?? new Set());
      for (const byte of bytes ?? []) known.add(byte);
      covered.set(index, known);
      if (bytes !== null && known.size >= (scope.allocas[index] as Alloca).sizeBytes)
        scope.overwrites.set(instr.id, index);
    }
  }
}

/** Null when it may read as well. */
function bytesStored(instr: Instr, alloca: Alloca): number[] | null {
  if ((instr.op !== 'store' && instr.op !== 'memset') || instr.args[0] !== alloca || instr.args[1] === alloca)
    return null;
  const [from, size] = instr.op === 'store' ? [instr.off, instr.size] : [0, instr.sizeBytes];
  if (from < 0 || from + size > Math.min(alloca.sizeBytes, 512)) return null;
  return Array.from({ length: size }, (_, n) => from + n);
}

/** Goes after the address through everything that is computed from it, and through variables that it is stored in. */
function follow(module: IrModule, scope: Scope, index: number, users: Users): void {
  const alloca = scope.allocas[index] as Alloca;
  const derived = new Set<Value>([alloca]);
  /** Addresses of variables that hold the address. */
  const holders = new Set<Value>();
  for (const value of derived)
    for (const user of users.of(value)) {
      if (passesOn(user)) derived.add(user);
      if (escapes(module, user, value)) {
        const holder = user.op === 'store' ? allocaOf(user.args[0]) : null;
        if (holder === null) scope.escaped.add(index);
        else if (!holders.has(holder)) followHolder(module, { scope, index, users, derived, holders }, holder);
      }
      if (accesses(user)) noteAccess(scope, user, index);
      if (overwritesAll(user, alloca)) scope.overwrites.set(user.id, index);
    }
}

interface Following {
  readonly scope: Scope;
  readonly index: number;
  readonly users: Users;
  readonly derived: Set<Value>;
  readonly holders: Set<Value>;
}

/** Whoever reads a variable that holds the address may go on to what it leads to. */
function followHolder(module: IrModule, { scope, index, users, derived, holders }: Following, holder: Value): void {
  const pointers = new Set<Value>([holder]);
  holders.add(holder);
  for (const pointer of pointers)
    for (const user of users.of(pointer)) {
      if (passesOn(user)) pointers.add(user);
      const copies = (user.op === 'memcpy' || user.op === 'memmove') && user.args[1] === pointer;
      if (copies || escapes(module, user, pointer)) scope.escaped.add(index);
      if (accesses(user)) noteAccess(scope, user, index);
      if (user.op === 'load' && user.size === 8) derived.add(user);
    }
}

function noteAccess({ accesses: noted }: Scope, { id }: Instr, index: number): void {
  const known = noted.get(id);
  if (known === undefined) noted.set(id, [index]);
  else if (!known.includes(index)) known.push(index);
}

/** The variable that an address with constants added lies in; null for any other address. */
function allocaOf(value: Value | undefined): Alloca | null {
  let at = value;
  for (let depth = 0; depth < 8 && at?.op === 'binary' && at.args[1]?.op === 'const'; depth++) at = at.args[0];
  return at?.op === 'alloca' ? at : null;
}

function passesOn({ op }: Instr): boolean {
  return ['binary', 'convert', 'phi', 'asm', 'asmOutput', 'addrSpaceCast', 'late'].includes(op);
}

function accesses({ op }: Instr): boolean {
  return ['load', 'store', 'atomic', 'call', 'asm', 'asmGoto', 'memcpy', 'memmove', 'memset', 'late', 'packetLoad'].includes(op); // prettier-ignore
}

/** The kernel's functions keep no address of the stack; one of this program might leave it in memory that it also gets. */
function escapes(module: IrModule, user: Instr, value: Value): boolean {
  if (user.op === 'return') return true;
  if (user.op === 'store') return user.args[1] === value;
  if (user.op === 'atomic') return user.args.indexOf(value) > 0;
  if (user.op !== 'call' || user.callee.kind !== 'function') return false;
  if (module.functions.get(user.callee.symbol.name)?.section === '.ksyms') return false;
  return user.type === 'ptr' || user.args.filter(({ type }) => type === 'ptr').length > 1;
}

function overwritesAll(user: Instr, alloca: Alloca): boolean {
  if (user.args[0] !== alloca || user.args[1] === alloca) return false;
  if (user.op === 'store') return user.off === 0 && user.size >= alloca.sizeBytes;
  return (user.op === 'memset' || user.op === 'memcpy') && user.sizeBytes >= alloca.sizeBytes;
}

function collect(scope: Scope, order: readonly Block[]): Conflicts {
  const { allocas, escaped } = scope;
  const after = neededLater(scope, order);
  const before = accessedBefore(scope, order);
  const matrix = allocas.map(() => new Uint8Array(allocas.length));
  for (const block of order) markBlock(scope, block, after.get(block) ?? emptySet(scope), before.get(block) ?? emptySet(scope), matrix); // prettier-ignore
  const conflicts = new Map<number, Set<number>>();
  for (const [i, { id }] of allocas.entries()) {
    const others = allocas.filter((_, j) => i !== j && (escaped.has(i) || escaped.has(j) || matrix[i]?.[j] === 1 || matrix[j]?.[i] === 1)); // prettier-ignore
    conflicts.set(id, new Set(others.map((other) => other.id)));
  }
  return conflicts;
}

type Bits = Uint8Array;

function emptySet({ allocas }: Scope): Bits {
  return new Uint8Array(allocas.length);
}

/** By block: what is needed behind it. */
function neededLater(scope: Scope, order: readonly Block[]): Map<Block, Bits> {
  const above = new Map<Block, Bits>();
  const below = new Map<Block, Bits>(order.map((block) => [block, emptySet(scope)]));
  const work = new Set(order.toReversed());
  for (const block of work) {
    work.delete(block);
    const out = below.get(block) ?? emptySet(scope);
    for (const succ of successorsOf(block)) merge(out, above.get(succ));
    const live = out.slice();
    for (let i = block.instrs.length - 1; i >= 0; i--) stepUp(scope, block.instrs[i] as Instr, live);
    const known = above.get(block);
    if (known !== undefined && !differs(known, live)) continue;
    above.set(block, live);
    for (const pred of block.preds) work.add(pred);
  }
  return below;
}

function stepUp({ accesses, overwrites }: Scope, { id }: Instr, live: Bits): void {
  const touched = accesses.get(id);
  if (touched === undefined) return;
  for (const index of touched) live[index] = 1;
  const overwritten = overwrites.get(id);
  if (overwritten !== undefined) live[overwritten] = 0;
}

/** By block: what was accessed on a way to it. */
function accessedBefore(scope: Scope, order: readonly Block[]): Map<Block, Bits> {
  const above = new Map<Block, Bits>(order.map((block) => [block, emptySet(scope)]));
  const work = new Set(order);
  for (const block of work) {
    work.delete(block);
    const reached = (above.get(block) ?? emptySet(scope)).slice();
    for (const { id } of block.instrs) for (const index of scope.accesses.get(id) ?? []) reached[index] = 1;
    for (const succ of successorsOf(block)) if (merge(above.get(succ) ?? emptySet(scope), reached)) work.add(succ);
  }
  return above;
}

/** Whether something was added. */
function merge(into: Bits, from: Bits | undefined): boolean {
  if (from === undefined) return false;
  let added = false;
  for (let i = 0; i < into.length; i++)
    if (from[i] === 1 && into[i] === 0) {
      into[i] = 1;
      added = true;
    }
  return added;
}

function differs(a: Bits, b: Bits): boolean {
  return a.some((bit, i) => bit !== b[i]);
}

/** At each access, what is accessed conflicts with what is needed there. */
function markBlock(scope: Scope, block: Block, after: Bits, before: Bits, matrix: readonly Bits[]): void {
  const live = after.slice();
  const reached = before.slice();
  const reachedAt = new Map<number, Bits>();
  for (const { id } of block.instrs) {
    const touched = scope.accesses.get(id);
    if (touched === undefined) continue;
    for (const index of touched) reached[index] = 1;
    reachedAt.set(id, reached.slice());
  }
  for (let i = block.instrs.length - 1; i >= 0; i--) {
    const instr = block.instrs[i] as Instr;
    const touched = scope.accesses.get(instr.id);
    if (touched === undefined) continue;
    for (const index of touched) {
      const row = matrix[index] as Bits;
      const there = reachedAt.get(instr.id) as Bits;
      for (let other = 0; other < live.length; other++) if (live[other] === 1 && there[other] === 1) row[other] = 1;
      for (const other of touched) row[other] = 1;
    }
    stepUp(scope, instr, live);
  }
}
