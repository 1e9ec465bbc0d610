/** Inline assembly: which registers its operands get. The text is assembled when they are known. */
import { computeBinary, computeConvert } from '../ir/compute.ts';
import type { AsmText, Block, Instr, Value } from '../ir/ir.ts';
import { addressOf } from './address.ts';
import type { AsmOperand, CodeBlock } from './code.ts';
import { copy } from './insns.ts';
import { emit, moveInto, newRegister, refuse, registerOf, type Selection } from './selection.ts';
import { rootOf } from './widths.ts';

type Asm = Instr & { op: 'asm' | 'asmGoto' };
type TextOperand = AsmText['operands'][number];

export function noteAsmOutput(sel: Selection, instr: Instr & { op: 'asmOutput' }, dst: number): void {
  const id = instr.args[0]?.id ?? -1;
  let outputs = sel.asmOutputs.get(id);
  if (outputs === undefined) sel.asmOutputs.set(id, (outputs = new Map()));
  outputs.set(instr.index, dst);
}

export function selectAsm(sel: Selection, instr: Instr & { op: 'asm' }, dst: number): void {
  const { asm } = instr;
  // A barrier for the optimiser; nothing is left of it here.
  if (asm.template.trim() === '' && asm.operands.length === 0) return;
  const outputs = new Map(sel.asmOutputs.get(instr.id) ?? []);
  if (dst !== 0) outputs.set(0, dst);
  emitAsm(sel, instr, asm, outputs, false);
}

/** Falls through to the first successor; the labels are the others. */
export function selectAsmGoto(
  sel: Selection,
  instr: Instr & { op: 'asmGoto' },
  edgeTo: (to: Block) => CodeBlock,
): void {
  const edges = new Map<Block, CodeBlock>();
  const edge = (to: Block): CodeBlock => {
    let made = edges.get(to);
    if (made === undefined) edges.set(to, (made = edgeTo(to)));
    return made;
  };
  const succs = [edge(instr.next), ...instr.labels.map(edge)];
  emitAsm(sel, instr, instr.asm, new Map(), true);
  sel.block.succs = succs;
}

interface Wiring {
  readonly reads: number[];
  readonly writes: { reg: number; early: boolean }[];
  /** From fixed registers to where the values are wanted, behind the asm. */
  readonly after: { dst: number; src: number }[];
}

function emitAsm(sel: Selection, instr: Asm, asm: AsmText, outputs: Map<number, number>, jumps: boolean): void {
  const wiring: Wiring = { reads: [], writes: [], after: [] };
  const registers = new Map<number, number>();
  for (const [i, operand] of asm.operands.entries())
    if (operand.output !== null) registers.set(i, outputRegister(sel, operand, outputs.get(operand.output), wiring));
  const operands = asm.operands.map((operand, i) =>
    wire(sel, instr, operand, registers.get(i) ?? -1, registers, wiring),
  );
  const clobbers = asm.clobbers.flatMap((name) => machineRegister(name) ?? []);
  const { reads, writes } = wiring;
  emit(sel, { kind: 'asm', asm, operands, reads, writes, clobbers, jumps });
  for (const { dst, src } of wiring.after) emit(sel, copy(dst, src));
}

function outputRegister(sel: Selection, operand: TextOperand, wanted: number | undefined, wiring: Wiring): number {
  const fixed = fixedRegister(operand);
  const reg = fixed ?? wanted ?? newRegister(sel);
  if (fixed !== null && wanted !== undefined) wiring.after.push({ dst: wanted, src: fixed });
  wiring.writes.push({ reg, early: operand.constraint.includes('&') });
  return reg;
}

function wire(
  sel: Selection,
  instr: Asm,
  operand: TextOperand,
  output: number,
  registers: ReadonlyMap<number, number>,
  wiring: Wiring,
): AsmOperand {
  const value = operand.arg === null ? undefined : instr.args[operand.arg];
  if (value === undefined) return { kind: 'register', reg: output };
  if (output !== -1) return tied(sel, value, output, wiring);
  const { constraint } = operand;
  const other = /^\d+$/.test(constraint) ? registers.get(Number(constraint)) : undefined;
  if (other !== undefined) return tied(sel, value, other, wiring);
  if (/[insg]/.test(constraint)) {
    const immediate = immediateOperand(sel, value);
    if (immediate !== null) return immediate;
    if (!/[rgw]/.test(constraint)) refuse(sel, `invalid operand for inline asm constraint '${constraint}'`);
  }
  if (/[mo]/.test(constraint) && !/[r]/.test(constraint)) return memoryOperand(sel, value, wiring);
  const fixed = fixedRegister(operand);
  const reg = fixed ?? registerOf(sel, value);
  if (fixed !== null) moveInto(sel, fixed, value);
  wiring.reads.push(reg);
  return { kind: 'register', reg };
}

/** What goes in and what comes out share a register. */
function tied(sel: Selection, value: Value, reg: number, wiring: Wiring): AsmOperand {
  moveInto(sel, reg, value);
  wiring.reads.push(reg);
  return { kind: 'register', reg };
}

function immediateOperand(sel: Selection, value: Value): AsmOperand | null {
  const root = rootOf(sel.widths, value);
  if (root.op === 'address') return { kind: 'symbol', symbol: root.symbol, addend: root.addend };
  const number = constantOf(root, 0);
  if (number === null) return null;
  return { kind: 'number', value: BigInt.asIntN(root.type === 'i32' ? 32 : 64, number) };
}

/** As clang does, an offset that CO-RE could relocate is here what the program's own types say. */
function constantOf(value: Value, depth: number): bigint | null {
  if (value.op === 'const' || value.op === 'core') return value.value;
  if ((value.op !== 'binary' && value.op !== 'convert') || depth > 8) return null;
  const args = value.args.map((arg) => constantOf(arg, depth + 1));
  const [a = null, b = null] = args;
  const bits = value.type === 'i32' ? 32 : 64;
  if (a === null || (value.op === 'binary' && b === null)) return null;
  return value.op === 'binary' ? computeBinary(value.kind, bits, a, b ?? 0n) : computeConvert(value.kind, bits, a);
}

function memoryOperand(sel: Selection, value: Value, wiring: Wiring): AsmOperand {
  const { base, off, frame } = addressOf(sel, value, 0, 9);
  if (base !== 10) wiring.reads.push(base);
  return { kind: 'memory', base, off, frame };
}

/** `{r1}`: a variable that was declared to live in a register. */
function fixedRegister({ constraint }: TextOperand): number | null {
  const match = /\{([rw][0-9]+)\}/.exec(constraint);
  return match === null ? null : machineRegister(match[1] ?? '');
}

export function machineRegister(name: string): number | null {
  const match = /^[rw](\d)$/.exec(name);
  return match === null ? null : Number(match[1]);
}
