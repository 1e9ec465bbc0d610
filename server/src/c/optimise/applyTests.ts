/**
 * Uses what branches have found out: behind the edge of `if (x == 0)` the same question needs no second answer, x is 0,
 * and smaller questions about its range are answered, too. One walk over the tree of dominators.
 */
import { NEGATED, SWAPPED } from '../ir/compute.ts';
import { dominatorsOf, type Dominators } from '../ir/dominators.ts';
import { constant, replaceAll, setInstrs, successorsOf } from '../ir/edit.ts';
import type { Block, CompareOp, Constant, Instr, IrFunction, Value } from '../ir/ir.ts';
import { bitsOf } from './knownBits.ts';
import { decide, fullRange, narrowed, within, type Range } from './ranges.ts';

interface Walk {
  readonly fn: IrFunction;
  readonly answers: Map<string, boolean>;
  readonly ranges: Map<Value, Range>;
  /** Values that are known to equal a constant. */
  readonly equal: Map<Value, Constant>;
  readonly replaced: Map<Value, Value>;
  undo: (() => void)[];
  changed: boolean;
}

/** True when something was decided. */
export function applyTests(fn: IrFunction): boolean {
  const dominators = dominatorsOf(fn);
  const walk: Walk = {
    fn,
    answers: new Map(),
    ranges: new Map(),
    equal: new Map(),
    replaced: new Map(),
    undo: [],
    changed: false,
  };
  walkTree(walk, dominators);
  if (walk.replaced.size > 0) {
    for (const block of fn.blocks) {
      if (!block.instrs.some((instr) => walk.replaced.has(instr))) continue;
      setInstrs(block, block.instrs.filter((instr) => !walk.replaced.has(instr))); // prettier-ignore
    }
    replaceAll(fn, walk.replaced);
  }
  return walk.changed;
}

function walkTree(walk: Walk, dominators: Dominators): void {
  const [entry] = dominators.order;
  const stack: { block: Block; next: number; undo: (() => void)[] }[] = [];
  const enter = (block: Block): void => {
    walk.undo = [];
    learnFromEdge(walk, block);
    visit(walk, block);
    stack.push({ block, next: 0, undo: walk.undo });
  };
  if (entry) enter(entry);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const child = dominators.children[dominators.index.get(top.block) ?? 0]?.[top.next++];
    if (child) enter(child);
    else {
      for (const undo of top.undo.reverse()) undo();
      stack.pop();
    }
  }
}

function learnFromEdge(walk: Walk, block: Block): void {
  const [pred, ...others] = block.preds;
  const last = pred?.instrs.at(-1);
  if (others.length > 0 || last?.op !== 'branch' || last.then === last.otherwise) return;
  const [a, b] = last.args as [Value, Value];
  learn(walk, block === last.then ? last.kind : NEGATED[last.kind], a, b);
}

/** What follows from a comparison that holds. */
const IMPLIED: Record<CompareOp, readonly CompareOp[]> = {
  eq: ['ule', 'uge', 'sle', 'sge'],
  ne: [],
  ult: ['ule', 'ne'],
  ule: [],
  ugt: ['uge', 'ne'],
  uge: [],
  slt: ['sle', 'ne'],
  sle: [],
  sgt: ['sge', 'ne'],
  sge: [],
};

function learn(walk: Walk, kind: CompareOp, a: Value, b: Value): void {
  if (a.op === 'const') {
    if (b.op !== 'const') learn(walk, SWAPPED[kind], b, a);
    return;
  }
  for (const known of [kind, ...IMPLIED[kind]]) {
    answer(walk, known, a, b, true);
    answer(walk, NEGATED[known], a, b, false);
  }
  if (b.op !== 'const') return;
  setRange(walk, a, narrowed(rangeOf(walk, a), kind, b.value, widthOf(a)));
  if (kind === 'eq') put(walk, walk.equal, a, b);
}

function answer(walk: Walk, kind: CompareOp, a: Value, b: Value, holds: boolean): void {
  put(walk, walk.answers, `${kind} ${a.id} ${b.id}`, holds);
  put(walk, walk.answers, `${SWAPPED[kind]} ${b.id} ${a.id}`, holds);
}

function put<K, V>(walk: Walk, map: Map<K, V>, key: K, value: V): void {
  const before = map.get(key);
  walk.undo.push(() => void (before === undefined ? map.delete(key) : map.set(key, before)));
  map.set(key, value);
}

function setRange(walk: Walk, value: Value, range: Range): void {
  put(walk, walk.ranges, value, range);
  // An extended number that is small is so before it is extended.
  if (value.op !== 'convert' || value.kind !== 'zext' || range.umax > 0xffff_ffffn) return;
  const inner = value.args[0] as Value;
  const { umin, umax } = range;
  const isSmall = umax <= 0x7fff_ffffn;
  const known = rangeOf(walk, inner);
  put(walk, walk.ranges, inner, { ...known, umin, umax, ...(isSmall ? { smin: umin, smax: umax } : {}) });
}

function rangeOf(walk: Walk, value: Value, depth = 3): Range {
  const known = walk.ranges.get(value);
  if (known) return known;
  if (value.op === 'binary' && value.noWrap && depth > 0) return sumOf(walk, value, depth);
  if (value.op === 'convert' && value.kind === 'zext') {
    const inner = walk.ranges.get(value.args[0] as Value);
    if (inner) return { umin: inner.umin, umax: inner.umax, smin: inner.umin, smax: inner.umax };
  }
  return fullRange(bitsOf(value), widthOf(value));
}

