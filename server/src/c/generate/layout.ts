/**
 * The order of blocks: each before its successors (but for loops), loops in one piece, the likely way straight on. An
 * order by depth-first search has the first two when what leaves a loop is visited first.
 */
import { isCopy, type Code, type CodeBlock } from './code.ts';

/** Puts `code.blocks` in order, drops what cannot be reached, and sets the depth of loops. */
export function layOut(code: Code): void {
  const [entry] = code.blocks;
  if (entry === undefined) return;
  const loops = findLoops(entry);
  for (const block of loops.order) block.depth = depthOf(loops, block);
  code.blocks = orderBlocks(entry, loops);
  const placed = new Set(code.blocks);
  for (const block of code.blocks) block.preds = block.preds.filter((pred) => placed.has(pred));
}

interface Loops {
  /** Reverse postorder. */
  readonly order: readonly CodeBlock[];
  /** The head of the innermost loop around a block. */
  readonly heads: Map<CodeBlock, CodeBlock>;
  /** The loop around a loop, by their heads. */
  readonly parents: Map<CodeBlock, CodeBlock>;
}

function findLoops(entry: CodeBlock): Loops {
  const order: CodeBlock[] = [];
  const backEdges: { from: CodeBlock; to: CodeBlock }[] = [];
  const state = new Map<CodeBlock, 'open' | 'done'>([[entry, 'open']]);
  const stack: { block: CodeBlock; next: number }[] = [{ block: entry, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const succ = top.block.succs[top.next++];
    if (succ === undefined) {
      state.set(top.block, 'done');
      order.push(top.block);
      stack.pop();
    } else if (!state.has(succ)) {
      state.set(succ, 'open');
      stack.push({ block: succ, next: 0 });
    } else if (state.get(succ) === 'open') backEdges.push({ from: top.block, to: succ });
  }
  order.reverse();
  const loops: Loops = { order, heads: new Map(), parents: new Map() };
  nestLoops(loops, backEdges);
  return loops;
}

/** Inner loops first, so that a block keeps the innermost head and outer loops step over inner ones as a whole. */
function nestLoops(loops: Loops, backEdges: readonly { from: CodeBlock; to: CodeBlock }[]): void {
  const position = new Map(loops.order.map((block, i) => [block, i]));
  const latches = new Map<CodeBlock, CodeBlock[]>();
  for (const { from, to } of backEdges) {
    const known = latches.get(to);
    if (known === undefined) latches.set(to, [from]);
    else known.push(from);
  }
  const heads = [...latches.keys()].sort((a, b) => (position.get(b) ?? 0) - (position.get(a) ?? 0));
  for (const head of heads) fillLoop(loops, head, latches.get(head) ?? [], position);
}

function fillLoop(loops: Loops, head: CodeBlock, latches: CodeBlock[], position: Map<CodeBlock, number>): void {
  const { heads, parents } = loops;
  const first = position.get(head) ?? 0;
  const work = [...latches];
  const seen = new Set<CodeBlock>();
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    const outer = outermost(loops, block);
    if (outer === head || seen.has(outer) || (position.get(outer) ?? -1) < first) continue;
    seen.add(outer);
    if (heads.has(outer) && heads.get(outer) === outer) parents.set(outer, head);
    else heads.set(outer, head);
    for (const pred of outer.preds) if (position.has(pred)) work.push(pred);
  }
  heads.set(head, head);
}

/** The head of the outermost known loop around the block, or the block itself. */
function outermost({ heads, parents }: Loops, block: CodeBlock): CodeBlock {
  let head = heads.get(block) ?? block;
  for (let parent = parents.get(head); parent !== undefined; parent = parents.get(head)) head = parent;
  return head;
}

function depthOf({ heads, parents }: Loops, block: CodeBlock): number {
  let depth = 0;
  for (let head = heads.get(block); head !== undefined; head = parents.get(head)) depth++;
  return depth;
}

function orderBlocks(entry: CodeBlock, loops: Loops): CodeBlock[] {
  const order: CodeBlock[] = [];
  const seen = new Set<CodeBlock>([entry]);
  const stack: { block: CodeBlock; next: CodeBlock[] }[] = [{ block: entry, next: visitOrder(entry, loops) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const succ = top.next.pop();
    if (succ === undefined) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(succ)) {
      seen.add(succ);
      stack.push({ block: succ, next: visitOrder(succ, loops) });
    }
  }
  return order.reverse();
}

/** Successors, the one to be visited first at the end. What is visited last follows the block at once. */
function visitOrder(block: CodeBlock, loops: Loops): CodeBlock[] {
  const { succs, likely } = block;
  const [first, second] = succs;
  const aside = first !== undefined && (onlyLeaves(first) || (onlySets(first) && !(second && onlySets(second))));
  const reversed = likely === false || (likely === null && aside);
  const next = reversed ? succs.toReversed() : [...succs];
  if (next.length < 2) return next;
  const stays = (succ: CodeBlock): number => sharedDepth(loops, block, succ);
  return next.map((succ, i) => ({ succ, i })).sort((a, b) => stays(b.succ) - stays(a.succ) || a.i - b.i).map(({ succ }) => succ); // prettier-ignore
}

/** A block that only returns what is there already: it is best jumped to. */
function onlyLeaves({ ops }: CodeBlock): boolean {
  return ops.every(({ insn }) => insn.kind === 'exit' || insn.kind === 'debug' || (isCopy(insn) && insn.dst === 0));
}

/**
 * A block that only sets values on the way to where others lead, too. The verifier walks straight on first: what it finds
 * there of computed values holds for one of them as well, and it need not go on behind the block again.
 */
function onlySets({ ops, succs }: CodeBlock): boolean {
  const [target] = succs;
  if (succs.length !== 1 || target === undefined || target.preds.length < 2 || onlyLeaves(target)) return false;
  return ops.every(
    ({ insn }) => insn.kind === 'goto' || insn.kind === 'debug' || (insn.kind === 'alu' && insn.op === 'mov'),
  );
}

/** How many of the loops around `block` an edge stays in. */
function sharedDepth({ heads, parents }: Loops, block: CodeBlock, succ: CodeBlock): number {
  const around = new Set<CodeBlock>();
  for (let head = heads.get(block); head !== undefined; head = parents.get(head)) around.add(head);
  let depth = 0;
  for (let head = heads.get(succ); head !== undefined; head = parents.get(head)) if (around.has(head)) depth++;
  return depth;
}
