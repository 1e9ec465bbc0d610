/** Removes instructions that nobody needs: no effect, and no user that has one. Loops of phis go, too. */
import { setInstrs } from '../ir/edit.ts';
import type { Instr, IrFunction, Value } from '../ir/ir.ts';

/**
 * With `keepVariables` what a variable holds is needed; otherwise only the program's effects are, and what is said of
 * variables whose values are gone goes, too. True when something was removed.
 */
export function removeDead(fn: IrFunction, keepVariables: boolean): boolean {
  const needed = new Set<Value>();
  const work: Instr[] = [];
  const need = (value: Value): void => {
    if (value.op === 'const' || value.op === 'param' || needed.has(value)) return;
    needed.add(value);
    work.push(value);
  };
  for (const block of fn.blocks) {
    for (const instr of block.instrs) if (hasEffect(instr) && (keepVariables || instr.op !== 'debugValue')) need(instr);
  }
  for (let instr = work.pop(); instr; instr = work.pop()) for (const arg of instr.args) need(arg);
  return sweep(fn, needed);
}

function sweep(fn: IrFunction, needed: ReadonlySet<Value>): boolean {
  let changed = false;
  for (const block of fn.blocks) {
    for (const instr of block.instrs) if (instr.op === 'debugValue') forgetGone(instr, needed);
    const kept = block.instrs.filter((instr) => needed.has(instr) || instr.op === 'debugValue');
    if (kept.length === block.instrs.length) continue;
    setInstrs(block, kept);
    changed = true;
  }
  return changed;
}

/** What a variable holds can be told as long as the value is computed for another reason. */
function forgetGone(instr: Instr, needed: ReadonlySet<Value>): void {
  const value = instr.args[0];
  if (!value || value.op === 'const' || value.op === 'param' || needed.has(value)) return;
  instr.args.length = 0;
}

/** Whether it must stay though nobody uses its value. */
export function hasEffect(instr: Instr): boolean {
  switch (instr.op) {
    case 'binary':
    case 'compare':
    case 'convert':
    case 'phi':
    case 'alloca':
    case 'address':
    case 'core':
    case 'asmOutput':
    case 'addrSpaceCast':
      return false;
    case 'load':
      return instr.volatile;
    case 'call':
      return !instr.pure;
    case 'asm':
      return instr.asm.volatile || instr.asm.memory || instr.type === 'void';
    case 'late':
      return instr.kind === 'memcpy' || instr.kind === 'memmove' || instr.kind === 'memset';
    default:
      return true;
  }
}
