import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import type { Trap } from '../vm/machine.ts';
import type { Runner } from './engines.ts';

/** Smaller programs are compiled in less time than anybody notices. */
const LARGE_SLOTS = 1000;

/**
 * Whether the first event is better not compiled for: the interpreter is ready sooner, as long as the event takes no
 * more instructions than the verifier has walked.
 */
export function startsInterpreted(program: Program, accepted: boolean): boolean {
  if (program.insns.length < LARGE_SLOTS || program.insns.some(isUnbounded)) return false;
  return accepted || !program.insns.some(goesBack);
}

/** May go round more often than the verifier does. */
function isUnbounded({ kind, ...insn }: Insn): boolean {
  return kind === 'mayGoto' || kind === 'loadFunc' || kind === 'callx' || ('target' in insn && insn.target === 'kfunc');
}

function goesBack(insn: Insn): boolean {
  return (insn.kind === 'jump' || insn.kind === 'goto') && insn.off < 0;
}

/** Runs the first event in the interpreter and compiles the program when there is a second one. */
export function tieredRunner(interpreter: Runner, compile: () => Runner): Runner {
  let first = true;
  let compiled: Runner | null = null;
  const current = (): Runner => compiled ?? interpreter;
  return {
    name: 'jit',
    machine: interpreter.machine,
    run() {
      if (!first) compiled ??= compile();
      first = false;
      return current().run();
    },
    get low(): number {
      return current().low;
    },
    get high(): number {
      return current().high;
    },
    get trap(): Trap | null {
      return current().trap;
    },
    // Compiled code does not count either.
    insns: null,
    visits: null,
  };
}
