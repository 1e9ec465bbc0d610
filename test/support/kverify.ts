import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildTool } from './buildTool.ts';

/** One program for the kernel, in the form that `kverify raw` reads. */
export interface RawProgram {
  readonly type: string;
  readonly attachType?: number;
  readonly license?: string;
  readonly flags?: number;
  /** Kernel type or function that a tracing program is written for. */
  readonly attachBtf?: string;
  /** Instructions in hex; `mapRefs` says which slots take which map's descriptor. */
  readonly insns: string;
  readonly maps?: readonly RawMap[];
  readonly mapRefs?: readonly (readonly [pc: number, map: number])[];
  /** Type data, and the type of the function that begins at each pc. */
  readonly btf?: Uint8Array;
  readonly funcInfo?: readonly (readonly [pc: number, typeId: number])[];
  /** Names of the kernel functions that calls mean. */
  readonly kfuncs?: readonly (readonly [pc: number, name: string])[];
}

export interface RawMap {
  /** BPF_MAP_TYPE_* number. */
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags?: number;
  readonly inner?: RawMap;
  /** Contents of value 0 in hex. */
  readonly data?: string;
  readonly frozen?: boolean;
  readonly name?: string;
  /** map_extra. */
  readonly extra?: number;
  /** Type data that holds the types of key and value. */
  readonly btf?: Uint8Array;
  readonly keyType?: number;
  readonly valueType?: number;
}

export interface RawVerdict {
  readonly verdict: 'accept' | 'reject';
  /** 0 when accepted. */
  readonly errno: number;
  /** "verifier" when the walk began, "early" before it, "syscall" when the kernel said nothing. */
  readonly stage: string | null;
  /** The last line of the log without statistics. */
  readonly message: string;
  /** Instructions the verifier walked; null when it did not begin. */
  readonly processed: number | null;
  /** Microseconds that the kernel says its verifier took, the compiler of machine code included; null where it does not. */
  readonly usec: number | null;
  /** Microseconds on the processor that the whole load took. */
  readonly cpuUsec: number | null;
  readonly log: string;
  /** A map that could not be made; the verdict then says nothing about the program. */
  readonly setup: string | null;
}

/** Path of the oracle tool, compiled on first use; null where there is no compiler, no kernel or no right to ask it. */
export const kverify: string | null = findKverify();

/** Loads the programs into this machine's kernel and closes them again. Order is kept. */
export function askKernel(programs: readonly RawProgram[], logLevel: 0 | 1 | 2 = 1): RawVerdict[] {
  if (kverify === null) throw new Error('no kernel to ask');
  const types = typeFiles();
  const input = programs.map((program, id) => JSON.stringify(rawLine(program, id, logLevel, types.name))).join('\n');
  const limits = { maxBuffer: 1 << 30, timeout: 120_000 };
  const run = spawnSync(kverify, ['raw', '--btfdir', types.folder], { input, encoding: 'utf8', ...limits });
  types.remove();
  const verdicts = run.stdout.split('\n').filter(Boolean).map(readVerdict);
  if (verdicts.length !== programs.length)
    throw new Error(`kverify answered ${verdicts.length} of ${programs.length}: ${run.stderr}`);
  return verdicts;
}

/** One load that `kverify obj --capture` has written, once more, without a log; the types lie in `folder`. */
export function askCaptured(load: object, folder: string): RawVerdict | null {
  if (kverify === null) throw new Error('no kernel to ask');
  const input = JSON.stringify({ ...load, log_level: STATISTICS });
  const run = spawnSync(kverify, ['raw', '--btfdir', folder], { input, encoding: 'utf8', timeout: 120_000 });
  const line = run.stdout.split('\n').find(Boolean);
  return line === undefined ? null : readVerdict(line);
}

/** BPF_LOG_STATS of kernel/bpf/verifier.c. */
const STATISTICS = 4;

/** The oracle reads type data from files, by their names. */
interface TypeFiles {
  readonly folder: string;
  readonly name: (btf: Uint8Array) => string;
  readonly remove: () => void;
}

function typeFiles(): TypeFiles {
  const folder = mkdtempSync(path.join(tmpdir(), 'types-'));
  const names = new Map<Uint8Array, string>();
  const name = (btf: Uint8Array): string => {
    const known = names.get(btf);
    if (known !== undefined) return known;
    const fresh = `types${names.size}`;
    names.set(btf, fresh);
    writeFileSync(path.join(folder, `${fresh}.btf`), btf);
    return fresh;
  };
  return { folder, name, remove: () => rmSync(folder, { recursive: true }) };
}

function rawLine(program: RawProgram, id: number, logLevel: number, nameOf: TypeFiles['name']): object {
  const { btf, funcInfo = [], kfuncs = [] } = program;
  return {
    id,
    type: program.type,
    attach_type: program.attachType ?? 0,
    flags: program.flags ?? 0,
    ...(program.attachBtf === undefined ? {} : { attach_btf: program.attachBtf }),
    license: program.license ?? 'GPL',
    insns: program.insns,
    maps: (program.maps ?? []).map((map) => mapLine(map, nameOf)),
    map_refs: program.mapRefs ?? [],
    kfuncs,
    ...(btf === undefined ? {} : { btf: nameOf(btf), func_info: funcInfo }),
    want_log: 1,
    log_level: logLevel | STATISTICS,
  };
}

function mapLine({ btf, keyType = 0, valueType = 0, inner, ...map }: RawMap, nameOf: TypeFiles['name']): object {
  const types = btf === undefined ? {} : { btf: nameOf(btf), btf_key: keyType, btf_value: valueType };
  return { ...map, ...types, ...(inner === undefined ? {} : { inner: mapLine(inner, nameOf) }) };
}

function readVerdict(line: string): RawVerdict {
  const answer = JSON.parse(line) as Record<string, unknown>;
  return {
    verdict: answer['verdict'] === 'accept' ? 'accept' : 'reject',
    errno: Number(answer['errno']),
    stage: (answer['stage'] as string | undefined) ?? null,
    message: answer['msg'] as string,
    processed: (answer['processed'] as number | undefined) ?? null,
    usec: (answer['usec'] as number | undefined) ?? null,
    cpuUsec: (answer['cpu_us'] as number | undefined) ?? null,
    log: answer['log'] as string,
    setup: (answer['setup'] as string | undefined) ?? null,
  };
}

function findKverify(): string | null {
  const source = path.join(import.meta.dirname, 'kverify.c');
  if (process.getuid?.() !== 0) return null;
  try {
    const tool = buildTool(source, ['-Wl,--wrap=syscall', '/usr/lib/x86_64-linux-gnu/libbpf.a', '-lelf', '-lz']);
    const probe = spawnSync(tool, ['raw1', 'xdp', 'b7000000020000009500000000000000'], { encoding: 'utf8' });
    return probe.stdout.includes('"verdict":"accept"') ? tool : null;
  } catch {
    return null;
  }
}
