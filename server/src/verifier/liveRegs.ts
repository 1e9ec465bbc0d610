/** Which registers may still be read, per instruction. Mirrors `compute_live_registers`, v6.18. */
import { helperAvailable, helperOf } from '../kernel/helpers.ts';
import type { Program } from '../program/program.ts';
import type { CallInsn, Insn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { callableKfunc } from './kfuncs/find.ts';

const CALLER_SAVED = 0b111111;
const ARGUMENTS = 0b111110;
const ALL = 0xffff;

interface Effect {
  readonly def: number;
  readonly use: number;
}

export function computeLiveRegisters(
  env: Pick<Env, 'program' | 'options'>,
  successors: readonly (readonly number[])[],
  postorder: Int32Array,
): Uint16Array {
  const { insns } = env.program;
  const effects = insns.map((insn) => effectOf(insn, env));
  const live = new Uint16Array(insns.length);
  for (let changed = true; changed;) {
    changed = false;
    for (const pc of postorder) {
      const effect = effects[pc];
      if (effect === undefined) continue;
      let out = 0;
      for (const to of successors[pc] ?? []) out |= live[to] ?? 0;
      const before = (out & ~effect.def) | effect.use;
      if (before === live[pc]) continue;
      live[pc] = before;
      changed = true;
    }
  }
  return live;
}

function bit(regno: number): number {
  return 1 << regno;
}

/** Mirrors `compute_insn_live_regs`. */
function effectOf(insn: Insn, env: Pick<Env, 'program' | 'options'>): Effect {
  switch (insn.kind) {
    case 'alu': {
      const operand = insn.source === 'reg' ? bit(insn.src) : 0;
      return { def: bit(insn.dst), use: insn.op === 'mov' ? operand : bit(insn.dst) | operand };
    }
    case 'bswap':
      return { def: bit(insn.dst), use: bit(insn.dst) };
    case 'addrSpaceCast':
    case 'load':
      return { def: bit(insn.dst), use: bit(insn.src) };
    case 'store':
      return { def: 0, use: bit(insn.dst) | (insn.source === 'reg' ? bit(insn.src) : 0) };
    case 'atomic':
      if (insn.op === 'loadAcquire') return { def: bit(insn.dst), use: bit(insn.src) };
      if (insn.op === 'cmpxchg') return { def: bit(0), use: bit(0) | bit(insn.dst) | bit(insn.src) };
      return { def: insn.fetch ? bit(insn.src) : 0, use: bit(insn.dst) | bit(insn.src) };
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return { def: bit(insn.dst), use: 0 };
    case 'jump':
      return { def: 0, use: bit(insn.dst) | (insn.source === 'reg' ? bit(insn.src) : 0) };
    case 'goto':
    case 'mayGoto':
      return { def: 0, use: 0 };
    case 'exit':
      return { def: 0, use: bit(0) };
    case 'call':
      return { def: CALLER_SAVED, use: calleeUse(insn, env) };
    default:
      return { def: 0, use: ALL };
  }
}

function calleeUse(insn: CallInsn, env: Pick<Env, 'program' | 'options'>): number {
  if (insn.target === 'helper') return helperUse(insn.imm, env.program);
  const count = insn.target === 'kfunc' ? callableKfunc(env, insn)?.args : undefined;
  return count === undefined ? ARGUMENTS : (1 << (count + 1)) - 2;
}

/** The arguments a helper takes, where this program may call it. */
function helperUse(id: number, { type, attachType }: Program): number {
  const proto = helperOf(type, id, attachType)?.proto ?? null;
  if (proto === null || !helperAvailable(type, id, true, attachType)) return ARGUMENTS;
  return (1 << (proto.args.length + 1)) - 2;
}
