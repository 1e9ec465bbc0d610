import {
  CLASSIC_CODE,
  CLASSIC_LIMITS,
  CLASSIC_SOURCE_X,
  classicOp,
  classicSuccessors,
  type ClassicInsn,
} from '../../isa/classic.ts';
import { classicExtension, EXTENSION_OFFSET, loadsPacket } from '../../kernel/classicExtensions.ts';

/** Why the kernel would not attach a filter. */
export interface ClassicProblem {
  /** The instruction that is wrong; -1 for the filter as a whole. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** Stands for what could not be read; something else has been said about it. */
export type MaybeInsn = ClassicInsn | null;

/**
 * Everything that makes the kernel refuse a filter. It answers with EINVAL alone; here each reason has a place. Mirrors
 * `bpf_check_basics_ok`, `bpf_check_classic` and `check_load_and_stores` of net/core/filter.c, v6.18.
 */
export function checkClassic(insns: readonly MaybeInsn[]): ClassicProblem[] {
  const problems = wholeFilter(insns);
  for (const [index, insn] of insns.entries()) {
    const problem = insn === null ? null : (checkInsn(insn) ?? checkTargets(insn, index, insns.length));
    if (problem !== null) problems.push({ index, ...problem });
  }
  // A store that could not be read may be the one that is missing.
  if (problems.length === 0 && insns.every((insn) => insn !== null))
    for (const index of unsetLoads(insns)) problems.push({ index, ...unset(insns[index]) });
  return problems;
}

function wholeFilter(insns: readonly MaybeInsn[]): ClassicProblem[] {
  const last = insns.at(-1);
  if (insns.length === 0) return [{ index: -1, code: 'empty-filter', message: 'The filter has no instructions.' }];
  if (insns.length > CLASSIC_LIMITS.insns) {
    const message = `A filter has at most ${CLASSIC_LIMITS.insns} instructions, this one ${insns.length}.`;
    return [{ index: -1, code: 'too-large', message }];
  }
  const open = last && classicOp(last.code) !== null && classicOp(last.code)?.mnemonic !== 'ret';
  const message = 'The last instruction of a filter must be ret.';
  return open ? [{ index: insns.length - 1, code: 'missing-return', message }] : [];
}

type Problem = Omit<ClassicProblem, 'index'>;

function checkInsn(insn: ClassicInsn): Problem | null {
  const { code, k } = insn;
  const op = classicOp(code);
  if (op === null) return { code: 'opcode-unknown', message: opcodeText(code) };
  if ((code === CLASSIC_CODE.divK || code === CLASSIC_CODE.modK) && k === 0)
    return { code: 'division-by-zero', message: 'This divides by the constant 0.' };
  if ((code === CLASSIC_CODE.lshK || code === CLASSIC_CODE.rshK) && k >= 32)
    return { code: 'shift-out-of-range', message: `A has 32 bits: it can be shifted by 0 to 31, not by ${k}.` };
  if (op.operand === 'mem' && k >= CLASSIC_LIMITS.words)
    return { code: 'scratch-out-of-range', message: `The scratch memory is M[0] to M[15]; there is no M[${k}].` };
  if (loadsPacket(code) && k >= EXTENSION_OFFSET && classicExtension(insn) === null)
    return { code: 'unknown-extension', message: `Offset ${k | 0} is neither in the packet nor a known value.` };
  return null;
}

function opcodeText(code: number): string {
  const hex = `0x${code.toString(16)}`;
  if (code === (CLASSIC_CODE.retK | CLASSIC_SOURCE_X)) return `ret x (${hex}) exists on BSD only: write txa and ret a.`;
  return `${hex} is no instruction of classic BPF.`;
}

function checkTargets(insn: ClassicInsn, index: number, count: number): Problem | null {
  const { code, k } = insn;
  if (code !== CLASSIC_CODE.ja && classicOp(code)?.branches !== true) return null;
  if (code === CLASSIC_CODE.ja && k > 0x7fff_ffff)
    return { code: 'backward-jump', message: 'Kernels take no filter that jumps back: a filter must end.' };
  const outside = classicSuccessors(insn, index).find((target) => target >= count);
  if (outside === undefined) return null;
  const message = `This jumps to instruction ${outside}, but the last one is ${count - 1}.`;
  return { code: 'jump-out-of-range', message };
}

function unset(insn: MaybeInsn | undefined): Problem {
  const word = `M[${insn?.k ?? 0}]`;
  return {
    code: 'scratch-unset',
    message: `${word} is read, but not every path has stored something there: begin with st ${word}.`,
  };
}

/** Loads of words that no instruction has set on some path; all paths are looked at, also those that nothing takes. */
function unsetLoads(insns: readonly MaybeInsn[]): number[] {
  const known = new Uint16Array(insns.length).fill(0xffff);
  const loads: number[] = [];
  let set = 0;
  for (const [index, insn] of insns.entries()) {
    set &= known[index] ?? 0;
    if (insn === null) continue;
    const { code, k } = insn;
    if (code === CLASSIC_CODE.st || code === CLASSIC_CODE.stx) set |= 1 << k;
    else if (code === CLASSIC_CODE.ldMem || code === CLASSIC_CODE.ldxMem) {
      if ((set & (1 << k)) === 0) loads.push(index);
    } else if (code === CLASSIC_CODE.ja || classicOp(code)?.branches === true) {
      for (const target of classicSuccessors(insn, index)) known[target] = (known[target] ?? 0) & set;
      set = 0xffff;
    }
  }
  return loads;
}

/** Which instructions can be reached from the first one. */
export function reachable(insns: readonly MaybeInsn[]): boolean[] {
  const reached = insns.map((_, index) => index === 0);
  for (const [index, insn] of insns.entries()) {
    if (!reached[index]) continue;
    const next = insn === null ? [index + 1] : classicSuccessors(insn, index);
    for (const target of next) if (target > index && target < insns.length) reached[target] = true;
  }
  return reached;
}
