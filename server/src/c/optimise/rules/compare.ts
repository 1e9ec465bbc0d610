/** Simpler forms of comparisons that give a value. */
import type { Instr, Value } from '../../ir/ir.ts';
import { make, number, type Simplifier } from './simplifier.ts';
import { simplifyTest } from './test.ts';

export function simplifyCompare(state: Simplifier, instr: Instr & { op: 'compare' }): Value | null {
  const [a, b] = instr.args as [Value, Value];
  if (instr.kind === 'ne' && a.op === 'compare' && b.op === 'const' && b.value === 0n) return a;
  const test = simplifyTest(state, { kind: instr.kind, a, b });
  if (test === null) return null;
  if (typeof test === 'boolean') return number(state, 'i32', test ? 1 : 0);
  return make(state, instr, { op: 'compare', kind: test.kind, type: 'i32' }, test.a, test.b);
}
