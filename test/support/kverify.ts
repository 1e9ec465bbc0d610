import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { buildTool } from './buildTool.ts';
import { sharedPath } from './shared.ts';

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
  readonly log: string;
  /** A map that could not be made; the verdict then says nothing about the program. */
  readonly setup: string | null;
}

/** Path of the oracle tool, compiled on first use; null where there is no compiler, no kernel or no right to ask it. */
export const kverify: string | null = findKverify();

/** Loads the programs into this machine's kernel and closes them again. Order is kept. */
export function askKernel(programs: readonly RawProgram[], logLevel: 1 | 2 = 1): RawVerdict[] {
  if (kverify === null) throw new Error('no kernel to ask');
  const input = programs.map((program, id) => JSON.stringify(rawLine(program, id, logLevel))).join('\n');
  const run = spawnSync(kverify, ['raw'], { input, encoding: 'utf8', maxBuffer: 1 << 30, timeout: 120_000 });
  const verdicts = run.stdout.split('\n').filter(Boolean).map(readVerdict);
  if (verdicts.length !== programs.length)
    throw new Error(`kverify answered ${verdicts.length} of ${programs.length}: ${run.stderr}`);
  return verdicts;
}

function rawLine(program: RawProgram, id: number, logLevel: number): object {
  return {
    id,
    type: program.type,
    attach_type: program.attachType ?? 0,
    flags: program.flags ?? 0,
    ...(program.attachBtf === undefined ? {} : { attach_btf: program.attachBtf }),
    license: program.license ?? 'GPL',
    insns: program.insns,
    maps: program.maps ?? [],
    map_refs: program.mapRefs ?? [],
    want_log: 1,
    log_level: logLevel | 4,
  };
}

function readVerdict(line: string): RawVerdict {
  const answer = JSON.parse(line) as Record<string, unknown>;
  return {
    verdict: answer['verdict'] === 'accept' ? 'accept' : 'reject',
    errno: Number(answer['errno']),
    stage: (answer['stage'] as string | undefined) ?? null,
    message: answer['msg'] as string,
    processed: (answer['processed'] as number | undefined) ?? null,
    log: answer['log'] as string,
    setup: (answer['setup'] as string | undefined) ?? null,
  };
}

function findKverify(): string | null {
  const source = sharedPath('oracle', 'kverify.c');
  if (!existsSync(source) || process.getuid?.() !== 0) return null;
  try {
    const tool = buildTool(source, ['-Wl,--wrap=syscall', '/usr/lib/x86_64-linux-gnu/libbpf.a', '-lelf', '-lz']);
    const probe = spawnSync(tool, ['raw1', 'xdp', 'b7000000020000009500000000000000'], { encoding: 'utf8' });
    return probe.stdout.includes('"verdict":"accept"') ? tool : null;
  } catch {
    return null;
  }
}
