/** One function of a program to one WebAssembly function. */
import { slots } from '../isa/insn.ts';
import { chargeCall, chargeLoop, loopCharges } from './budget.ts';
import { Counting } from './counting.ts';
import { FunctionContext, MAX_LOOPS, type ModuleContext } from './context.ts';
import type { FlowGraph } from './controlFlow.ts';
import { blockFacts, NOTHING } from './facts.ts';
import { emitInsn } from './emitInsn.ts';
import { FusedBlock } from './emitFused.ts';
import { FunctionEffects } from './functionEffects.ts';
import { SlotLocals } from './emitSlots.ts';
import { callsOnlyReaders, findFrameSlots, type FrameSlots } from './frameSlots.ts';
import { frameIsPrivate } from './frameUse.ts';
import { KnownRegisters } from './known.ts';
import { knownAtStarts } from './knownBlocks.ts';
import { planFusion } from './fuse.ts';
import { accessOf } from './guardPlan.ts';
import { confirmLoad } from './guards.ts';
import { blockHints } from './hints.ts';
import { mayFuse } from './safeFusion.ts';
import { sceneOf } from './scene.ts';
import { resetWindows, surveyAccess } from './emitMemory.ts';
import { OP } from './opcodes.ts';
import { findWidths } from './widths.ts';
import { checkInitialized, loadInitialized, trackInitialized } from './watch.ts';
import { emitDispatch, emitStructured, type BlockEmitter } from './structure.ts';
import type { WasmFunction } from './wasmModule.ts';

/** Nesting beyond this is given to the dispatch loop where that is possible: engines differ in how deep they follow. */
const MAX_NESTING = 1000;
/**
 * Limits of one function. V8's optimising compiler takes time and memory that grow with the square of loops and of
 * edges into the dispatch loop; measured on Node 24, 16,000 of either, or 5 MB of code, can exhaust the process, while
 * these limits stay below 200 MB and five seconds on its background thread. (Beyond 7.6 MB engines refuse a function.)
 */
const MAX_BODY_BYTES = 2_000_000;
const MAX_LOOP_HEADS = 8_000;
const MAX_DISPATCH_BLOCKS = 8_000;

export interface FunctionOptions {
  /** Whether anything in the program can call it: then every call costs a round of the budget. */
  readonly callable: boolean;
  /** For tests: uses the dispatch loop for reducible graphs, too. */
  readonly forceDispatch: boolean;
}

/** Null when the function is larger than engines can be trusted with. */
export function compileFunction(module: ModuleContext, flow: FlowGraph, options: FunctionOptions): WasmFunction | null {
  if (flow.loops.filter(Boolean).length > MAX_LOOP_HEADS) return null;
  const { program, helperArgs, narrowResults, mode } = module;
  const effects = new FunctionEffects(program.insns, flow, { wideAddresses: mode === 'safe', helperArgs });
  const widths = findWidths(effects, flow, narrowResults);
  const starts = knownAtStarts(program.insns, flow);
  const frameIsOurs = once(() => frameIsPrivate(program.insns, flow, effects, starts));
  const trusted = mode === 'verified' || callsOnlyReaders(program.insns, flow);
  const keepsSlots = trusted && flow.reducible && effects.readsFrame && frameIsOurs();
  const frameSlots = keepsSlots ? findFrameSlots(program, flow, effects, starts) : null;
  const plan = { flow, effects, starts, narrow: widths.atEntry, frameIsOurs, frameSlots, options };
  const structured = flow.reducible && !options.forceDispatch ? emitFunction(module, plan, emitStructured) : null;
  const dispatchable = flow.blocks.length <= MAX_DISPATCH_BLOCKS;
  const dispatch = dispatchable && (structured === null || structured.code.deepest > MAX_NESTING);
  const f = dispatch ? emitFunction(module, plan, emitDispatch) : structured;
  if (f === null) return null;
  if (f.code.length > MAX_BODY_BYTES) return null;
  return { type: module.subprogType, locals: f.code.locals, code: f.code };
}

/** A function that only says it was too large. */
export function compileTooLarge(module: ModuleContext, pc: number): WasmFunction {
  const f = new FunctionContext(module, false);
  f.fault('unsupported', pc);
  return { type: module.subprogType, locals: f.code.locals, code: f.code };
}

/** What was found out about a function before any of its code is written. */
interface FunctionPlan {
  readonly flow: FlowGraph;
  readonly effects: FunctionEffects;
  /** By block. */
  readonly starts: readonly KnownRegisters[];
  readonly frameSlots: FrameSlots | null;
  readonly options: FunctionOptions;
  /** By block: the registers that are narrow when it begins. */
  readonly narrow: Uint16Array;
  /** Whether no pointer but r10 and its copies leads to the function's frame. */
  readonly frameIsOurs: () => boolean;
}

const NOTHING_KNOWN = new KnownRegisters();

/** Asked for rarely, and always with the same answer. */
function once(find: () => boolean): () => boolean {
  let known: boolean | null = null;
  return () => (known ??= find());
}

