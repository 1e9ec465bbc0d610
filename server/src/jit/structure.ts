/**
 * Turns a control-flow graph into WebAssembly's blocks, loops and ifs. The method is that of Norman Ramsey, "Beyond
 * Relooper" (ICFP 2022), with a work list in place of recursion and with branches kept flat: a chain of ten thousand
 * tests that leave to one place nests one deep, not ten thousand.
 */
import type { Code, Label } from './code.ts';
import type { FlowGraph } from './controlFlow.ts';
import { OP } from './opcodes.ts';

/** What the emission of blocks supplies. */
export interface BlockEmitter {
  readonly code: Code;
  /** Straight code. A branch leaves its condition on the stack; a block that stops leaves the function. */
  body(block: number): void;
  /** Called where a loop begins its next round. */
  loopHead(block: number): void;
  /** Called before a loop's first round; only structured code has a place for it. */
  loopEntry(block: number): void;
  /** Whether something is to be done on the way from a block to where it falls through (0) or jumps (1). */
  hasEdge(block: number, which: 0 | 1): boolean;
  edge(block: number, which: 0 | 1): void;
}

type Task = { readonly kind: 'tree' | 'body' | 'close' | 'edge0' | 'edge1'; readonly block: number };

/** State of one emission. */
interface Shape {
  readonly flow: FlowGraph;
  readonly emitter: BlockEmitter;
  readonly tasks: Task[];
  /** By block: blocks it dominates at once that are entered from several places, descending. */
  readonly merges: readonly number[][];
  /** By block: how many blocks it dominates, itself included. */
  readonly sizes: Int32Array;
  readonly blockLabels: Label[];
  readonly loopLabels: Label[];
}

/** For a reducible graph. */
export function emitStructured(flow: FlowGraph, emitter: BlockEmitter): void {
  const shape = newShape(flow, emitter);
  shape.tasks.push({ kind: 'tree', block: 0 });
  for (let task = shape.tasks.pop(); task !== undefined; task = shape.tasks.pop()) {
    if (task.kind === 'tree') emitTree(shape, task.block);
    else if (task.kind === 'body') emitBody(shape, task.block);
    else if (task.kind === 'close') emitter.code.end();
    else emitter.edge(task.block, task.kind === 'edge1' ? 1 : 0);
  }
}

function newShape(flow: FlowGraph, emitter: BlockEmitter): Shape {
  const merges: number[][] = flow.blocks.map(() => []);
  const sizes = new Int32Array(flow.blocks.length).fill(1);
  for (let block = flow.blocks.length - 1; block > 0; block--) {
    const up = flow.dominator[block] ?? 0;
    sizes[up] = (sizes[up] ?? 0) + (sizes[block] ?? 0);
    if (isMerge(flow, block)) merges[up]?.push(block);
  }
  return { flow, emitter, tasks: [], merges, sizes, blockLabels: [], loopLabels: [] };
}

function isMerge(flow: FlowGraph, block: number): boolean {
  return (flow.entries[block] ?? 0) > 1;
}

/** A block and all it dominates. The merge blocks follow it, each behind the end of a block that jumps there leave. */
function emitTree(shape: Shape, block: number): void {
  const { code } = shape.emitter;
  if (shape.flow.loops[block] === true) {
    shape.emitter.loopEntry(block);
    shape.loopLabels[block] = code.loop();
    shape.tasks.push({ kind: 'close', block });
    shape.emitter.loopHead(block);
  }
  for (const merge of shape.merges[block] ?? []) {
    shape.blockLabels[merge] = code.block();
    shape.tasks.push({ kind: 'tree', block: merge }, { kind: 'close', block: merge });
  }
  shape.tasks.push({ kind: 'body', block });
}

function emitBody(shape: Shape, block: number): void {
  shape.emitter.body(block);
  const exit = shape.flow.blocks[block]?.exit;
  if (exit?.kind === 'next') goTo(shape, block, exit.to, 0);
  if (exit?.kind === 'branch') branch(shape, block, exit.to, exit.next);
}

/** The label that a jump to `to` leaves to, or null when its block is to be emitted right here. */
function labelOf(shape: Shape, from: number, to: number): Label | null {
  if (to <= from) return shape.loopLabels[to] ?? null;
  return isMerge(shape.flow, to) ? (shape.blockLabels[to] ?? null) : null;
}

