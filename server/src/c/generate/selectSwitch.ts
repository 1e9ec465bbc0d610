/** A switch becomes a tree of comparisons, as clang makes for BPF, which has no jump tables. */
import type { JumpOp } from '../../isa/insn.ts';
import type { Block, Instr } from '../ir/ir.ts';
import { newBlock, type CodeBlock } from './code.ts';
import { GOTO } from './insns.ts';
import { extended } from './selectBinary.ts';
import { setBranch } from './selectCompare.ts';
import { constantInto, emit, fitsImm, newRegister, registerOf, type Selection } from './selection.ts';
import { isUnreachable } from './selectFlow.ts';

interface Case {
  readonly first: bigint;
  readonly last: bigint;
  readonly to: CodeBlock;
}

interface Tree {
  readonly sel: Selection;
  readonly dst: number;
  readonly wide: boolean;
  readonly otherwise: CodeBlock | null;
}

export function selectSwitch(sel: Selection, instr: Instr & { op: 'switch' }, edgeTo: (to: Block) => CodeBlock): void {
  const [value] = instr.args;
  if (value === undefined) return;
  const edges = new Map<Block, CodeBlock>();
  const edge = (to: Block): CodeBlock => {
    let made = edges.get(to);
    if (made === undefined) edges.set(to, (made = edgeTo(to)));
    return made;
  };
  const bits = value.type === 'i32' ? 32 : 64;
  const signed = instr.cases.some(({ first }) => first < 0n);
  const wrap = (number: bigint): bigint => (signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number));
  const cases = instr.cases
    .filter(({ to }) => !isUnreachable(to) && to !== instr.otherwise)
    .map(({ first, last, to }) => ({ first: wrap(first), last: wrap(last), to: edge(to) }))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  const otherwise = isUnreachable(instr.otherwise) && cases.length > 0 ? null : edge(instr.otherwise);
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  const extends32 = value.type === 'i32' && sel.cpu < 3;
  const dst = extends32 ? extended(sel, value, signed ? 'sign' : 'zero') : registerOf(sel, value);
  const tree: Tree = { sel, dst, wide: value.type !== 'i32' || extends32, otherwise };
  branchOver(tree, signed, sel.block, joined(cases, otherwise === null), low, high);
}

/** Neighbours that lead to the same place are one; gaps do not matter where nothing else can be. */
function joined(cases: readonly Case[], closed: boolean): Case[] {
  const result: Case[] = [];
  for (const one of cases) {
    const last = result.at(-1);
    if (last?.to === one.to && (closed || last.last + 1n === one.first))
      result[result.length - 1] = { ...last, last: one.last };
    else result.push(one);
  }
  return result;
}

/** Ends `block` with the choice among `cases`; the value is known to lie between `low` and `high`. */
function branchOver(
  tree: Tree,
  signed: boolean,
  block: CodeBlock,
  cases: readonly Case[],
  low: bigint,
  high: bigint,
): void {
  const [only] = cases;
  if (only === undefined) return goTo(tree, block, tree.otherwise);
  if (cases.length === 1) return branchToOne(tree, signed, block, only, low, high);
  if (cases.length <= 3 && cases.every(({ first, last }) => first === last)) return branchInTurn(tree, signed, block, cases, low, high); // prettier-ignore
  const middle = cases.length >> 1;
  const pivot = (cases[middle] as Case).first;
  const below = newBlock(tree.sel.code);
  const above = newBlock(tree.sel.code);
  branchOver(tree, signed, below, cases.slice(0, middle), low, pivot - 1n);
  branchOver(tree, signed, above, cases.slice(middle), pivot, high);
  // `value > pivot - 1` is the comparison that clang writes.
  branch(tree, block, signed ? 'sgt' : 'gt', pivot - 1n, above, below);
}

function branchInTurn(
  tree: Tree,
  signed: boolean,
  block: CodeBlock,
  cases: readonly Case[],
  low: bigint,
  high: bigint,
): void {
  const [first, ...rest] = cases;
  if (first === undefined) return goTo(tree, block, tree.otherwise);
  if (rest.length === 0) return branchToOne(tree, signed, block, first, low, high);
  const next = newBlock(tree.sel.code);
  branchInTurn(tree, signed, next, rest, low === first.first ? low + 1n : low, high);
  branch(tree, block, 'eq', first.first, first.to, next);
}

function branchToOne(tree: Tree, signed: boolean, block: CodeBlock, one: Case, low: bigint, high: bigint): void {
  const { otherwise } = tree;
  if (otherwise === null || (one.first <= low && one.last >= high)) return goTo(tree, block, one.to);
  if (one.first === one.last) return branch(tree, block, 'eq', one.first, one.to, otherwise);
  if (one.first <= low) return branch(tree, block, signed ? 'sgt' : 'gt', one.last, otherwise, one.to);
  if (one.last >= high) return branch(tree, block, signed ? 'sgt' : 'gt', one.first - 1n, one.to, otherwise);
  const inside = newBlock(tree.sel.code);
  branch(tree, inside, signed ? 'sgt' : 'gt', one.last, otherwise, one.to);
  branch(tree, block, signed ? 'sgt' : 'gt', one.first - 1n, inside, otherwise);
}

/** In the block being selected the code goes before its end; the others hold nothing else. */
function goTo(tree: Tree, block: CodeBlock, to: CodeBlock | null): void {
  if (to === null) return;
  inBlock(tree, block, () => emit(tree.sel, GOTO));
  block.succs = [to];
}

function branch(tree: Tree, block: CodeBlock, op: JumpOp, than: bigint, then: CodeBlock, otherwise: CodeBlock): void {
  const { sel, dst, wide } = tree;
  inBlock(tree, block, () => {
    const value = wide ? BigInt.asUintN(64, than) : BigInt.asUintN(32, than);
    const operand = { source: 'imm', src: 0, imm: Number(BigInt.asIntN(32, than)) } as const;
    if (!wide || fitsImm(value)) emit(sel, { kind: 'jump', op, wide, dst, ...operand, off: 0 });
    else {
      const src = newRegister(sel);
      emit(sel, constantInto(sel.cpu, src, value, false));
      emit(sel, { kind: 'jump', op, wide, dst, source: 'reg', src, imm: 0, off: 0 });
    }
  });
  setBranch(block, then, otherwise, null);
}

function inBlock({ sel }: Tree, block: CodeBlock, fill: () => void): void {
  if (block === sel.block) return fill();
  const { out } = sel;
  sel.out = [];
  fill();
  block.ops = sel.out;
  sel.out = out;
}
