/**
 * Exact mode: compiled code that counts what it executes. A local holds the instructions that are left of the budget,
 * adjusted by what flowCounts.ts leaves unpaid; edges outside the spanning tree count in cells of the linear memory, or
 * in locals inside loops without calls. Where the budget might end before the next look at it, the interpreter takes
 * over (exits.ts), and it stops at the very instruction.
 */
import { LOOK_BACK } from '../vm/loopWatch.ts';
import { LAYOUT } from '../vm/machine.ts';
import { CELLS, type FunctionContext } from './context.ts';
import type { FlowGraph } from './controlFlow.ts';
import { emitFinish } from './exits.ts';
import type { FlowCounts } from './flowCounts.ts';
import { OP } from './opcodes.ts';
import type { FunctionCounts, ModuleCounts } from './moduleCounts.ts';

/** Counters of one function that are kept in locals. */
const MOST_LOCALS = 6;

/** A counter: a local that is added to its cell now and then, or the cell alone. */
interface Counter {
  readonly cell: number;
  readonly local: number | null;
}

export class Counting {
  private readonly f: FunctionContext;
  private readonly flow: FlowGraph;
  private readonly module: ModuleCounts;
  private readonly own: FunctionCounts;
  private readonly left: number;
  private readonly counters: readonly (Counter | null)[];
  private block = 0;
  /** Instructions of the block up to and including the one that is being emitted. */
  private ordinal = 0;

  constructor(f: FunctionContext, flow: FlowGraph, module: ModuleCounts, own: FunctionCounts) {
    this.f = f;
    this.flow = flow;
    this.module = module;
    this.own = own;
    this.left = f.code.local('i64');
    this.counters = this.planCounters();
  }

  /** Tells which instruction is emitted next. */
  beginBlock(block: number): void {
    this.block = block;
    this.ordinal = 0;
  }
  nextInsn(): void {
    this.ordinal++;
  }

  /** At the function's entry. */
  enter(): void {
    this.beginBlock(0);
    this.loadLeft(0);
    this.take(0);
    if (this.flow.loops[0] !== true) this.checkBlock(0);
  }

  /** Where a loop begins its next round. */
  loopHead(block: number): void {
    this.beginBlock(block);
    this.checkBlock(block);
  }

  /** Whether `edge` must emit anything for the fall-through (0) or the jump (1) of a block. */
  hasEdge(block: number, which: 0 | 1): boolean {
    return this.counts.edges[this.edgeOf(block, which)]?.counted ?? false;
  }

  edge(block: number, which: 0 | 1): void {
    this.take(this.edgeOf(block, which));
  }

  /** The function's end, after its `exit` or in the middle of a block. */
  leave(early: boolean): void {
    if (early) this.addOne({ cell: this.module.earlyExit(this.own, this.block, this.f.pc + 1), local: null });
    else this.take(this.edgeOf(this.block, 0));
    this.flush();
    this.storeLeft(early ? this.spent : 0);
  }

  /** Before anything that may run other code of the program, or end the run. */
  beforeCall(): void {
    this.flush();
    this.storeLeft(this.spent);
    this.markSite(this.f.pc + 1);
  }

  afterCall(): void {
    this.loadLeft(this.spent);
  }

  /** Once a call's result is in place: the callee may have used up what was left. */
  checkAfterCall(): void {
    const due = (this.counts.insns[this.block] ?? 0) - this.ordinal;
    const ahead = due + (this.counts.longest[this.block] ?? 0) - (this.counts.insns[this.block] ?? 0);
    this.check(ahead, this.spent, this.f.pc + 1, true);
  }

  /** Before the run ends with a trap at the current instruction, which counts as executed unless it never began. */
  stop(began: boolean): void {
    const { code, frame } = this.f;
    this.flush();
    this.storeLeft(began ? this.spent : this.spent - 1);
    this.markSite(this.f.pc + 1);
    code.i32(CELLS.stoppedFrame);
    code.get(frame);
    code.memory(OP.i32Store, 0);
  }

  private get counts(): FlowCounts {
    return this.own.counts;
  }

  /** Instructions of this activation that no edge has charged yet. */
  private get spent(): number {
    return (this.counts.unpaid[this.block] ?? 0) + this.ordinal;
  }

  private edgeOf(block: number, which: 0 | 1): number {
    return (this.counts.firstEdge[block] ?? 0) + which;
  }

  private checkBlock(block: number): void {
    const { longest, unpaid } = this.counts;
    this.check(longest[block] ?? 0, unpaid[block] ?? 0, this.flow.blocks[block]?.start ?? 0, false);
  }

