import { toHex } from '../../server/src/base/bytes.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';
import { askKernel, kverify } from './kverify.ts';
import type { RawMap, RawProgram, RawVerdict } from './kverify.ts';

/** What this machine's kernel says about a program. */
export interface KernelVerdict {
  readonly verdict: 'accept' | 'reject';
  /** The lines that say why, first printed first; empty when accepted or refused without a word. */
  readonly lines: readonly string[];
  /** lines[0], or "". */
  readonly message: string;
  /** The instruction the kernel stopped at; null when the log does not say. */
  readonly pc: number | null;
  /** Instructions walked; null when the walk did not begin. */
  readonly processed: number | null;
  readonly errno: number;
  readonly log: string;
}

export interface Oracle {
  /** In order. Throws when a map cannot be made: then there is no verdict. */
  verify(programs: readonly Program[], logLevel?: 1 | 2): KernelVerdict[];
}

/** The running kernel, or null where it cannot be asked (no root, no compiler, no oracle source): skip loudly then. */
export function kernelOracle(): Oracle | null {
  return kverify === null ? null : { verify };
}

function verify(programs: readonly Program[], logLevel: 1 | 2 = 1): KernelVerdict[] {
  return askKernel(
    programs.map((program) => rawProgram(program)),
    logLevel,
  ).map(kernelVerdict);
}

/** A program as the kernel gets it. Without its type data those that need it get another verdict. */
export function rawProgram(program: Program, btf?: Uint8Array): RawProgram {
  const mapRefs = program.insns.flatMap((insn, pc) => (insn.kind === 'loadMap' ? [[pc, insn.map] as const] : []));
  const [attachBtf = '', member] = (program.attachTarget ?? '').split('.');
  return {
    type: String(programTypeNumber(program.type)),
    attachType: member === undefined ? attachTypeNumber(program.attachType) : Number(member),
    ...(attachBtf === '' ? {} : { attachBtf }),
    license: program.license,
    flags: program.flags | (program.sleepable ? SLEEPABLE : 0),
    insns: toHex(encode(program.insns)),
    maps: program.maps.map((map) => rawMap(map, btf)),
    mapRefs,
    kfuncs: kfuncsOf(program),
    ...(btf === undefined ? {} : { btf, funcInfo: funcInfoOf(program) }),
  };
}

/** BPF_F_SLEEPABLE of include/uapi/linux/bpf.h. */
const SLEEPABLE = 1 << 4;

function funcInfoOf({ subprogs }: Program): (readonly [pc: number, typeId: number])[] {
  return subprogs.filter(({ typeId }) => typeId !== 0).map(({ start, typeId }) => [start, typeId] as const);
}

function kfuncsOf({ insns, kfuncs }: Program): (readonly [pc: number, name: string])[] {
  return insns.flatMap((insn, pc) => {
    const name = insn.kind === 'call' && insn.target === 'kfunc' ? kfuncs?.get(insn.imm) : undefined;
    return name === undefined ? [] : [[pc, name] as const];
  });
}

function rawMap(map: MapSpec, btf?: Uint8Array): RawMap {
  return {
    ...(map.extra === undefined ? {} : { extra: map.extra }),
    ...(btf === undefined || map.valueTypeId === 0 ? {} : { btf, keyType: map.keyTypeId, valueType: map.valueTypeId }),
    name: map.name.slice(0, 15).replaceAll(/[^\w.]/g, '_'),
    type: MAP_TYPES.indexOf(map.type),
    key: map.keySize,
    value: map.valueSize,
    entries: map.maxEntries,
    flags: map.flags,
    frozen: map.frozen,
    ...(map.initial === null ? {} : { data: toHex(map.initial) }),
    ...(map.inner === null ? {} : { inner: rawMap(map.inner, btf) }),
  };
}

export function kernelVerdict(raw: RawVerdict): KernelVerdict {
  if (raw.setup !== null) throw new Error(`the kernel could not be asked: ${raw.setup}`);
  const { verdict, processed, errno, log } = raw;
  const lines = verdict === 'accept' ? [] : errorLines(log);
  const message = lines[0] ?? '';
  return { verdict, lines, message, pc: verdict === 'accept' ? null : errorPc(log, message), processed, errno, log };
}

const STATISTICS = /^(verification time |stack depth |processed \d+ insns |mark_read )/;
const TRACE =
  /^(\d+: |from \d+ to \d+|func#\d+ |caller:|callee:| frame\d+:|propagating |mark_precise: |; |Live regs|Validating |Func#\d+ \(.*\) is safe for any args|Global function .* doesn't return scalar|\(\d+(?:,\d+)*\) (?:frame \d+ insn \d+ |live stack update done))/;

/** What stands behind the last line that only follows the walk. */
function errorLines(log: string): string[] {
  // Some messages of the kernel lack their line break; others follow an instruction's line that lost its own.
  const text = log.replaceAll(/(?<!\n)(?=verification time |infinite loop detected |BPF program is too large)/g, '\n');
  const lines = text.split('\n').filter((line) => line !== '' && !STATISTICS.test(line));
  const last = lines.findLastIndex((line) => TRACE.test(line));
  return lines.slice(last + 1);
}

/** Named by the message itself, or else the instruction that was printed last. */
function errorPc(log: string, message: string): number | null {
  // Said before the instruction is printed that would be one too many.
  if (message.startsWith('BPF program is too large')) return null;
  const named = /(?:unreachable|from|at|ldimm64) insn (\d+)/.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  const printed = [...log.matchAll(/^(\d+): \([0-9a-f]{2}\) /gm)].at(-1)?.[1];
  return printed === undefined ? null : Number(printed);
}
