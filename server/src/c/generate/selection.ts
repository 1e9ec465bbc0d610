/**
 * The state of instruction selection and its common steps. Blocks are selected from their ends upwards, so that an
 * operation is known to be needed, or folded into all that use it, before it is its turn.
 */
import type { Insn } from '../../isa/insn.ts';
import type { Block, Constant, InlinedCall, Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';
import type { Cpu } from '../machine.ts';
import type { Place } from '../places.ts';
import { reportError, type Problems } from '../problem.ts';
import { FRAME, newBlock, newOp, type Code, type CodeBlock, type CodeInsn, type FrameObject, type Op } from './code.ts';
import type { Conflicts } from './frameConflicts.ts';
import { aluImm, copy, loadImm64 } from './insns.ts';
import { bitsOf, rootOf, type Widths } from './widths.ts';

export interface Selection {
  readonly module: IrModule;
  readonly fn: IrFunction;
  readonly cpu: Cpu;
  readonly code: Code;
  readonly problems: Problems;
  readonly widths: Widths;
  /** By id: number of uses. */
  readonly uses: Int32Array;
  /** By id of a comparison: number of branches that ask for its truth. */
  readonly truths: ReadonlyMap<number, number>;
  /** By id: virtual register; 0 for none yet. */
  readonly regs: Int32Array;
  /** By id of the alloca. */
  readonly frames: Map<number, FrameObject>;
  /** Null where variables share no bytes. */
  readonly conflicts: Conflicts | null;
  readonly blocks: Map<Block, CodeBlock>;
  /** By id of the asm: registers of its outputs that are wanted, by their index. */
  readonly asmOutputs: Map<number, Map<number, number>>;
  /** What is being selected. */
  irBlock: Block;
  block: CodeBlock;
  place: Place;
  inlinedAt: InlinedCall | null;
  /** Of the current instruction, in order. */
  out: Op[];
  /** Of the rest of the block, last one first. */
  reversed: Op[];
  /** Constants of two slots and addresses of symbols: made once in a block, before their first use. */
  shared: Map<number, Shared>;
  touched: Shared[];
}

interface Shared {
  readonly value: Value;
  readonly reg: number;
  block: CodeBlock;
  /** Number of instructions behind it in the block. */
  at: number;
}

export function newRegister({ code }: Selection): number {
  return code.nextVirtual++;
}

export function emit(sel: Selection, insn: CodeInsn): Op {
  const op = newOp(insn, sel.place, sel.inlinedAt);
  sel.out.push(op);
  return op;
}

/** Puts what `fill` emits into a block of its own. */
export function emitBlock(sel: Selection, fill: () => void): CodeBlock {
  const { out } = sel;
  sel.out = [];
  fill();
  const block = newBlock(sel.code);
  block.ops = sel.out;
  sel.out = out;
  return block;
}

/** Moves the current instruction's operations before the rest of its block. */
export function flush(sel: Selection): void {
  const { out, reversed, touched } = sel;
  for (let i = out.length - 1; i >= 0; i--) reversed.push(out[i] as Op);
  out.length = 0;
  for (const shared of touched) {
    shared.block = sel.block;
    shared.at = reversed.length;
  }
  touched.length = 0;
}

/** What follows in the block becomes a block of its own, which keeps the successors. */
export function cutBelow(sel: Selection): CodeBlock {
  const below = newBlock(sel.code);
  below.ops = sel.reversed.reverse();
  below.succs = sel.block.succs;
  below.likely = sel.block.likely;
  for (const shared of sel.shared.values()) if (shared.block === sel.block) moveShared(shared, below);
  sel.block.succs = [];
  sel.reversed = [];
  return below;
}

/** In a finished block positions count from the beginning. */
function moveShared(shared: Shared, below: CodeBlock): void {
  shared.block = below;
  shared.at = below.ops.length - shared.at;
}

/** Ends the work on the current block: what is shared gets its place. */
export function finishBlock(sel: Selection): void {
  sel.block.ops = sel.reversed.reverse();
  const places = new Map<CodeBlock, { at: number; ops: Op[] }[]>();
  for (const shared of sel.shared.values()) {
    const { block } = shared;
    const at = block === sel.block ? block.ops.length - shared.at : shared.at;
    materialise(sel, shared.reg, shared.value);
    const made = { at, ops: sel.out.splice(0) };
    const known = places.get(block);
    if (known === undefined) places.set(block, [made]);
    else known.push(made);
  }
  for (const [block, insertions] of places) insertOps(block, insertions);
  sel.shared.clear();
  sel.reversed = [];
}

/** One walk, however many insertions. */
export function insertOps(block: CodeBlock, insertions: { readonly at: number; readonly ops: readonly Op[] }[]): void {
  insertions.sort((a, b) => a.at - b.at);
  const ops: Op[] = [];
  let from = 0;
  for (const { at, ops: inserted } of insertions) {
    for (; from < at; from++) ops.push(block.ops[from] as Op);
    for (const op of inserted) ops.push(op);
  }
  for (; from < block.ops.length; from++) ops.push(block.ops[from] as Op);
  block.ops = ops;
}

/** A register that holds the value where the current instruction stands. */
export function registerOf(sel: Selection, value: Value): number {
  const root = rootOf(sel.widths, value);
  if (root.op === 'address' || (root.op === 'const' && takesTwoSlots(sel, root))) return sharedRegister(sel, root);
  if (!isMadeAnew(root) && frameAddress(sel, root) === null) return lastingRegister(sel, root);
  const reg = newRegister(sel);
  materialise(sel, reg, root);
  return reg;
}

/** As `registerOf`, but an address in the frame is made once in a block. */
export function sharedBase(sel: Selection, value: Value): number {
  const root = rootOf(sel.widths, value);
  return frameAddress(sel, root) === null ? registerOf(sel, root) : sharedRegister(sel, root);
}

/** The register that holds an instruction's or parameter's value all its life. */
export function lastingRegister(sel: Selection, value: Value): number {
  const known = sel.regs[value.id] ?? 0;
  if (known !== 0) return known;
  const reg = newRegister(sel);
  sel.regs[value.id] = reg;
  return reg;
}

function sharedRegister(sel: Selection, value: Value): number {
  let shared = sel.shared.get(value.id);
  if (shared === undefined) {
    shared = { value, reg: newRegister(sel), block: sel.block, at: 0 };
    sel.shared.set(value.id, shared);
  }
  sel.touched.push(shared);
  return shared.reg;
}

/** What costs no more to make again than to keep. */
function isMadeAnew(value: Value): boolean {
  return value.op === 'const' || value.op === 'core' || value.op === 'alloca' || value.op === 'address';
}

function takesTwoSlots(sel: Selection, { type, value }: Constant): boolean {
  return type !== 'i32' && !fitsImm(value) && !(sel.cpu >= 3 && value < 0x1_0000_0000n);
}

/** Puts a value into a register of the instruction's own: an argument, the target of a two-address operation. */
export function moveInto(sel: Selection, dst: number, value: Value): void {
  const root = rootOf(sel.widths, value);
  if (isMadeAnew(root) || frameAddress(sel, root) !== null) materialise(sel, dst, root);
  else emit(sel, copy(dst, lastingRegister(sel, root)));
}

/** As `moveInto`, and the upper half of an i32 becomes zero where 32-bit moves are to be had. */
export function moveExtended(sel: Selection, dst: number, value: Value): void {
  if (value.type !== 'i32' || sel.cpu < 3 || bitsOf(sel.widths, value) <= 32) moveInto(sel, dst, value);
  else emit(sel, { ...copy(dst, registerOf(sel, value)), wide: false } as Insn);
}

function materialise(sel: Selection, dst: number, value: Value): void {
  if (value.op === 'const') emit(sel, constantInto(sel.cpu, dst, value.value, value.type === 'i32'));
  else if (value.op === 'address') {
    const op = emit(sel, loadImm64(dst, 0n));
    op.symbol = value.symbol;
    op.addend = value.addend;
  } else if (value.op === 'core') {
    const insn = fitsImm(value.value) ? aluImm('mov', true, dst, Number(BigInt.asIntN(64, value.value))) : loadImm64(dst, value.value); // prettier-ignore
    emit(sel, insn).core = value.relocation;
  } else frameAddressInto(sel, dst, value);
}

function frameAddressInto(sel: Selection, dst: number, value: Value): void {
  const address = frameAddress(sel, value);
  const op = emit(sel, copy(dst, FRAME));
  op.frame = address?.frame ?? null;
  op.addend = address?.off ?? 0;
}

export function constantInto(cpu: Cpu, dst: number, value: bigint, narrow: boolean): Insn {
  if (narrow) return aluImm('mov', cpu < 3, dst, Number(BigInt.asIntN(32, value)));
  if (fitsImm(value)) return aluImm('mov', true, dst, Number(BigInt.asIntN(64, value)));
  if (cpu >= 3 && value < 0x1_0000_0000n) return aluImm('mov', false, dst, Number(BigInt.asIntN(32, value)));
  return loadImm64(dst, value);
}

/** Whether a 64-bit number is the sign extension of its lower half. */
export function fitsImm(value: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(32, value)) === value;
}

