/**
 * Copies of an edge go before the jump where they harm nobody: `r0 = 1; if r1 == 0 goto out` instead of a block of its
 * own with `r0 = 1; goto out`. LLVM has the same effect, since it does not split such edges.
 */
import { isCopy, type Code, type CodeBlock, type Op } from './code.ts';
import { registersAbove } from './deadCode.ts';
import { forEachRead, forEachWrite } from './registers.ts';

interface Hoisting {
  readonly live: ReadonlyMap<CodeBlock, number>;
  readonly index: ReadonlyMap<CodeBlock, number>;
}

/** Runs on machine registers. */
export function hoistCopies(code: Code): void {
  const { blocks } = code;
  const hoisting: Hoisting = { live: registersAbove(code), index: new Map(blocks.map((block, i) => [block, i])) };
  for (const [i, block] of blocks.entries()) {
    const jump = block.ops.at(-1);
    if (jump?.insn.kind !== 'jump') continue;
    // The block that follows at once needs no jump; the other one is worth more.
    const order = block.succs[0] === blocks[i + 1] ? [1, 0] : [0, 1];
    for (const way of order) if (hoist(hoisting, block, jump, way)) break;
  }
}

function hoist({ live, index }: Hoisting, block: CodeBlock, jump: Op, way: number): boolean {
  const edge = block.succs[way];
  const other = block.succs[1 - way];
  if (edge === undefined || other === undefined || !isEdge(edge, other)) return false;
  if ((index.get(edge) ?? 0) + 1 === index.get(edge.succs[0] as CodeBlock)) return false;
  const copies = edge.ops.filter(({ insn }) => insn.kind !== 'debug' && insn.kind !== 'goto');
  if (copies.length === 0 || copies.length > MOST || !copies.every(isHarmless)) return false;
  const kept = (live.get(other) ?? 0) | readBy(jump);
  let written = 0;
  for (const op of copies) forEachWrite(op, (reg) => (written |= 1 << reg));
  if ((written & kept) !== 0) return false;
  block.ops.splice(-1, 0, ...copies);
  edge.ops = edge.ops.filter((op) => !copies.includes(op));
  return true;
}

/** A block between two others that several ways lead to. */
function isEdge({ preds, succs, ops }: CodeBlock, other: CodeBlock): boolean {
  const [target] = succs;
  if (target === undefined || target === other || preds.length !== 1 || succs.length !== 1) return false;
  return target.preds.length > 1 && ops.at(-1)?.insn.kind === 'goto';
}

/** More are not worth what they cost on the other way. */
const MOST = 2;

function isHarmless({ insn, frame }: Op): boolean {
  return insn.kind === 'alu' && insn.op === 'mov' && frame === null && (insn.source === 'imm' || isCopy(insn));
}

function readBy(op: Op): number {
  let read = 0;
  forEachRead(op, (reg) => (read |= 1 << reg));
  return read;
}
