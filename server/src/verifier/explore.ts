/** The walk over all paths. Mirrors `do_check` of kernel/bpf/verifier.c, v6.18. */
import type { Insn } from '../isa/insn.ts';
import { LIMITS } from '../kernel/limits.ts';
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { noteJump } from './history.ts';
import { insnTextOf } from './insnText.ts';
import { beginWrites, commitWrites, updateLiveness } from './liveness.ts';
import { anythingChanged, clearChanged, flat, markAllChanged, say, sayInsnLine, slotChanged } from './log.ts';
import { popPath } from './paths.ts';
import { rejectAt, Rejection, rejectProgram } from './rejection.ts';
import { frameText, printAll } from './state/print.ts';
import { doInsn } from './transfer.ts';
import { finishPath, isVisited } from './visited.ts';
import { copyFrames } from './walkState.ts';

/** States kept of each instruction for people to look at. */
const SAMPLES = 8;
/** Bound for all samples together: big programs keep fewer of each instruction, down to one, and huge ones none. */
const MAX_SAMPLES = 30_000;
const MAX_SAMPLED_INSNS = 100_000;

/** One instruction of one path. True when no path is left. */
export function step(env: Env): boolean {
  env.hasTrail = false;
  const { pc, state } = env;
  const insn = env.program.insns[pc];
  if (insn === undefined) rejectProgram(`invalid insn idx ${pc} insn_cnt ${env.program.insns.length}`);
  if (++env.processed > LIMITS.verifiedInsns)
    rejectAt(Math.max(0, env.prevPc), `BPF program is too large. Processed ${env.processed} insn`);
  state.lastPc = env.prevPc;
  state.pc = pc;
  if (env.facts.prunePoint[pc] === 1 && isVisited(env)) {
    if (env.log.level > 0) sayPruned(env);
    return endPath(env);
  }
  if (env.facts.jumpPoint[pc] === 1) noteJump(env);
  sample(env);
  if (env.log.level > 0) sayInsn(env);
  const { speculative } = state.regions;
  if (speculative && env.facts.barrier[pc] === 1) return endPath(env);
  beginWrites(env, pc);
  const ended = speculative ? guess(env, insn) : doInsn(env, insn);
  commitWrites(env);
  env.prevPc = pc;
  if (env.log.level > 0 && insn.kind === 'jump') sayState(env, pc);
  if (insn.kind === 'exit' && !ended) env.printsState = true;
  return (ended || (speculative && env.facts.barrierBehind[pc] === 1)) && endPath(env);
}

/** On a path of wrong guesses nothing is refused: a barrier keeps the processor from what must not be. */
function guess(env: Env, insn: Insn): boolean {
  const { pc } = env;
  try {
    return doInsn(env, insn);
  } catch (error) {
    if (!(error instanceof Rejection) || !error.avoidable || !env.can.barriers) throw error;
    env.facts.barrier[pc] = 1;
    return true;
  }
}

function endPath(env: Env): boolean {
  markAllChanged(env.log);
  finishPath(env);
  updateLiveness(env);
  env.printsState = true;
  return !popPath(env);
}

function sample(env: Env): void {
  if (env.state.regions.speculative) return;
  env.visits[env.pc] = (env.visits[env.pc] ?? 0) + 1;
  if ((env.visits[env.pc] ?? 0) > samplesOf(env.program.insns.length)) return;
  (env.samples[env.pc] ??= []).push({ frames: copyFrames(env.state.frames) });
}

function samplesOf(insns: number): number {
  return insns > MAX_SAMPLED_INSNS ? 0 : Math.max(1, Math.min(SAMPLES, MAX_SAMPLES / insns));
}

function sayPruned(env: Env): void {
  const guessed = guessedText(env);
  say(env.log, env.printsState ? `\nfrom ${env.prevPc} to ${env.pc}${guessed}: safe\n` : `${env.pc}: safe\n`);
}

function sayInsn(env: Env): void {
  if (env.log.level === 2 && env.printsState) {
    say(
      env.log,
      `\nfrom ${env.prevPc} to ${env.pc}${guessedText(env)}:${frameText(frameOf(env), printAll(env.state.refs))}\n`,
    );
    env.printsState = false;
  }
  if (anythingChanged(env.log)) sayState(env, env.pc);
  sayInsnLine(env.log, `${env.pc}: ${insnTextOf(env, env.pc)}\n`);
}

function guessedText(env: Env): string {
  return env.state.regions.speculative ? ' (speculative execution)' : '';
}

/** Behind the instruction's line when nothing was said since. Mirrors `print_insn_state` of kernel/bpf/log.c. */
function sayState(env: Env, pc: number): void {
  const { log } = env;
  const refs = env.state.refs.map((ref) => ref.id);
  const text = frameText(frameOf(env), { regs: log.changedRegs, showsSlot: (spi) => slotChanged(log, spi), refs });
  const last = log.parts.length - 1;
  const line = last >= 0 && last === log.lastInsnPart ? log.parts[last] : undefined;
  if (line === undefined) say(log, `${pc}:${text}\n`);
  else log.parts[last] = flat(`${line.slice(0, -1)}${padding(line.length)};${text}\n`);
  log.lastInsnPart = -1;
  clearChanged(log);
}

/** Mirrors `vlog_alignment`: states begin at column 40 or at the next multiple of eight behind. */
function padding(length: number): string {
  return ' '.repeat(Math.ceil(Math.max(length + 4, 40) / 8) * 8 - length - 1);
}
