/** Findings in the user's terms: what is wrong and what to do. */
import type { Insn } from '../isa/insn.ts';
import type { Need } from '../program/program.ts';
import type { Env } from './env.ts';
import { pathTo } from './explainPath.ts';
import { explainText, type Circumstances } from './messages/messages.ts';
import { getReg } from './registers.ts';
import type { Rejection, Unsupported } from './rejection.ts';
import { KernelTypesNeeded } from './rejection.ts';
import type { Finding } from './verification.ts';

export function findingOf(env: Env, rejection: Rejection): Finding {
  const text = rejection.lines[0] ?? '';
  const pc = rejection.place === 'here' ? env.pc : rejection.place;
  const said = explainText(text, circumstances(env, rejection.reg));
  const missing = said.code === 'helper-unknown' ? env.program.missing?.get(pc ?? -1) : undefined;
  const { code, message, suggestion } = missing === undefined ? said : missingText(missing);
  return {
    code,
    kernelMessage: text,
    kernelLines: rejection.lines,
    message,
    suggestion,
    pc,
    path: rejection.place === 'here' ? pathTo(env, rejection.reg, leaked(env, text)) : [],
  };
}

/** Where what was not given back comes from, for findings that complain of that. */
function leaked(env: Env, text: string): ReadonlySet<number> {
  return new Set(text.startsWith('Unreleased reference') ? env.state.refs.map(({ pc }) => pc) : []);
}

/** The instruction stands for a question to the types of the kernel that had no answer. */
function missingText(missing: string): Pick<Finding, 'code' | 'message' | 'suggestion'> {
  return {
    code: 'core-missing',
    message: `${missing[0]?.toUpperCase() ?? ''}${missing.slice(1)}.`,
    suggestion:
      'Ask first whether the kernel has it (bpf_core_field_exists, bpf_core_type_exists, bpf_core_enum_value_exists), and go another way where it has not.',
  };
}

export function unsupportedFinding(env: Env, error: Unsupported): Finding {
  const pc = env.processed > 0 ? env.pc : null;
  if (error instanceof KernelTypesNeeded) return typesFinding(error.what, pc);
  const message = `Not supported yet: ${error.what}.`;
  return { code: 'unsupported', kernelMessage: '', kernelLines: [], message, suggestion: null, pc, path: [] };
}

function typesFinding(what: string, pc: number | null): Finding {
  const message = `Checking ${what} needs the types (BTF) of the kernel.`;
  const suggestion = GIVE_TYPES;
  return { code: 'kernel-types-needed', kernelMessage: '', kernelLines: [], message, suggestion, pc, path: [] };
}

const GIVE_TYPES =
  'Give the types of the kernel: --btf FILE on the command line, the setting ebpf.kernelBtf in the editor. A Linux machine has those of its own kernel in /sys/kernel/btf/vmlinux.';

/** A program that is not final yet: what only the kernel that loads it can fill in. */
export function needFinding({ pc, code, what }: Need): Finding {
  return {
    code: `${code}-needed`,
    kernelMessage: '',
    kernelLines: [],
    message: `This program needs ${what}.`,
    suggestion: code in NEED_SUGGESTIONS ? (NEED_SUGGESTIONS[code] ?? null) : ONLY_THE_KERNEL,
    pc,
    path: [],
  };
}

const ONLY_THE_KERNEL = 'Only a running kernel can tell it: load the program there to have it checked.';
const NEED_SUGGESTIONS: Readonly<Record<string, string | null>> = { 'big-endian': null, 'core-relocation': GIVE_TYPES };

/** What the instruction that the walk stands on does to memory, in words for the messages. */
function circumstances(env: Env, regno: number | null): Circumstances {
  const insn = env.program.insns[env.pc];
  const metadata = regno !== null && getReg(env, regno).kind === 'packetMeta';
  return {
    accesses: insn === undefined ? 'reads or writes' : accessWords(insn),
    packet: metadata ? "the packet's metadata" : 'the packet',
  };
}

function accessWords(insn: Insn): string {
  switch (insn.kind) {
    case 'load':
    case 'packet':
      return 'reads';
    case 'store':
      return 'writes';
    case 'atomic':
      return insn.op === 'loadAcquire' ? 'reads' : insn.op === 'storeRelease' ? 'writes' : 'reads and writes';
    case 'call':
      return insn.target === 'helper' ? 'hands the helper' : 'hands the function';
    default:
      return 'reads or writes';
  }
}