  /** Lets the interpreter finish the function from `pc` on unless `ahead` instructions are surely left. */
  private check(ahead: number, spent: number, pc: number, called: boolean): void {
    const { code } = this.f;
    code.get(this.left);
    code.i64(ahead + LOOK_BACK + spent);
    code.u8(OP.i64LtS);
    code.unlikelyIf();
    this.finish(pc, spent, called);
    code.end();
  }

  /** Leaves the rest of the function to the interpreter. */
  private finish(pc: number, spent: number, called: boolean): void {
    this.flush();
    this.storeLeft(spent);
    emitFinish(this.f, { site: this.module.site(this.own, this.block, pc), pc, called });
  }

  /** Leaves the rest of the function to the interpreter, the current instruction first. */
  finishHere(): void {
    this.finish(this.f.pc, this.spent - 1, false);
  }

  /** The same, after the current instruction. */
  finishAfter(): void {
    this.finish(this.f.pc + 1, this.spent, false);
  }

  /** Pays and counts an edge. */
  private take(edge: number): void {
    const { code } = this.f;
    const charge = this.counts.edges[edge]?.charge ?? 0;
    const counter = this.counters[edge];
    if (charge !== 0) {
      code.get(this.left);
      code.i64(charge);
      code.u8(OP.i64Sub);
      code.set(this.left);
    }
    if (counter) this.addOne(counter);
  }

  private addOne({ cell, local }: Counter): void {
    const { code } = this.f;
    if (local === null) this.addToCell(cell, () => code.i64(1));
    else {
      code.get(local);
      code.i64(1);
      code.u8(OP.i64Add);
      code.set(local);
    }
  }

  private addToCell(cell: number, push: () => void): void {
    const { code } = this.f;
    code.i32(cell);
    code.i32(cell);
    code.memory(OP.i64Load, 0);
    push();
    code.u8(OP.i64Add);
    code.memory(OP.i64Store, 0);
  }

  /** Adds what the locals have counted to their cells. */
  private flush(): void {
    const { code } = this.f;
    for (const counter of this.counters) {
      const local = counter?.local ?? null;
      if (counter === null || counter === undefined || local === null) continue;
      this.addToCell(counter.cell, () => code.get(local));
      code.i64(0);
      code.set(local);
    }
  }

  private storeLeft(spent: number): void {
    const { code } = this.f;
    code.i32(CELLS.budget);
    code.get(this.left);
    if (spent !== 0) {
      code.i64(spent);
      code.u8(OP.i64Sub);
    }
    code.memory(OP.i64Store, 0);
  }

  private loadLeft(spent: number): void {
    const { code } = this.f;
    code.i32(CELLS.budget);
    code.memory(OP.i64Load, 0);
    if (spent !== 0) {
      code.i64(spent);
      code.u8(OP.i64Add);
    }
    code.set(this.left);
  }

  /** Says where this frame stands, for when the run ends above it. */
  private markSite(end: number): void {
    const { code, frame } = this.f;
    code.get(frame);
    code.i32(this.module.site(this.own, this.block, end));
    code.memory(OP.i32Store, CELLS.siteOfFrame);
  }

  private planCounters(): (Counter | null)[] {
    const { edges, nest } = this.counts;
    const calls = loopsWithCalls(this.f, this.flow, nest.innermost, nest.depth);
    let locals = 0;
    return edges.map(({ from, to, counted }) => {
      if (!counted) return null;
      const inner = (nest.depth[from] ?? 0) <= (nest.depth[to] ?? 0) ? from : to;
      const loop = nest.innermost[inner] ?? -1;
      const quiet = loop >= 0 && !calls.has(loop) && locals < MOST_LOCALS;
      if (quiet) locals++;
      return { cell: this.module.counter(), local: quiet ? this.f.code.local('i64') : null };
    });
  }
}

/** Heads of loops that call something themselves; loops inside them may be without calls. */
function loopsWithCalls(
  f: FunctionContext,
  flow: FlowGraph,
  innermost: Int32Array,
  depth: Int32Array,
): ReadonlySet<number> {
  const { insns } = f.module.program;
  const found = new Set<number>();
  flow.blocks.forEach((block, index) => {
    if (depth[index] === 0) return;
    for (let pc = block.start; pc < block.end; pc++) {
      const kind = insns[pc]?.kind;
      if (kind === 'call' || kind === 'callx' || kind === 'packet') found.add(innermost[index] ?? -1);
    }
  });
  return found;
}

/** Where exact mode keeps its counters: names of maps are addresses too, but nothing lies there. */
export const COUNTER_SPACE = { start: LAYOUT.mapHandle, end: LAYOUT.packet } as const;
