/**
 * A function that calls itself last goes back to its beginning instead, as clang -O2 has it (LLVM 19,
 * TailRecursionElimination): the kernel takes loops, but no function that calls itself, and what is always inlined must
 * not either.
 */
import { addPhi, phisOf, phiValue, remove, replaceAll, setInstrs, splitBefore, terminate, unterminate } from '../ir/edit.ts'; // prettier-ignore
import type { Block, Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';
import { calleeOf, type CallGraph } from './callGraph.ts';
import type { Call } from './inlineCall.ts';

/** True when a call was replaced; the graph knows then whether the function still calls itself. */
export function loopTailCalls(fn: IrFunction, module: IrModule, graph: CallGraph): boolean {
  // Each call would have stack memory of its own.
  if (!graph.recursive.has(fn) || fn.blocks.some(({ instrs }) => instrs.some(({ op }) => op === 'alloca')))
    return false;
  const last = callsIn(fn, module).filter((call) => calleeOf(call, module) === fn && isLast(call, fn));
  if (last.length === 0) return false;
  const header = splitEntry(fn);
  for (const call of last) goBack(fn, call, header);
  const callees = callsIn(fn, module).map((call) => calleeOf(call, module));
  if (!callees.some((callee) => callee && graph.recursive.has(callee))) graph.recursive.delete(fn);
  return true;
}

function callsIn(fn: IrFunction, module: IrModule): Call[] {
  return fn.blocks.flatMap(({ instrs }) => instrs.filter((instr): instr is Call => calleeOf(instr, module) !== null));
}

const MOST_JUMPS = 100;

/** Whether nothing happens after the call but that its value is returned. */
function isLast(call: Call, fn: IrFunction): boolean {
  if (fn.params.some(({ type }, i) => call.args[i]?.type !== type)) return false;
  let block = call.block as Block;
  let value: Value = call;
  let rest = block.instrs.slice(block.instrs.indexOf(call) + 1);
  for (let jumps = 0; jumps < MOST_JUMPS; jumps++) {
    const end = rest.at(-1);
    if (!rest.every((instr) => instr === end || instr.op === 'phi' || instr.op === 'debugValue')) return false;
    if (end?.op === 'return') return end.args.length === 0 || end.args[0] === value;
    if (end?.op !== 'jump') return false;
    const from = block;
    value = phisOf(end.to).find((phi) => phiValue(phi, from) === value) ?? value;
    block = end.to;
    rest = block.instrs;
  }
  return false;
}

/** The entry leads to what it was before, where the parameters are phis. */
function splitEntry(fn: IrFunction): Block {
  const entry = fn.blocks[0] as Block;
  const header = splitBefore(fn, entry.instrs[0] as Instr, 'again');
  terminate(fn, entry, { op: 'jump', to: header, args: [], place: fn.place, inlinedAt: null });
  const phis = new Map<Value, Value>();
  for (const param of fn.params)
    phis.set(
      param,
      addPhi(fn, header, param.type, fn.place, () => param),
    );
  replaceAll(fn, phis);
  for (const [param, phi] of phis) (phi as Instr).args = [param];
  return header;
}

function goBack(fn: IrFunction, call: Call, header: Block): void {
  const block = call.block as Block;
  const { args, place, inlinedAt } = call;
  const phis = phisOf(header);
  unterminate(block);
  remove(call);
  setInstrs(block, block.instrs.filter((instr) => !instr.args.includes(call))); // prettier-ignore
  terminate(
    fn,
    block,
    { op: 'jump', to: header, args: [], place, inlinedAt },
    (phi) => args[phis.indexOf(phi)] as Value,
  );
}
