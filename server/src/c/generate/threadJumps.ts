/** Jumps lead straight to where control ends up: blocks that only jump on are left out. */
import { linkBlocks, newBlock, type Code, type CodeBlock, type Op } from './code.ts';
import { hoistCopies } from './hoistCopies.ts';
import { GOTO } from './insns.ts';

/** Runs on machine registers. */
export function threadJumps(code: Code): void {
  shareExit(code);
  thread(code);
  hoistCopies(code);
  thread(code);
  for (const [i, block] of code.blocks.entries()) leaveAtOnce(block, code.blocks[i + 1]);
  dropUnreached(code);
  linkBlocks(code.blocks);
}

function thread(code: Code): void {
  const ends = new Map<CodeBlock, CodeBlock>();
  for (const block of code.blocks) block.succs = block.succs.map((succ) => endOf(succ, ends));
  for (const block of code.blocks) simplifyEnd(block);
  dropUnreached(code);
  linkBlocks(code.blocks);
}

/** One place to leave a function, at its end; `leaveAtOnce` makes more where that saves a jump. */
function shareExit(code: Code): void {
  const leaving = code.blocks.filter(({ ops }) => ops.at(-1)?.insn.kind === 'exit');
  const last = leaving.at(-1)?.ops.at(-1);
  if (leaving.length < 2 || last === undefined) return;
  if (!leaving.every(({ ops }) => ops.at(-1)?.args === last.args)) return;
  const exit = newBlock(code);
  exit.ops.push({ ...last });
  for (const block of leaving) {
    const own = block.ops.pop();
    block.ops.push({ ...(own ?? last), insn: GOTO, args: 0 });
    block.succs = [exit];
  }
  linkBlocks(code.blocks);
}

function dropUnreached(code: Code): void {
  const reached = reachable(code.blocks[0]);
  code.blocks = code.blocks.filter((block) => reached.has(block));
}

/** The first block on the way that does something. A ring of empty blocks stays as it is. */
function endOf(block: CodeBlock, ends: Map<CodeBlock, CodeBlock>): CodeBlock {
  const passed: CodeBlock[] = [];
  let at = block;
  for (let next = onlyJumps(at); next !== null && !passed.includes(at) && passed.length < 1000; next = onlyJumps(at)) {
    const known = ends.get(at);
    passed.push(at);
    at = known ?? next;
    if (known !== undefined) break;
  }
  for (const one of passed) ends.set(one, at);
  return at;
}

function onlyJumps({ ops, succs }: CodeBlock): CodeBlock | null {
  const [only] = succs;
  if (only === undefined || succs.length > 1) return null;
  return ops.every(({ insn }) => insn.kind === 'debug' || insn.kind === 'goto') ? only : null;
}

function simplifyEnd(block: CodeBlock): void {
  const last = block.ops.at(-1);
  const [first, second] = block.succs;
  if (last === undefined || first === undefined) return;
  if (last.insn.kind === 'jump' && first === second) {
    last.insn = GOTO;
    block.succs = [first];
  }
}

/** To leave costs no more than to jump to where the function is left. */
function leaveAtOnce(block: CodeBlock, next: CodeBlock | undefined): void {
  const [to] = block.succs;
  if (block.ops.at(-1)?.insn.kind === 'exit' && next !== undefined && onlyExits(next) !== null)
    return fallInto(block, next);
  if (block.ops.at(-1)?.insn.kind !== 'goto' || to === undefined || to === next) return;
  const exit = onlyExits(to);
  if (exit === null) return;
  block.ops[block.ops.length - 1] = { ...exit };
  block.succs = [];
}

/** The exit that stands behind the block does as well. */
function fallInto(block: CodeBlock, next: CodeBlock): void {
  const last = block.ops.at(-1);
  if (last !== undefined) block.ops[block.ops.length - 1] = { ...last, insn: GOTO, args: 0 };
  block.succs = [next];
}

function onlyExits({ ops }: CodeBlock): Op | null {
  const rest = ops.filter(({ insn }) => insn.kind !== 'debug');
  return rest.length === 1 && rest[0]?.insn.kind === 'exit' ? rest[0] : null;
}

function reachable(entry: CodeBlock | undefined): Set<CodeBlock> {
  const reached = new Set<CodeBlock>(entry === undefined ? [] : [entry]);
  for (const block of reached) for (const succ of block.succs) reached.add(succ);
  return reached;
}
