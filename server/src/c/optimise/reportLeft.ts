/** Tells what should have gone by the end of the optimiser, and what the back end cannot make code of. */
import type { Instr, IrModule } from '../ir/ir.ts';
import { reportError, reportWarning, type Problems } from '../problem.ts';
import { calleeOf, type CallGraph } from './callGraph.ts';
import type { UsesOf } from './dropUnused.ts';

export function reportLeft(module: IrModule, graph: CallGraph, problems: Problems, done: UsesOf): void {
  for (const fn of module.functions.values()) {
    if (done.has(fn.name)) continue;
    for (const block of fn.blocks) for (const instr of block.instrs) reportInstr(module, graph, problems, instr);
  }
}

function reportInstr(module: IrModule, graph: CallGraph, problems: Problems, instr: Instr): void {
  const at = placeOf(instr);
  switch (instr.op) {
    case 'call':
      reportCall(module, graph, problems, instr);
      break;
    case 'late':
    case 'memcpy':
    case 'memmove':
    case 'memset': {
      const name = instr.op === 'late' ? instr.kind : instr.op;
      const why = `a call to built-in function '${name}' is not supported${sizeText(instr)}`;
      reportError(problems, 'builtin-not-expanded', at, why);
      break;
    }
    default:
      break;
  }
}

function sizeText(instr: Instr): string {
  if (instr.op === 'late') return instr.args.length === 3 ? ': its size must be a constant' : '';
  return 'sizeBytes' in instr ? `: ${instr.sizeBytes} bytes are too many to be copied one by one` : '';
}

function reportCall(module: IrModule, graph: CallGraph, problems: Problems, call: Instr & { op: 'call' }): void {
  const at = placeOf(call);
  if (call.callee.kind === 'value') {
    reportError(problems, 'call-indirect', at, 'the called function must be known when the program is compiled');
  }
  if (call.callee.kind !== 'function') return;
  const { name } = call.callee.symbol;
  const { error = null, warning = null } = module.functions.get(name)?.attributes ?? {};
  if (error !== null)
    reportError(problems, 'call-declared-error', at, `call to '${name}' declared with 'error' attribute: ${error}`);
  if (warning !== null) {
    const message = `call to '${name}' declared with 'warning' attribute: ${warning}`;
    reportWarning(problems, 'attribute-warning', at, message);
  }
  const callee = calleeOf(call, module);
  if (callee?.attributes.alwaysInline && graph.recursive.has(callee)) {
    reportError(
      problems,
      'inline-recursive',
      at,
      `'${name}' is always_inline and calls itself, so it cannot be inlined`,
    );
  }
}

/** Where the user wrote it: for what was inlined still in the function that holds it. */
function placeOf(instr: Instr): { start: number; end: number } {
  return { start: instr.place, end: instr.place };
}