function emitFunction(
  module: ModuleContext,
  plan: FunctionPlan,
  emitFlow: (flow: FlowGraph, emitter: BlockEmitter) => void,
): FunctionContext {
  const { flow, effects, options, narrow, starts } = plan;
  const f = new FunctionContext(module, flow.loops.includes(true));
  const start = flow.blocks[0]?.start ?? 0;
  const { counts } = module;
  if (counts !== null) f.counting = new Counting(f, flow, counts, counts.of(flow, module.program.insns));
  const hints = f.safe ? blockHints(module.program.insns, flow, module.argumentHints.get(start) ?? 0) : null;
  const certain = hints !== null && module.guesses ? blockFacts(sceneOf(module, flow, hints), flow, hints) : null;
  f.scene = certain?.scene ?? null;
  const begin = (block: number): void => {
    f.hints = hints?.[block] ?? 0;
    f.facts = certain?.facts[block] ?? NOTHING;
    f.known.copy(starts[block] ?? NOTHING_KNOWN);
  };
  f.hasCaller = start !== 0;
  if (effects.reverses) f.reserveReversal();
  if (effects.mayGoto) f.mayGoto = f.code.local('i32');
  if (f.safe) surveyAccesses(f, flow, begin);
  if (!f.writesAnywhere && plan.frameSlots !== null) f.slots = new SlotLocals(plan.frameSlots);
  emitPrologue(f, flow, options);
  f.narrowArguments(narrow[0] ?? 0);
  const charges = loopCharges(f, flow, emitFlow === emitStructured);
  emitFlow(flow, {
    code: f.code,
    body: (block) => {
      begin(block);
      f.narrow = narrow[block] ?? 0;
      f.counting?.beginBlock(block);
      emitBlock(f, plan, block);
    },
    loopHead: (block) => {
      f.narrow = narrow[block] ?? 0;
      f.counting?.loopHead(block);
      if (charges.atEntry[block] === 0) chargeLoop(f, charges.perRound[block] ?? 1, flow.blocks[block]?.start ?? 0);
    },
    loopEntry: (block) => {
      const cost = charges.atEntry[block] ?? 0;
      f.narrow = narrow[block] ?? 0;
      if (cost > 0) chargeLoop(f, cost, flow.blocks[block]?.start ?? 0);
    },
    hasEdge: (block, which) => f.counting?.hasEdge(block, which) ?? false,
    edge: (block, which) => f.counting?.edge(block, which),
  });
  f.code.u8(OP.unreachable);
  return f;
}

/** The prologue sets locals that the whole function shares, so they must be known before it. */
function surveyAccesses(f: FunctionContext, flow: FlowGraph, begin: (block: number) => void): void {
  const { insns } = f.module.program;
  for (const [index, block] of flow.blocks.entries()) {
    begin(index);
    f.blockEnd = block.end;
    for (let pc = block.start; pc < block.end;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      const access = accessOf(insn);
      if (access !== null) surveyAccess(f, access, pc);
      f.learn(insn, pc);
      pc += slots(insn);
    }
  }
}

function emitPrologue(f: FunctionContext, flow: FlowGraph, options: FunctionOptions): void {
  const { code } = f;
  if (f.mayGoto !== null) {
    code.i32(MAX_LOOPS);
    code.set(f.mayGoto);
  }
  f.setReversal();
  resetWindows(f);
  loadInitialized(f);
  f.loadBudget();
  f.counting?.enter();
  if (f.counting === null && f.safe && options.callable) chargeCall(f, flow.blocks[0]?.start ?? 0);
}

function emitBlock(f: FunctionContext, plan: FunctionPlan, index: number): void {
  const { flow, effects, frameIsOurs, starts } = plan;
  const block = flow.blocks[index];
  // What has grown too large is thrown away; the rest need not be written.
  if (block === undefined || f.code.length > MAX_BODY_BYTES) return;
  const { insns } = f.module.program;
  f.pc = block.start;
  f.blockEnd = block.end;
  if (block.start === block.end) f.counting?.nextInsn();
  if (block.start === block.end) f.fault('badPc', insns[block.start] === undefined ? insns.length : block.start);
  // Within a block, only what is computed from r10 there is known to lie in the frame.
  const isOnlyR10 = (): boolean => !f.writesAnywhere && starts[index]?.frames() === 0 && frameIsOurs();
  const planned = effects.handlesBytes[index] === 0 ? null : planFusion(insns, block, isOnlyR10);
  const fusion = planned === null || !mayFuse(f, planned, block) ? null : planned;
  const fused = fusion === null ? null : new FusedBlock(fusion);
  fused?.save(f, -1);
  for (let pc = block.start; pc < block.end;) {
    const insn = insns[pc];
    if (insn === undefined) break;
    f.pc = pc;
    f.counting?.nextInsn();
    checkInitialized(f, pc);
    f.narrowResult = f.module.narrowResults[pc] === 1;
    if (fused?.emit(f, pc) !== true) emitInsn(f, insn, pc);
    trackInitialized(f, insn, pc);
    fused?.save(f, pc);
    f.learn(insn, pc);
    if (insn.kind === 'load') confirmLoad(f, insn);
    pc += slots(insn);
  }
}
