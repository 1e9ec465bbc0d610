/** What calls of a subprogram may do besides. Mirrors `merge_callee_effects` and what feeds it in `visit_insn`, v6.18. */
import type { CallInsn, Insn } from '../isa/insn.ts';
import { helperAvailable, helperById } from '../kernel/helpers.ts';
import type { Env, SubprogInfo } from './env.ts';
import { callableKfunc } from './kfuncs/find.ts';
import { callee } from './subprograms.ts';

/** Finds the subprograms that may move the packet and those that may sleep; what is called counts for the caller. */
export function findEffects(env: Env): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const subprog of env.subprogs) if (addEffects(env, subprog)) changed = true;
  }
}

function addEffects({ program, subprogs, options }: Env, subprog: SubprogInfo): boolean {
  const before = [subprog.changesPacket, subprog.maySleep];
  for (let pc = subprog.start; pc < subprog.end; pc++) {
    const insn = program.insns[pc];
    if (insn === undefined) continue;
    const effects = effectsOf(insn, { program, options });
    const target = callee(insn, pc);
    const called = target === null ? undefined : subprogs.find((other) => other.start === target);
    subprog.changesPacket ||= effects.changesPacket || called?.changesPacket === true;
    subprog.maySleep ||= effects.maySleep || called?.maySleep === true;
  }
  return before[0] !== subprog.changesPacket || before[1] !== subprog.maySleep;
}

type Effects = Pick<SubprogInfo, 'changesPacket' | 'maySleep'>;

const NONE: Effects = { changesPacket: false, maySleep: false };

function effectsOf(insn: Insn, env: Pick<Env, 'program' | 'options'>): Effects {
  if (insn.kind !== 'call') return NONE;
  if (insn.target === 'helper') return helperEffects(insn, env);
  const kfunc = insn.target === 'kfunc' ? callableKfunc(env, insn) : null;
  if (kfunc === null) return NONE;
  return { changesPacket: kfunc.name === 'bpf_xdp_pull_data', maySleep: kfunc.flags.has('sleepable') };
}

function helperEffects({ imm }: CallInsn, { program }: Pick<Env, 'program'>): Effects {
  const proto = helperById(imm)?.proto ?? null;
  if (proto === null) return NONE;
  const available = helperAvailable(program.type, imm, true, program.attachType);
  return { changesPacket: proto.changesPacket, maySleep: proto.sleeps && available };
}
