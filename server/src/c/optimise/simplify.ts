/**
 * Replaces instructions by simpler ones that give the same value, one walk in reverse postorder. The rules are those that
 * the kernel's verifier does not mind: a value that a check looked at stays the value that is used. So a rule that
 * recomputes what an operand computed wants that operand to have no other use.
 */
import { reversePostorder } from '../ir/dominators.ts';
import { replaceAll, resolve, setInstrs } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';
import { simplifyBinary } from './rules/binary.ts';
import { simplifyBranch, simplifySwitch } from './rules/branch.ts';
import { simplifyCall } from './rules/call.ts';
import { simplifyCompare } from './rules/compare.ts';
import { simplifyConvert } from './rules/convert.ts';
import { simplifyLate } from './rules/late.ts';
import { simplifyAccess, simplifyBlockAccess } from './rules/memory.ts';
import type { Simplifier } from './rules/simplifier.ts';

/** True when something changed. */
export function simplify(fn: IrFunction, module: IrModule): boolean {
  const state: Simplifier = { fn, module, uses: countUses(fn), replaced: new Map(), out: [], changed: false };
  for (const block of reversePostorder(fn)) simplifyBlock(state, block);
  replaceAll(fn, state.replaced);
  return state.changed;
}

function countUses(fn: IrFunction): number[] {
  const uses = Array.from({ length: fn.nextId }, () => 0);
  for (const block of fn.blocks) {
    for (const instr of block.instrs) {
      if (instr.op !== 'debugValue') for (const { id } of instr.args) uses[id] = (uses[id] ?? 0) + 1;
    }
  }
  return uses;
}

function simplifyBlock(state: Simplifier, block: Block): void {
  const before = block.instrs.length;
  let same = true;
  state.out = [];
  for (const instr of block.instrs) {
    resolveArgs(state, instr);
    const value = simplifyOne(state, instr);
    if (value === null) {
      state.out.push(instr);
      continue;
    }
    same = false;
    if (value !== 'gone') state.replaced.set(instr, value);
  }
  if (same && state.out.length === before) return;
  state.changed = true;
  setInstrs(block, state.out);
}

function resolveArgs(state: Simplifier, instr: Instr): void {
  if (state.replaced.size === 0) return;
  const { args } = instr;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as Value;
    if (!state.replaced.has(arg)) continue;
    const value = resolve(state.replaced, arg);
    args[i] = value;
    if (instr.op !== 'debugValue') state.uses[value.id] = (state.uses[value.id] ?? 0) + 1;
  }
}

/** The value that stands for it, or `gone` when it has none; null when it stays. */
function simplifyOne(state: Simplifier, instr: Instr): Value | 'gone' | null {
  switch (instr.op) {
    case 'binary':
      return simplifyBinary(state, instr);
    case 'compare':
      return simplifyCompare(state, instr);
    case 'convert':
      return simplifyConvert(state, instr);
    case 'load':
    case 'store':
    case 'atomic':
      return simplifyAccess(state, instr);
    case 'memcpy':
    case 'memmove':
    case 'memset':
      return simplifyBlockAccess(state, instr);
    case 'late':
      return simplifyLate(state, instr);
    case 'call':
      return simplifyCall(state, instr);
    case 'branch':
      return simplifyBranch(state, instr);
    case 'switch':
      return simplifySwitch(state, instr);
    default:
      return null;
  }
}
