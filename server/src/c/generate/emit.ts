/** Blocks in their final order become slots: jumps get their distances, addresses their relocations. */
import type { Insn, JumpInsn, JumpOp } from '../../isa/insn.ts';
import { slots } from '../../isa/insn.ts';
import type { IrFunction, IrModule } from '../ir/ir.ts';
import type { Cpu, MachineFunction } from '../machine.ts';
import { reportError, type Problems } from '../problem.ts';
import { assembleOp, type AsmCode } from './asm/assembleOp.ts';
import { FRAME, type AsmInsn, type Code, type CodeBlock, type Op } from './code.ts';
import { aluImm, copy, GOTO } from './insns.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Tables = Pick<Mutable<MachineFunction>, 'insns' | 'relocations' | 'core' | 'lines'>;

export interface Emitted extends Tables {
  /** By index of a debug instruction in the order of the code: the slot where it stands. */
  readonly places: Map<Op, number>;
}

interface Emission extends Emitted {
  readonly code: Code;
  readonly module: IrModule;
  readonly fn: IrFunction;
  readonly cpu: Cpu;
  readonly problems: Problems;
  readonly starts: Map<CodeBlock, number>;
  readonly fixups: { readonly pc: number; readonly to: CodeBlock }[];
  asmCount: number;
}

export function emitCode(code: Code, module: IrModule, fn: IrFunction, cpu: Cpu, problems: Problems): Emitted {
  const emission: Emission = {
    insns: [], relocations: [], core: [], lines: [], places: new Map(),
    code, module, fn, cpu, problems, starts: new Map(), fixups: [], asmCount: 0,
  }; // prettier-ignore
  for (const [i, block] of code.blocks.entries()) {
    emission.starts.set(block, emission.insns.length);
    emitBlock(emission, block, code.blocks[i + 1] ?? null);
  }
  for (const { pc, to } of emission.fixups) fix(emission, pc, (emission.starts.get(to) ?? 0) - pc - 1);
  return emission;
}

function emitBlock(emission: Emission, block: CodeBlock, next: CodeBlock | null): void {
  for (const op of block.ops) {
    emission.places.set(op, emission.insns.length);
    const { insn } = op;
    if (insn.kind === 'debug') continue;
    // A naked function leaves by its own assembly.
    if (emission.fn.attributes.naked && insn.kind === 'exit') continue;
    if (insn.kind === 'asm') emitAsm(emission, op, insn, block, next);
    else if (insn.kind === 'jump') emitJump(emission, op, insn, block, next);
    else if (insn.kind === 'goto') goTo(emission, op, block.succs[0], next);
    else emitOp(emission, op, insn);
  }
}

function goTo(emission: Emission, op: Op, to: CodeBlock | undefined, next: CodeBlock | null): void {
  if (to === undefined || to === next) return;
  emission.fixups.push({ pc: emission.insns.length, to });
  push(emission, op, GOTO);
}

function emitJump(emission: Emission, op: Op, insn: JumpInsn, block: CodeBlock, next: CodeBlock | null): void {
  const [then, otherwise] = block.succs;
  if (then === undefined) return;
  const opposite = then === next ? oppositeOf(insn, emission.cpu) : null;
  const to = opposite === null ? then : otherwise;
  if (to === undefined) return;
  emission.fixups.push({ pc: emission.insns.length, to });
  push(emission, op, opposite ?? insn);
  if (opposite === null) goTo(emission, op, otherwise, next);
}

const OPPOSITES: Readonly<Partial<Record<JumpOp, JumpOp>>> = {
  eq: 'ne', ne: 'eq', gt: 'le', le: 'gt', ge: 'lt', lt: 'ge', sgt: 'sle', sle: 'sgt', sge: 'slt', slt: 'sge',
}; // prettier-ignore

const SWAPPED: Readonly<Partial<Record<JumpOp, JumpOp>>> = { lt: 'gt', le: 'ge', slt: 'sgt', sle: 'sge' };

/** The jump that is taken when this one is not; null where the machine has none. */
function oppositeOf(insn: JumpInsn, cpu: Cpu): JumpInsn | null {
  const op = OPPOSITES[insn.op];
  if (op === undefined) return null;
  const swapped = SWAPPED[op];
  if (cpu > 1 || swapped === undefined) return { ...insn, op };
  return insn.source === 'reg' ? { ...insn, op: swapped, dst: insn.src, src: insn.dst } : null;
}

function emitOp(emission: Emission, op: Op, insn: Insn): void {
  const pc = emission.insns.length;
  const { frame, symbol, core } = op;
  if (core !== null) emission.core.push({ pc, request: core });
  if (symbol !== null) {
    const kind = insn.kind === 'call' ? 'call' : 'address';
    emission.relocations.push({ pc, kind, symbol, addend: op.addend });
  }
  if (insn.kind === 'alu' && frame !== null) return emitFrameAddress(emission, op, insn.dst, frame.offset + op.addend);
  if (insn.kind === 'loadImm64' && symbol !== null)
    return push(emission, op, { ...insn, lo: op.addend | 0, hi: op.addend < 0 ? -1 : 0 });
  if (frame !== null && 'off' in insn) return push(emission, op, { ...insn, off: insn.off + frame.offset });
  push(emission, op, insn);
}

function emitFrameAddress(emission: Emission, op: Op, dst: number, off: number): void {
  push(emission, op, copy(dst, FRAME));
  if (off !== 0) push(emission, op, aluImm('add', true, dst, off));
}

function emitAsm(emission: Emission, op: Op, insn: AsmInsn, block: CodeBlock, next: CodeBlock | null): void {
  const { module, problems } = emission;
  const assembled = assembleOp(op, insn, String(emission.asmCount++), module, problems);
  const base = emission.insns.length;
  for (const one of assembled.insns) if (one.kind !== 'wideSlot') push(emission, op, one);
  addAsmTables(emission, assembled, base, block);
  if (insn.jumps) goTo(emission, op, block.succs[0], next);
}

function addAsmTables(emission: Emission, { relocations, jumps }: AsmCode, base: number, block: CodeBlock): void {
  for (const one of relocations) emission.relocations.push({ ...one, pc: base + one.pc });
  for (const { pc, label } of jumps) {
    const to = block.succs[label + 1];
    if (to !== undefined) emission.fixups.push({ pc: base + pc, to });
  }
}

function push(emission: Emission, op: Op, insn: Insn): void {
  noteLine(emission, op);
  emission.insns.push(insn);
  if (slots(insn) === 2) emission.insns.push({ kind: 'wideSlot' });
}

function noteLine({ lines, insns }: Emission, { place, inlinedAt }: Op): void {
  const last = lines.at(-1);
  if (place < 0 || (last?.place === place && last.inlinedAt === inlinedAt)) return;
  lines.push({ pc: insns.length, place, inlinedAt });
}

function fix({ insns, cpu, fn, problems }: Emission, pc: number, off: number): void {
  const insn = insns[pc];
  if (off < -0x8000 || off > 0x7fff) {
    if (insn?.kind === 'goto' && cpu === 4) insns[pc] = { ...insn, off, long: true };
    else reportError(problems, 'unsupported-c', { start: fn.place, end: fn.place }, `'${fn.name}' is too large: a jump in it leads over ${Math.abs(off)} instructions, of at most 32767`); // prettier-ignore
    return;
  }
  if (insn?.kind === 'jump' || insn?.kind === 'goto' || insn?.kind === 'mayGoto') insns[pc] = { ...insn, off };
}
