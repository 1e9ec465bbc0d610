/** Calls through constant pointers become calls of helpers and functions. */
import type { Callee, Instr, Value } from '../../ir/ir.ts';
import { addressedFunction } from '../callGraph.ts';
import { make, type Simplifier } from './simplifier.ts';

export function simplifyCall(state: Simplifier, instr: Instr & { op: 'call' }): Value | 'gone' | null {
  if (instr.callee.kind !== 'value') return null;
  const callee = constantCallee(instr.args[0] as Value);
  if (!callee) return null;
  const call = make(state, instr, { op: 'call', type: instr.type, callee, pure: instr.pure }, ...instr.args.slice(1));
  return instr.type === 'void' ? 'gone' : call;
}

function constantCallee(value: Value): Callee | null {
  if (value.op === 'const') return { kind: 'helper', number: Number(BigInt.asIntN(64, value.value)) };
  const symbol = addressedFunction(value);
  if (symbol) return { kind: 'function', symbol };
  return value.op === 'convert' && (value.kind === 'intToPtr' || value.kind === 'ptrToInt')
    ? constantCallee(value.args[0] as Value)
    : null;
}