/** A signed sum that does not overflow is between the sums of the ends. */
function sumOf(walk: Walk, sum: Instr & { op: 'binary' }, depth: number): Range {
  const width = widthOf(sum);
  const whole = fullRange(bitsOf(sum), width);
  const [a, b] = sum.args as [Value, Value];
  if (sum.kind !== 'add' || b.op !== 'const') return whole;
  const by = BigInt.asIntN(width, b.value);
  const { smin, smax } = rangeOf(walk, a, depth - 1);
  return within(smin + by, smax + by, whole, width);
}

function visit(walk: Walk, block: Block): void {
  for (const instr of block.instrs) {
    if (instr.op !== 'phi' && instr.op !== 'debugValue') substitute(walk, instr);
    if (instr.op === 'convert' && instr.kind === 'sext') dropSign(walk, instr);
    if (instr.op !== 'compare' && instr.op !== 'branch') continue;
    const [a, b] = instr.args as [Value, Value];
    if (a.op === 'const') continue;
    dropOrder(walk, instr, a, b);
    const holds = walk.answers.get(`${instr.kind} ${a.id} ${b.id}`) ?? decideRange(walk, instr.kind, a, b);
    if (holds === null || holds === undefined) continue;
    walk.changed = true;
    if (instr.op === 'compare') walk.replaced.set(instr, constant(walk.fn, 'i32', holds ? 1n : 0n));
    else settle(walk, instr, holds);
  }
  for (const to of successorsOf(block)) substituteInPhis(walk, block, to);
}

/** What is not negative is extended with zeros. */
function dropSign(walk: Walk, extension: Instr & { op: 'convert' }): void {
  const from = extension.args[0] as Value;
  if (from.op === 'const' || rangeOf(walk, from).smin < 0n) return;
  extension.kind = 'zext';
  walk.changed = true;
}

const UNSIGNED: Partial<Record<CompareOp, CompareOp>> = { slt: 'ult', sle: 'ule', sgt: 'ugt', sge: 'uge' };

/** Numbers that are not negative are compared without signs: the verifier learns more from that. */
function dropOrder(walk: Walk, test: Instr & { op: 'compare' | 'branch' }, a: Value, b: Value): void {
  const kind = UNSIGNED[test.kind];
  if (!kind || a.type === 'ptr') return;
  if (
    rangeOf(walk, a).smin < 0n ||
    (b.op === 'const' ? BigInt.asIntN(widthOf(b), b.value) : rangeOf(walk, b).smin) < 0n
  )
    return;
  test.kind = kind;
  walk.changed = true;
}

function decideRange(walk: Walk, kind: CompareOp, a: Value, b: Value): boolean | null {
  return b.op === 'const' ? decide(rangeOf(walk, a), kind, b.value, widthOf(a)) : null;
}

function settle(walk: Walk, branch: Instr & { op: 'branch' }, holds: boolean): void {
  branch.args = [constant(walk.fn, 'i32', holds ? 1n : 0n), constant(walk.fn, 'i32', 0n)];
  branch.kind = 'ne';
}

function substitute(walk: Walk, instr: Instr): void {
  for (const [i, arg] of instr.args.entries()) {
    const known = knownValue(walk, arg);
    // Where a pointer is accessed it stays what it is: a null there is a path that is not taken.
    if (!known || (i === 0 && arg.type === 'ptr' && (instr.op === 'load' || instr.op === 'store'))) continue;
    instr.args[i] = known;
    walk.changed = true;
  }
}

function knownValue(walk: Walk, value: Value): Value | null {
  const known = walk.equal.get(value);
  if (known || value.op !== 'compare') return known ?? null;
  const [a, b] = value.args as [Value, Value];
  return answerOf(walk, walk.answers.get(`${value.kind} ${a.id} ${b.id}`));
}

function answerOf({ fn }: Walk, holds: boolean | undefined): Value | null {
  return holds === undefined ? null : constant(fn, 'i32', holds ? 1n : 0n);
}

function substituteInPhis(walk: Walk, block: Block, to: Block): void {
  const at = to.preds.indexOf(block);
  for (const instr of to.instrs) {
    if (instr.op !== 'phi') break;
    const arg = instr.args[at] as Value;
    const known = knownValue(walk, arg) ?? askedOnEdge(walk, block, to, arg);
    if (!known) continue;
    instr.args[at] = known;
    walk.changed = true;
  }
}

/** The answer to the very question that leads from one block to the other: `found = a == b; if (found) break;`. */
function askedOnEdge(walk: Walk, block: Block, to: Block, value: Value): Value | null {
  const last = block.instrs.at(-1);
  if (value.op !== 'compare' || last?.op !== 'branch' || last.then === last.otherwise) return null;
  if (value.args[0] !== last.args[0] || value.args[1] !== last.args[1]) return null;
  const holds = to === last.then;
  if (value.kind === last.kind) return answerOf(walk, holds);
  return value.kind === NEGATED[last.kind] ? answerOf(walk, !holds) : null;
}

function widthOf(value: Value): 32 | 64 {
  return value.type === 'i32' ? 32 : 64;
}
