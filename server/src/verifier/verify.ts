/** The verdict of the kernel's verifier on a program. Mirrors `bpf_check` of kernel/bpf/verifier.c, v6.18. */
import type { Job } from '../base/job.ts';
import { finish } from '../base/job.ts';
import { LIMITS } from '../kernel/limits.ts';
import { certaintyOf, NEWEST } from '../kernel/releases.ts';
import type { Program } from '../program/program.ts';
import type { Env, SubprogInfo } from './env.ts';
import { dropPairs } from './fastcall.ts';
import { findingOf, needFinding, unsupportedFinding } from './explain.ts';
import { step } from './explore.ts';
import { globalEntry } from './globalFunctions.ts';
import { refuseMissing } from './kfuncs/declare.ts';
import { forgetInstance } from './liveness.ts';
import { LOG_START, logText, markAllChanged, rewind, say } from './log.ts';
import { sayMainPrototype } from './mainPrototype.ts';
import { newEnv, preflight } from './preflight.ts';
import { Rejection, Unsupported } from './rejection.ts';
import { checkTailCalls } from './rights.ts';
import { checkRemovedCallbacks, stackBytesWhenAccepted, stackBytesWhenRefused } from './stackBytes.ts';
import { checkStackDepth } from './stackDepth.ts';
import type { Finding, Verification, VerifiedProgram, VerifyOptions } from './verification.ts';

/** The kernel we know exactly, as root. */
export const VERIFY_DEFAULTS: VerifyOptions = { kernel: NEWEST, privileged: true, logLevel: 0 };

export function verify(program: Program, options: Partial<VerifyOptions> = {}): Verification {
  return finish(verifyJob(program, { ...VERIFY_DEFAULTS, ...options }));
}

/** One unit of the budget is one instruction walked. */
export function verifyJob(program: Program, options: VerifyOptions): Job<Verification> {
  const env = newEnv(program, options);
  const need = program.needs?.[0];
  // Instructions that are not final yet have no verdict.
  let result = need === undefined ? null : verification(env, 'unsupported', needFinding(need));
  let started = false;
  return {
    advance(budget) {
      result ??= settle(env, () => {
        if (!started) {
          preflight(env);
          sayMainPrototype(env);
          started = true;
          markAllChanged(env.log);
        }
        return walk(env, budget);
      });
      return result !== null;
    },
    result() {
      if (result === null) throw new RangeError('the verification has not ended');
      return result;
    },
  };
}

/** True when all paths have been walked. */
function walk(env: Env, budget: number): boolean {
  for (let i = 0; i < budget; i++)
    if (step(env) && !beginGlobal(env)) {
      dropPairs(env);
      checkStackDepth(env);
      checkTailCalls(env);
      checkRemovedCallbacks(env);
      refuseMissing(env);
      return true;
    }
  return false;
}

/** Goes on with a global function that was called and not verified yet. Mirrors `do_check_subprogs`. */
function beginGlobal(env: Env): boolean {
  // What proved safe needs no log at level 1.
  rewind(env.log, LOG_START);
  if (env.current > 0)
    say(
      env.log,
      `Func#${env.current} ('${env.subprogs[env.current]?.name ?? ''}') is safe for any args that match its prototype\n`,
    );
  const index = nextGlobal(env);
  const subprog = env.subprogs[index];
  if (subprog === undefined) return false;
  env.current = index;
  subprog.verified = true;
  env.explored.fill(undefined);
  env.loops.clear();
  env.pc = subprog.start;
  env.prevPc = -1;
  env.printsState = false;
  env.state = globalEntry(env, index);
  forgetInstance(env);
  markAllChanged(env.log);
  return true;
}

/** In order of the functions; those behind the last one first, then from the beginning again. */
function nextGlobal(env: Env): number {
  const behind = env.subprogs.findIndex((subprog, i) => i > env.current && waits(subprog, i));
  return behind >= 0 ? behind : env.subprogs.findIndex(waits);
}

/** Turns the end of the work, or what was thrown to end it, into the result. */
function settle(env: Env, work: () => boolean): Verification | null {
  try {
    return work() ? verification(env, 'accepted', null) : null;
  } catch (error) {
    if (error instanceof Rejection) {
      for (const line of error.lines) say(env.log, `${line}\n`);
      return verification(env, 'rejected', findingOf(env, error));
    }
    if (error instanceof Unsupported) return verification(env, 'unsupported', unsupportedFinding(env, error));
    throw error;
  }
}

function verification(env: Env, outcome: Verification['outcome'], finding: Finding | null): Verification {
  const { program, processed, maxStatesPerInsn, totalStates, peakStates } = env;
  say(
    env.log,
    `processed ${processed} insns (limit ${LIMITS.verifiedInsns}) max_states_per_insn ${maxStatesPerInsn} total_states ${totalStates} peak_states ${peakStates} mark_read 0\n`,
  );
  const { kernel } = env.options;
  return {
    kernel,
    certainty: certaintyOf(kernel),
    outcome,
    program: outcome === 'accepted' && !env.readsKernel ? (program as VerifiedProgram) : null,
    finding,
    processed,
    totalStates,
    peakStates,
    stackBytes: outcome === 'accepted' ? stackBytesWhenAccepted(env) : stackBytesWhenRefused(env),
    states: program.insns.map((_, pc) => env.samples[pc] ?? []),
    visits: env.visits,
    log: logText(env.log),
  };
}

function waits(subprog: SubprogInfo, index: number): boolean {
  return index > 0 && subprog.global && subprog.called && !subprog.verified;
}
