/**
 * Arenas: memory that programs share with user space. Whatever is done with such a pointer, the kernel keeps it inside.
 * Mirrors the parts of kernel/bpf/verifier.c, v6.18, that know PTR_TO_ARENA.
 */
import type { AddrSpaceCastInsn, AluInsn, AtomicInsn } from '../isa/insn.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Env } from './env.ts';
import { checkRead, checkWritable, getReg, setReg } from './registers.ts';
import { reject, rejectProgram } from './rejection.ts';
import { pointer, UNKNOWN_SCALAR } from './state/register.ts';

/** Bytes of a page: an arena's number of entries counts pages. */
const PAGE = 4096;

/** The one arena a program may refer to. */
export function arenaOf({ insns, maps }: Program): MapSpec | null {
  for (const insn of insns) {
    const map = insn.kind === 'loadMap' ? maps[insn.map] : undefined;
    if (map?.type === 'arena') return map;
  }
  return null;
}

/** One arena, and only for those who may see addresses. */
export function checkArenaUse({ program, rights }: Env, map: MapSpec): void {
  if (map.type !== 'arena') return;
  if (arenaOf(program) !== map) rejectProgram('Only one arena per program');
  if (!rights.bpf || !rights.perfmon) rejectProgram('CAP_BPF and CAP_PERFMON are required to use arena');
}

/** How far behind an arena's beginning an instruction may point. Mirrors `arena_map_direct_value_addr`. */
export function isInsideArena(map: MapSpec, off: number): boolean {
  return off <= map.maxEntries * PAGE;
}

export function castAddressSpace(env: Env, insn: AddrSpaceCastInsn): void {
  if (env.arena === null) reject('addr_space_cast insn can only be used in a program that has an associated arena');
  checkRead(env, insn.src);
  checkWritable(env, insn.dst);
  setReg(env, insn.dst, insn.srcSpace === 1 ? pointer('arena') : UNKNOWN_SCALAR);
}

/** Arithmetic with an arena pointer gives one; true when it was such. */
export function addToArenaPointer(env: Env, insn: AluInsn): boolean {
  const dst = getReg(env, insn.dst);
  if (dst.kind === 'arena') return true;
  if (insn.source !== 'reg') return false;
  const src = getReg(env, insn.src);
  if (src.kind !== 'arena') return false;
  setReg(env, insn.dst, src);
  return true;
}

/** The x86-64 JIT does these with a loop, which a fault could not leave. Mirrors `bpf_jit_supports_insn`. */
export function isAtomicInArena(insn: AtomicInsn): boolean {
  return !(insn.fetch && (insn.op === 'and' || insn.op === 'or' || insn.op === 'xor'));
}
