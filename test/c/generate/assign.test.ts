import { expect, it } from 'vitest';
import { printInsn } from '../../../server/src/asm/pseudoC/print.ts';
import { assignRegisters } from '../../../server/src/c/generate/assign.ts';
import { linkBlocks, newBlock, newOp, type Code, type CodeBlock } from '../../../server/src/c/generate/code.ts';
import { alu, aluImm, EXIT, GOTO, load } from '../../../server/src/c/generate/insns.ts';
import { lifetimesOf, type Line } from '../../../server/src/c/generate/lifetimes.ts';
import { IN_MEMORY, type Piece } from '../../../server/src/c/generate/pieces.ts';
import type { Insn } from '../../../server/src/isa/insn.ts';

const [A, B] = [16, 17];
const IF_ZERO: Insn = {
  kind: 'jump', op: 'eq', wide: true, dst: A, source: 'imm', src: 0, imm: 0, off: 0,
}; // prettier-ignore

function add(code: Code, insns: readonly Insn[]): CodeBlock {
  const block = newBlock(code);
  block.ops = insns.map((insn) => newOp(insn, 0, null));
  return block;
}

/** Pieces of a register, each with its first instruction. */
function piecesOf({ tracks }: Line, reg: number, list: readonly (readonly [first: number, reg: number])[]): Piece[] {
  const track = tracks[reg]!;
  return list.map(([first, place], i) => ({
    track,
    from: i === 0 ? track.starts[0]! : first * 4,
    to: i + 1 < list.length ? list[i + 1]![0] * 4 : track.ends.at(-1)!,
    reg: place,
    at: 0,
  }));
}

it('what leads into a block of one instruction comes before what leads out of it', () => {
  const code: Code = { name: 'f', blocks: [], nextVirtual: 18, objects: [] };
  const entry = add(code, [load(A, 1, 0, 8), load(B, 1, 8, 8), IF_ZERO]);
  const last = add(code, [alu('sub', true, A, B), alu('mov', true, 0, A), EXIT]);
  const out = add(code, [aluImm('mov', true, 0, 0), EXIT]);
  const between = add(code, [GOTO]);
  entry.succs = [out, between];
  between.succs = [last];
  linkBlocks(code.blocks);
  const line = lifetimesOf(code);
  const pieces: Piece[][] = [];
  pieces[A] = piecesOf(line, A, [[0, 6], [3, 7], [8, IN_MEMORY]]); // prettier-ignore
  pieces[B] = piecesOf(line, B, [[1, 8], [2, IN_MEMORY], [3, 8], [8, 7]]); // prettier-ignore
  assignRegisters(code, line, { pieces, failedAt: null });
  for (const [i, object] of code.objects.entries()) object.offset = -8 * (i + 1);
  const shown = between.ops.map(({ insn, frame }) =>
    printInsn(insn.kind === 'load' && frame !== null ? { ...insn, off: frame.offset } : (insn as Insn)),
  );
  expect(shown).toEqual(['r7 = *(u64 *)(r10 -16)', 'r8 = r7', 'r7 = *(u64 *)(r10 -8)', 'goto pc+0']);
});
