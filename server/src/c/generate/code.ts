/**
 * A function between the intermediate language and the machine: blocks of instructions whose registers may still be
 * virtual, with symbols, frame objects and CO-RE requests beside them.
 */
import type { Insn } from '../../isa/insn.ts';
import type { AsmText, CoreRequest, DebugVariable, InlinedCall, IrSymbol, Value } from '../ir/ir.ts';
import type { Place } from '../places.ts';

/** Registers from here on are virtual; below they are the machine's. */
export const FIRST_VIRTUAL = 16;

/** The frame pointer. */
export const FRAME = 10;

export interface Code {
  readonly name: string;
  /** In the order of their placement once `layOut` has run; blocks[0] is the entry. */
  blocks: CodeBlock[];
  /** The next free virtual register. */
  nextVirtual: number;
  readonly objects: FrameObject[];
}

export interface CodeBlock {
  readonly id: number;
  ops: Op[];
  /** Of a jump: where to when it holds, where to otherwise. Of an asm: what follows, then its labels. */
  succs: CodeBlock[];
  preds: CodeBlock[];
  /** Number of loops around it. */
  depth: number;
  /** Of a branch: whether it is expected to hold. */
  likely: boolean | null;
}

/** One piece of the frame: a variable, a temporary, a spilled register. */
export interface FrameObject {
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly variable: DebugVariable | null;
  /** The first byte of the variable that it holds, and the inlined call whose variable it is. */
  readonly variableOff: number;
  readonly inlinedAt: InlinedCall | null;
  /** Of the alloca; -1 for others. */
  readonly id: number;
  /** Ids of those that it must not share bytes with; null: it shares with none. */
  readonly conflicts: ReadonlySet<number> | null;
  /** From r10; 0 until the frame is laid out. */
  offset: number;
}

export interface Op {
  insn: CodeInsn;
  readonly place: Place;
  readonly inlinedAt: InlinedCall | null;
  /** Its offset is added to `off` of an access, to the value of `rN = r10`, to `imm` of an addition. */
  frame: FrameObject | null;
  symbol: IrSymbol | null;
  addend: number;
  core: CoreRequest | null;
  /** Of a call: how many registers carry arguments. Of an exit: 1 when r0 is read. */
  args: number;
}

export type CodeInsn = Insn | AsmInsn | DebugInsn;

/** Inline assembly, assembled when its registers are known. */
export interface AsmInsn {
  readonly kind: 'asm';
  readonly asm: AsmText;
  readonly operands: readonly AsmOperand[];
  readonly reads: readonly number[];
  readonly writes: readonly { readonly reg: number; readonly early: boolean }[];
  /** Machine registers that it changes. */
  readonly clobbers: readonly number[];
  /** What is left of the asm before a jump: the labels are the block's successors from 1 on. */
  readonly jumps: boolean;
}

export type AsmOperand =
  | { readonly kind: 'register'; readonly reg: number }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'symbol'; readonly symbol: IrSymbol; readonly addend: number }
  | { readonly kind: 'memory'; readonly base: number; readonly off: number; readonly frame: FrameObject | null };

/** From here on a variable has this value. Takes no room and keeps nothing alive. */
export interface DebugInsn {
  readonly kind: 'debug';
  readonly variable: DebugVariable;
  readonly off: number;
  readonly size: number;
  readonly value: Value;
  /** The register that holds the value; -1 when none does. */
  reg: number;
  /** Where in the frame the value lies, if it does. */
  slot: FrameObject | null;
}

export function newBlock(code: Code): CodeBlock {
  const block: CodeBlock = {
    id: code.blocks.length,
    ops: [],
    succs: [],
    preds: [],
    depth: 0,
    likely: null,
  };
  code.blocks.push(block);
  return block;
}

export function newOp(insn: CodeInsn, place: Place, inlinedAt: InlinedCall | null): Op {
  return { insn, place, inlinedAt, frame: null, symbol: null, addend: 0, core: null, args: 0 };
}

/** Sets `preds` of all blocks from `succs`. */
export function linkBlocks(blocks: readonly CodeBlock[]): void {
  for (const block of blocks) block.preds.length = 0;
  for (const block of blocks) for (const succ of block.succs) succ.preds.push(block);
}

export function isVirtual(reg: number): boolean {
  return reg >= FIRST_VIRTUAL;
}

/** A copy of a whole register to another. */
export function isCopy(insn: CodeInsn): insn is Insn & { kind: 'alu'; source: 'reg' } {
  return insn.kind === 'alu' && insn.op === 'mov' && insn.wide && insn.source === 'reg' && insn.signExtendBits === 0;
}
