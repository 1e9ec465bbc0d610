/**
 * Whether accesses of a block may be put together although they are checked: a wide load only where one check covers all
 * of it, stores only where nothing in between could leave for the interpreter, which would miss what was put off.
 */
import { slots } from '../isa/insn.ts';
import type { FunctionContext } from './context.ts';
import type { Block } from './controlFlow.ts';
import { type Access, accessOf, type Guard } from './guardPlan.ts';
import type { FusePlan } from './fuse.ts';
import { guardAt, isConfirmed } from './guards.ts';
import { KnownRegisters } from './known.ts';
import { losesArguments } from './initialized.ts';

/** Looks at the block that is about to be emitted. */
export function mayFuse(f: FunctionContext, plan: FusePlan, block: Block): boolean {
  if (!f.safe) return true;
  if (f.scene === null) return false;
  const { facts, hints } = f;
  const known = new KnownRegisters();
  known.copy(f.known);
  const result = isCovered(f, plan, block);
  f.facts = facts;
  f.hints = hints;
  f.known.copy(known);
  return result;
}

function isCovered(f: FunctionContext, plan: FusePlan, block: Block): boolean {
  const { insns } = f.module.program;
  let putOff = false;
  for (let pc = block.start; pc < block.end;) {
    const insn = insns[pc];
    if (insn === undefined) break;
    const action = plan.actions.get(pc);
    const access = accessOf(insn);
    const guard: Guard = access === null ? { kind: 'none' } : guardAt(f, access, pc);
    if (
      action?.kind === 'load' &&
      !coversWide(f, guard, { ...action.insn, before: action.before }, action.wide.size, pc)
    )
      return false;
    if (action !== undefined && access !== null && action.kind !== 'load' && guard.kind !== 'none') return false;
    if (putOff && (guard.kind !== 'none' || losesArguments(insn))) return false;
    if (action?.kind === 'skip') putOff = true;
    f.learn(insn, pc);
    if (putOff && insn.kind === 'load' && isConfirmed(f, insn)) return false;
    pc += slots(insn);
  }
  return true;
}

/** Whether the check before the first of several loads is one for all the bytes that it reads. */
function coversWide(
  f: FunctionContext,
  guard: Guard,
  { src, off, before }: { src: number; off: number; before: number },
  size: number,
  pc: number,
): boolean {
  const low = off - before;
  if (guard.kind === 'window') return guard.range.low <= low && guard.range.high >= low + size;
  const wide: Access = { reg: src, off: low, size, write: false };
  return guard.kind !== 'ask' && guardAt(f, wide, pc).kind === guard.kind;
}
