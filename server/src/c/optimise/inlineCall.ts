/** Puts the body of a function in the place of a call of it. */
import { cloneBlocks } from '../ir/clone.ts';
import {
  constant,
  newInstr,
  remove,
  setInstrs,
  splitBefore,
  terminate,
  undefinedValue,
  unterminate,
} from '../ir/edit.ts';
import type { Block, InlinedCall, Instr, IrFunction, Value } from '../ir/ir.ts';

export type Call = Instr & { op: 'call' };

/** The function keeps its own blocks; `callee` is not changed. Answers the value that the call's users are to use. */
export function inlineCall(fn: IrFunction, call: Call, callee: IrFunction): Value | null {
  const block = call.block as Block;
  const next = block.instrs[block.instrs.indexOf(call) + 1] as Instr;
  const rest = splitBefore(fn, next, `${block.label}.after`);
  remove(call);
  const values = new Map<Value, Value>();
  for (const [i, param] of callee.params.entries()) {
    values.set(param, call.args[i] ?? constant(fn, param.type, 0n));
  }
  mapConstants(fn, callee, values);
  const copies = cloneBlocks(fn, callee.blocks, { values, blocks: new Map(), inlinedAt: inlinedInto(call, callee) });
  passArguments(fn, call, callee, copies[0] as Block);
  hoistAllocas(fn, copies[0] as Block);
  terminate(fn, block, { op: 'jump', to: copies[0] as Block, args: [], place: call.place, inlinedAt: call.inlinedAt });
  return joinReturns(fn, copies, rest, call);
}

/** Constants belong to a function. */
function mapConstants(fn: IrFunction, callee: IrFunction, values: Map<Value, Value>): void {
  for (const old of callee.constants.values())
    values.set(old, old.undefined ? undefinedValue(fn, old.type) : constant(fn, old.type, old.value));
}

/** Every inlined call of the body is now within this one. */
function inlinedInto(call: Call, callee: IrFunction): (inner: InlinedCall | null) => InlinedCall {
  const outermost: InlinedCall = { place: call.place, callee: callee.name, parent: call.inlinedAt };
  const known = new Map<InlinedCall, InlinedCall>();
  const rebase = (inner: InlinedCall | null): InlinedCall => {
    if (!inner) return outermost;
    const before = known.get(inner);
    if (before) return before;
    const made = { ...inner, parent: rebase(inner.parent) };
    known.set(inner, made);
    return made;
  };
  return rebase;
}

/** What puts the arguments into the parameters belongs to the call, as it does where nothing is inlined. */
function passArguments(fn: IrFunction, { place, inlinedAt }: Call, callee: IrFunction, first: Block): void {
  const params = new Set<Value | undefined>(callee.params);
  const instrs = first.instrs.map((copy, at) => {
    const own = callee.blocks[0]?.instrs[at];
    if (own?.op !== 'store' || own.inlinedAt !== null || !params.has(own.args[1])) return copy;
    return newInstr(fn, { ...copy, place, inlinedAt });
  });
  setInstrs(first, instrs);
}

function hoistAllocas(fn: IrFunction, first: Block): void {
  const allocas = first.instrs.filter(({ op }) => op === 'alloca');
  const entry = fn.blocks[0] as Block;
  if (allocas.length === 0) return;
  setInstrs(first, first.instrs.filter(({ op }) => op !== 'alloca')); // prettier-ignore
  setInstrs(entry, [...allocas, ...entry.instrs]);
}

/** Every `return` jumps to the rest; the call's value is a phi of the values returned. */
function joinReturns(fn: IrFunction, copies: readonly Block[], rest: Block, call: Call): Value | null {
  const returned: Value[] = [];
  for (const block of copies) {
    const last = block.instrs.at(-1);
    if (last?.op !== 'return') continue;
    unterminate(block);
    const { place, inlinedAt } = last;
    terminate(fn, block, { op: 'jump', to: rest, args: [], place, inlinedAt });
    if (last.args[0]) returned.push(last.args[0]);
  }
  if (call.type === 'void') return null;
  if (returned.length === 0) return constant(fn, call.type, 0n);
  if (returned.length === 1) return returned[0] as Value;
  const { place, inlinedAt } = call;
  const phi = newInstr(fn, { op: 'phi', type: call.type, args: returned, place, inlinedAt }) as Instr;
  setInstrs(rest, [phi, ...rest.instrs]);
  return phi;
}