function goTo(shape: Shape, from: number, to: number, which: 0 | 1): void {
  shape.emitter.edge(from, which);
  const label = labelOf(shape, from, to);
  if (label === null) shape.tasks.push({ kind: 'tree', block: to });
  else shape.emitter.code.br(label);
}

/** The condition is on the stack: where it holds, control goes to `label`. */
function leaveTo(shape: Shape, from: number, which: 0 | 1, label: Label): void {
  const { code } = shape.emitter;
  if (!shape.emitter.hasEdge(from, which)) {
    code.brIf(label);
    return;
  }
  code.if();
  shape.emitter.edge(from, which);
  code.br(label);
  code.end();
}

/** The condition is on the stack. Of two subtrees the smaller one nests, so nesting stays logarithmic. */
function branch(shape: Shape, from: number, to: number, next: number): void {
  const { code } = shape.emitter;
  const jump = labelOf(shape, from, to);
  const fall = labelOf(shape, from, next);
  if (jump !== null) {
    leaveTo(shape, from, 1, jump);
    goTo(shape, from, next, 0);
    return;
  }
  const nestJump = fall === null && (shape.sizes[to] ?? 0) <= (shape.sizes[next] ?? 0);
  if (!nestJump) code.u8(OP.i32Eqz);
  if (fall !== null) {
    leaveTo(shape, from, 0, fall);
    goTo(shape, from, to, 1);
    return;
  }
  code.if();
  const [inner, outer] = nestJump ? [to, next] : [next, to];
  shape.emitter.edge(from, nestJump ? 1 : 0);
  shape.tasks.push({ kind: 'tree', block: outer }, { kind: nestJump ? 'edge0' : 'edge1', block: from });
  shape.tasks.push({ kind: 'close', block: inner }, { kind: 'tree', block: inner });
}

/** Blocks of one `br_table`: two levels of them keep the nesting below twice this for 65,000 blocks. */
const CHUNK = 256;

/** For any graph: a loop around a jump table, with the number of the next block in a local. */
export function emitDispatch(flow: FlowGraph, emitter: BlockEmitter): void {
  const { code } = emitter;
  const state = code.local('i32');
  const top = code.loop();
  const chunks = Math.ceil(flow.blocks.length / CHUNK);
  openTable(code, state, chunks, CHUNK_BITS);
  for (let chunk = 0; chunk < chunks; chunk++) {
    code.end();
    const first = chunk * CHUNK;
    const last = Math.min(first + CHUNK, flow.blocks.length);
    openTable(code, state, last - first, 0);
    for (let block = first; block < last; block++) {
      code.end();
      emitCase(flow, emitter, block, { state, top, fallsTo: block + 1 < last ? block + 1 : -1 });
    }
  }
  code.end();
}

const CHUNK_BITS = 8;

/** Opens one block per case and jumps to the end of the one that bits of `state` select. */
function openTable(code: Code, state: number, cases: number, shift: number): void {
  const labels: Label[] = [];
  for (let i = 0; i < cases; i++) labels.unshift(code.block());
  code.get(state);
  code.i32(shift === 0 ? CHUNK - 1 : shift);
  code.u8(shift === 0 ? OP.i32And : OP.i32ShrU);
  code.brTable(labels);
}

interface Dispatch {
  readonly state: number;
  readonly top: Label;
  /** The block whose code follows in the text, or -1. */
  readonly fallsTo: number;
}

function emitCase(flow: FlowGraph, emitter: BlockEmitter, block: number, dispatch: Dispatch): void {
  const { code } = emitter;
  if (flow.loops[block] === true) emitter.loopHead(block);
  emitter.body(block);
  const exit = flow.blocks[block]?.exit;
  if (exit?.kind === 'next') {
    emitter.edge(block, 0);
    dispatchTo(code, exit.to, dispatch);
  }
  if (exit?.kind !== 'branch') return;
  code.if();
  emitter.edge(block, 1);
  dispatchTo(code, exit.to, { ...dispatch, fallsTo: -1 });
  code.end();
  emitter.edge(block, 0);
  dispatchTo(code, exit.next, dispatch);
}

function dispatchTo(code: Code, to: number, dispatch: Dispatch): void {
  if (to === dispatch.fallsTo) return;
  code.i32(to);
  code.set(dispatch.state);
  code.br(dispatch.top);
}
