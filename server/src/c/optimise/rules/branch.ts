/** Simpler forms of branches: the comparison becomes the branch's own. `cleanCfg` takes away what is decided. */
import type { Instr, Value } from '../../ir/ir.ts';
import { asConvert, constantOf, number, usedOnce, type Simplifier } from './simplifier.ts';
import { comparedValue, simplifyTest } from './test.ts';

export function simplifyBranch(state: Simplifier, instr: Instr & { op: 'branch' }): null {
  const [first, b] = instr.args as [Value, Value];
  const compare = constantOf(b) === 0n && (instr.kind === 'ne' || instr.kind === 'eq') ? comparedValue(first) : null;
  const a = compare && first.op === 'convert' ? compare : first;
  const zero = a === first ? b : number(state, 'i32', 0n);
  const test = simplifyTest(state, { kind: instr.kind, a, b: zero });
  if (test === null) return null;
  state.changed = true;
  if (typeof test === 'boolean') {
    instr.args = [number(state, 'i32', test ? 1 : 0), number(state, 'i32', 0n)];
    instr.kind = 'ne';
    return null;
  }
  for (const { id } of [test.a, test.b]) state.uses[id] = (state.uses[id] ?? 0) + 1;
  instr.kind = test.kind;
  instr.args = [test.a, test.b];
  return null;
}

/** A switch on an extended number is one on the number, if its cases can occur there. */
export function simplifySwitch(state: Simplifier, instr: Instr & { op: 'switch' }): null {
  const wide = asConvert(instr.args[0], 'zext');
  if (!wide || !usedOnce(state, wide) || instr.cases.some(({ first, last }) => first < 0n || last > 0xffff_ffffn)) {
    return null;
  }
  instr.args = [wide.args[0] as Value];
  state.changed = true;
  return null;
}
