/**
 * Decides which calls are inlined. `always_inline` is obeyed; other functions of the unit are inlined as clang -O2 would
 * (LLVM 19, InlineCost: a threshold of 225 at 5 a instruction, and nearly none for a static function with one call), and
 * those that the kernel could not call: with more than five arguments, with LD_ABS, or with functions to call as arguments.
 */
import { replaceAll } from '../ir/edit.ts';
import type { Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';
import { addressedFunction, calleeOf, type CallGraph } from './callGraph.ts';
import { inlineCall, type Call } from './inlineCall.ts';

export interface Inlining {
  readonly module: IrModule;
  readonly graph: CallGraph;
  /** Calls of each function, and uses of its address, in the whole module. */
  readonly uses: Map<IrFunction, number>;
  /** `debug` inlines only what it must. */
  readonly optimised: boolean;
}

/** Instructions of a function until nothing more goes into it. */
const LARGEST = 60_000;

/** True when a call was inlined. */
export function inlineCalls(fn: IrFunction, inlining: Inlining): boolean {
  const replaced = new Map<Value, Value>();
  let changed = false;
  let size = fn.blocks.reduce((sum, { instrs }) => sum + instrs.length, 0);
  for (const block of fn.blocks.slice()) {
    for (const call of block.instrs.filter(({ op }) => op === 'call').reverse() as Call[]) {
      const callee = calleeOf(call, inlining.module);
      if (!callee || size > LARGEST || !isInlined(fn, call, callee, inlining)) continue;
      size += callee.blocks.reduce((sum, { instrs }) => sum + instrs.length, 0);
      const result = inlineCall(fn, call, callee);
      if (result) replaced.set(call, result);
      changed = true;
    }
  }
  replaceAll(fn, replaced);
  return changed;
}

function isInlined(fn: IrFunction, call: Call, callee: IrFunction, inlining: Inlining): boolean {
  if (callee === fn || inlining.graph.recursive.has(callee) || callee.attributes.naked) return false;
  if (!fits(call, callee)) return false;
  if (callee.attributes.alwaysInline) return true;
  const { linkage } = callee.symbol;
  if (callee.attributes.noInline || linkage === 'weak' || linkage === 'extern') return false;
  if (linkage === 'static' && mustBeInlined(call, callee)) return true;
  if (!inlining.optimised) return false;
  const isOnly = linkage === 'static' && inlining.uses.get(callee) === 1;
  return isOnly || costOf(callee) - 25 - 5 * call.args.length <= 225;
}

/** A variadic function may get more than it has names for; there is no way to read them. */
function fits(call: Call, callee: IrFunction): boolean {
  return callee.returns === call.type && callee.params.every(({ type }, i) => call.args[i]?.type === type);
}

/**
 * Functions of the kernel's calling convention have five arguments; LD_ABS ends the program by itself; what a function is
 * given to call is known only where it is given.
 */
function mustBeInlined(call: Call, callee: IrFunction): boolean {
  if (call.args.length > 5 || call.args.some((argument) => addressedFunction(argument) !== null)) return true;
  return callee.blocks.some(({ instrs }) => instrs.some(({ op }) => op === 'packetLoad'));
}

function costOf(callee: IrFunction): number {
  let cost = 0;
  for (const { instrs } of callee.blocks) for (const instr of instrs) cost += costOfInstr(instr);
  return cost;
}

function costOfInstr(instr: Instr): number {
  switch (instr.op) {
    case 'phi':
    case 'alloca':
    case 'address':
    case 'debugValue':
    case 'convert':
    case 'jump':
    case 'return':
      return 0;
    case 'call':
      return 25 + 5 * instr.args.length;
    case 'memcpy':
    case 'memset':
    case 'memmove':
      return 5 * Math.ceil(instr.sizeBytes / 8);
    case 'switch':
      return 10 * instr.cases.length;
    default:
      return 5;
  }
}
