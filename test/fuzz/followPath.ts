/** Runs a program in the interpreter and walks the same path in the verifier: what it says there must be true. */
import type { Program } from '../../server/src/program/program.ts';
import { noteJump } from '../../server/src/verifier/history.ts';
import { beginWrites, commitWrites } from '../../server/src/verifier/liveness.ts';
import type { Env, PendingPath } from '../../server/src/verifier/env.ts';
import { frameOf } from '../../server/src/verifier/env.ts';
import { newEnv, preflight } from '../../server/src/verifier/preflight.ts';
import type { Bounds } from '../../server/src/verifier/state/bounds.ts';
import { regAt } from '../../server/src/verifier/state/frame.ts';
import { doInsn } from '../../server/src/verifier/transfer.ts';
import { MAYBE_NULL, UNTRUSTED, type RegisterState } from '../../server/src/verifier/state/register.ts';
import type { VerifyOptions } from '../../server/src/verifier/verification.ts';
import { VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';
import type { Interpreter } from '../../server/src/vm/interpreter.ts';
import type { Trap } from '../../server/src/vm/machine.ts';

const MOST_STEPS = 3000;
const MOST_INSNS = 1_000_000;

/**
 * What is untrue, or null: a trap, a way that the verifier thought impossible, a number outside of its bounds. Nothing is
 * pruned here, so that numbers that do not matter for safety count, too. The interpreter stands at the entry.
 */
export function untrueOnPath(
  program: Program,
  interpreter: Interpreter,
  options: Partial<VerifyOptions> = {},
): string | null {
  const env = newEnv(program, { ...VERIFY_DEFAULTS, ...options });
  preflight(env);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const { pc } = env;
    if (pc !== interpreter.pc) return `the verifier stands at ${pc}, the machine at ${interpreter.pc}`;
    const { depth } = interpreter;
    const others = walkOn(env);
    let outcome: ReturnType<Interpreter['step']> | 'stopped' = interpreter.step();
    // The verifier goes on behind calls of global functions, which it verifies by themselves.
    if (outcome === 'running' && env.pc === pc + 1 && interpreter.depth > depth) {
      // Callbacks may change what their caller has on the stack, and paths that enter them are others.
      if (env.facts.callsCallback[pc] === 1) return null;
      outcome = interpreter.runUntil((one) => one.depth <= depth, MOST_INSNS);
    }
    if (interpreter.currentProgram !== interpreter.program) return null;
    if (outcome === 'running') {
      if (interpreter.depth > depth && env.pc === pc + 1) return null;
    } else if (outcome !== 'stopped') return outcome.kind === 'exit' ? null : trapText(outcome.trap);
    if (!choose(env, interpreter, others))
      return `${pc}: ${wrongNumber(env, interpreter) ?? `no path goes on at ${interpreter.pc}`}`;
  }
  return null;
}

/** Structures of the kernel, of which the machine has none: memory that is not recorded, and what handles of maps stand for. */
const KERNELS = /, memory of the kernel that is not recorded|^reads \d+ bytes? of (the map|unmapped memory)/;

/** Null for what our machine cannot do: that is no fault of the program's. */
export function trapText({ kind, pc, message }: Trap): string | null {
  if (KERNELS.test(message)) return null;
  if (kind === 'unsupported' || kind === 'unknownHelper' || kind === 'helper' || kind === 'budget') return null;
  return `${pc ?? '?'}: ${message}`;
}

/** One instruction of the verifier's path; the paths it puts aside. */
function walkOn(env: Env): PendingPath[] {
  const { pc, state } = env;
  const insn = env.program.insns[pc];
  if (insn === undefined) throw new RangeError('the path leaves the program');
  env.hasTrail = false;
  state.lastPc = env.prevPc;
  state.pc = pc;
  if (env.facts.jumpPoint[pc] === 1) noteJump(env);
  env.visits[pc] = (env.visits[pc] ?? 0) + 1;
  beginWrites(env, pc);
  doInsn(env, insn);
  commitWrites(env);
  env.prevPc = pc;
  return env.pending.splice(0);
}

/** Goes on with the path that the machine takes; false when there is none. */
function choose(env: Env, interpreter: Interpreter, others: readonly PendingPath[]): boolean {
  if (fits(env, interpreter)) return true;
  const here = { state: env.state, pc: env.pc, prevPc: env.prevPc };
  for (const { state, pc, prevPc } of others) {
    Object.assign(env, { state, pc, prevPc });
    // Some paths do the instruction again, with another number.
    if (pc === here.prevPc && pc !== interpreter.pc) walkOn(env);
    if (fits(env, interpreter)) return true;
  }
  Object.assign(env, here);
  return false;
}

function fits(env: Env, interpreter: Interpreter): boolean {
  return env.pc === interpreter.pc && wrongNumber(env, interpreter) === null;
}

function wrongNumber(env: Env, interpreter: Interpreter): string | null {
  const frame = frameOf(env);
  for (let number = 0; number < 10; number++) {
    const known = regAt(frame, number);
    if (known.kind === 'notInit' || !interpreter.isInitialized(number)) continue;
    const value = interpreter.reg(number);
    if (known.kind === 'scalar' && !holds(known.bounds, value)) return `r${number} is ${value}, outside of its bounds`;
    if (value === 0n && isNeverNull(known)) return `r${number} is null, which the verifier rules out`;
  }
  return null;
}

/** Pointers to kernel structures, and those that are not trusted, may be null in spite of their type. */
function isNeverNull({ kind, flags }: RegisterState): boolean {
  return kind !== 'scalar' && kind !== 'btfId' && (flags & (MAYBE_NULL | UNTRUSTED)) === 0;
}

function holds(b: Bounds, value: bigint): boolean {
  const signed = BigInt.asIntN(64, value);
  const low = Number(BigInt.asUintN(32, value));
  return (
    value >= b.umin && value <= b.umax && signed >= b.smin && signed <= b.smax &&
    low >= b.u32Min && low <= b.u32Max && (low | 0) >= b.s32Min && (low | 0) <= b.s32Max &&
    (value & ~BigInt.asUintN(64, b.varOff.mask)) === b.varOff.value
  ); // prettier-ignore
}