/** An address in the frame that is known but for the frame's layout. */
export function frameAddress(sel: Selection, value: Value): { frame: FrameObject; off: number } | null {
  let at = value;
  let off = 0;
  for (let depth = 0; depth < 8; depth++) {
    if (at.op === 'alloca') return { frame: frameOf(sel, at), off };
    const step = constantStep(at);
    if (step === null) return null;
    off += step.off;
    if (!Number.isSafeInteger(off) || Math.abs(off) > 0x7fff_ffff) return null;
    at = rootOf(sel.widths, step.base);
  }
  return null;
}

/** `base + off` of a 64-bit addition of a constant. */
export function constantStep(value: Value): { base: Value; off: number } | null {
  if (value.op !== 'binary' || value.type === 'i32' || (value.kind !== 'add' && value.kind !== 'sub')) return null;
  const [base, step] = value.args;
  if (base === undefined || step?.op !== 'const' || !fitsImm(step.value)) return null;
  const off = Number(BigInt.asIntN(64, step.value));
  return { base, off: value.kind === 'add' ? off : -off };
}

export function frameOf(sel: Selection, alloca: Instr & { op: 'alloca' }): FrameObject {
  let object = sel.frames.get(alloca.id);
  if (object === undefined) {
    const { id, sizeBytes, alignBytes, variable, variableOff, inlinedAt } = alloca;
    const conflicts = sel.conflicts?.get(alloca.id) ?? null;
    object = { sizeBytes, alignBytes, variable, variableOff, inlinedAt, id, conflicts, offset: 0 };
    sel.frames.set(alloca.id, object);
    sel.code.objects.push(object);
  }
  return object;
}

/** Tells of something that the machine cannot do, where the current instruction stands. */
export function refuse({ problems, place }: Selection, message: string): void {
  reportError(problems, 'unsupported-c', { start: place, end: place }, message);
}

/** Tells of something that only later machines can do. */
export function refuseCpu({ problems, place, cpu }: Selection, what: string, needed: Cpu): void {
  const message = `${what} needs -mcpu=v${needed}; this is compiled for v${cpu}`;
  reportError(problems, 'cpu-too-old', { start: place, end: place }, message);
}
