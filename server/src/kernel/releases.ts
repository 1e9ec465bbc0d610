/**
 * What each kernel from 5.4 on has: program types, instructions, and abilities of its verifier that decide on programs.
 * Helpers, kernel functions, map types and fields of contexts say in their own tables since when they exist. Sources:
 * the history of include/uapi/linux/bpf.h and kernel/bpf/verifier.c.
 */
import type { Insn } from '../isa/insn.ts';
import type { ProgramType } from './programTypes.ts';

/** The kernel whose verifier we know exactly. */
export const NEWEST = '6.18';
/** The latest one that a verdict is predicted for; what it has that is not in our tables is unknown. */
export const LATEST = '7.0';
/** The oldest one a verdict is predicted for. */
export const OLDEST = '5.4';
/** Long-term releases, as choices to offer. */
export const LONG_TERM = ['5.4', '5.10', '5.15', '6.1', '6.6', '6.12', '6.18'] as const;

/** How sure a verdict is: compared with that kernel program by program, on many, or told from tables alone. */
export type Certainty = 'exact' | 'checked' | 'predicted';

export function certaintyOf(kernel: string): Certainty {
  if (kernel === NEWEST) return 'exact';
  return kernel === '6.1' || kernel === '6.12' ? 'checked' : 'predicted';
}

/** Whether it is a version that a verdict can be given for: `5.15`. */
export function isKnownKernel(kernel: string): boolean {
  return /^\d+\.\d+$/.test(kernel) && reaches(kernel, OLDEST) && reaches(LATEST, kernel);
}

/** Whether the kernel is of that version or a later one. */
export function reaches(kernel: string, since: string): boolean {
  return versionNumber(kernel) >= versionNumber(since);
}

function versionNumber(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}

/** The kernel that brought each program type. */
export const PROGRAM_TYPES_SINCE: Readonly<Partial<Record<ProgramType, string>>> = {
  tracing: '5.5',
  struct_ops: '5.6',
  ext: '5.6',
  lsm: '5.7',
  sk_lookup: '5.9',
  syscall: '5.14',
  netfilter: '6.4',
};

/** An instruction that an older kernel does not know, and what it says of it. */
export interface NewInsn {
  readonly since: string;
  /** Said before the walk, or where a path reaches the instruction. */
  readonly when: 'decoding' | 'reached';
  readonly message: string;
}

/** Null for instructions that 5.4 has. Messages as the kernels before say them. */
export function newInsn(insn: Insn): NewInsn | null {
  switch (insn.kind) {
    case 'alu':
      if (insn.op === 'mov' && insn.signExtendBits !== 0) return cpu4('reached', 'BPF_MOV uses reserved fields');
      if (insn.op === 'sdiv' || insn.op === 'smod') return cpu4('reached', 'BPF_ALU uses reserved fields');
      return null;
    case 'bswap':
      return insn.mode === 'swap' ? cpu4('decoding', 'unknown opcode d7') : null;
    case 'load':
      return insn.signed ? cpu4('decoding', 'BPF_LDX uses reserved fields') : null;
    case 'goto':
      // 6.6 brought it, and 6.1 has it by its updates.
      return insn.long ? { since: '6.1', when: 'decoding', message: 'unknown opcode 06' } : null;
    case 'mayGoto':
      return { since: '6.9', when: 'decoding', message: 'unknown opcode e5' };
    case 'addrSpaceCast':
      return { since: '6.9', when: 'reached', message: 'BPF_MOV uses reserved fields' };
    case 'atomic':
      if (insn.op === 'loadAcquire' || insn.op === 'storeRelease')
        return { since: '6.15', when: 'reached', message: 'BPF_ATOMIC uses invalid atomic opcode' };
      if (insn.op === 'add' && !insn.fetch) return null;
      return { since: '5.12', when: 'decoding', message: 'BPF_STX uses reserved fields' };
    case 'loadFunc':
      return { since: '5.13', when: 'decoding', message: 'unrecognized bpf_ld_imm64 insn' };
    case 'loadBtfId':
      return { since: '5.10', when: 'decoding', message: 'unrecognized bpf_ld_imm64 insn' };
    case 'loadMap':
      if (insn.by === 'idx' || insn.by === 'idxValue')
        return { since: '5.14', when: 'decoding', message: 'unrecognized bpf_ld_imm64 insn' };
      return null;
    case 'call':
      return insn.target === 'kfunc'
        ? { since: '5.13', when: 'decoding', message: 'BPF_CALL uses reserved fields' }
        : null;
    default:
      return null;
  }
}

function cpu4(when: NewInsn['when'], message: string): NewInsn {
  return { since: '6.6', when, message };
}

/** What verifiers learned over time, as far as it decides on programs. */
export const ABILITIES = {
  constantMaps: { since: '5.5', doc: 'Contents of .rodata are known numbers.' },
  spillsBounded: { since: '5.10', doc: 'Numbers with a known range keep it on the stack.' },
  sleepable: { since: '5.10', doc: 'Programs that may sleep.' },
  spillsNarrow: { since: '5.16', doc: 'Numbers stored with less than eight bytes keep their range.' },
  uninitializedStack: { since: '6.1', doc: 'Reading stack that was never written (6.3, and 6.1 by its updates).' },
  licensesStructures: {
    since: '6.2',
    doc: 'Pointers to kernel structures are followed for programs with a GPL-compatible license only.',
  },
  comparesRanges: { since: '6.8', doc: 'Comparisons of two numbers of which neither is constant teach ranges and are decided by them.' },
  spillsUnknown: { since: '6.8', doc: 'Numbers of which nothing is known stay linked to their copy on the stack.' },
  excludesEnds: { since: '6.8', doc: 'A number that differs from an end of its range leaves it.' },
  loopsAnywhere: { since: '6.8', doc: 'Loops that are entered in the middle.' },
  fillsNarrow: { since: '6.9', doc: 'Part of a number on the stack can be read back with its range.' },
  linkedSums: { since: '6.11', doc: 'A copy with a constant added stays linked to its origin.' },
  multipliesRanges: { since: '6.14', doc: 'Products of ranges that may be negative.' },
  arrayElementsExist: { since: '6.14', doc: 'Lookups in arrays by a constant index in range are never null.' },
  mixesIterators: {
    since: '6.13',
    doc: 'Iterators whose RCU section has ended are taken for those whose section goes on; 6.12 tells them apart, by its updates.',
  },
  processorNumber: { since: '6.13', doc: 'The number of the processor is bounded.' },
  barriers: { since: '6.17', doc: 'What only a wrong guess of the processor reaches is stopped by a barrier, not refused.' },
  negates: { since: '6.17', doc: 'Negated ranges.' },
  forksMasks: { since: '6.18', doc: 'A mask of all or no bits is followed both ways.' },
  wantsTrusted: {
    since: '7.0',
    doc: 'Each function of the kernel takes only trusted objects, and null only where it says so (7.0, and some builds of 6.18).',
  },
  guardsStructures: {
    since: '7.0',
    doc: 'Helpers and functions of the program may not be given structures of the kernel as memory to write to (7.0, and some builds of 6.18).',
  },
} as const satisfies Record<string, { readonly since: string; readonly doc: string }>; // prettier-ignore

export type Ability = keyof typeof ABILITIES;
export type Abilities = Readonly<Record<Ability, boolean>>;

/** Which of them the kernel's verifier has. */
export function abilitiesOf(kernel: string): Abilities {
  return Object.fromEntries(
    Object.entries(ABILITIES).map(([name, { since }]) => [name, reaches(kernel, since)]),
  ) as Abilities;
}
