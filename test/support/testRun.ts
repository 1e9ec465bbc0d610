import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { buildTool } from './buildTool.ts';

/** One program with its input. */
export interface KernelRun {
  readonly program: Program;
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** Bytes of context that are handed back. */
  readonly contextOut?: number;
}

export interface KernelResult {
  /** 0 unless the verifier refused. */
  readonly loadErrno: number;
  readonly runErrno: number;
  readonly returnValue: number;
  readonly data: Uint8Array;
  readonly context: Uint8Array;
  /** The first value of the program's first map. */
  readonly map: Uint8Array;
}

/** Path of the tool, compiled on first use; null where there is no compiler, no kernel or no right to ask it. */
export const testRunTool: string | null = findTool();

/**
 * Runs programs in this machine's kernel, in order. `setup` is a shell script that prepares a network namespace of its
 * own, which ends with the runs; it may set RUN to a command that starts the tool.
 */
export function runInKernel(runs: readonly KernelRun[], setup: string | null = null): KernelResult[] {
  if (testRunTool === null) throw new Error('no kernel to ask');
  const input = `${runs.map(lineOf).join('\n')}\n`;
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 30, timeout: 300_000 } as const;
  const answer =
    setup === null
      ? spawnSync(testRunTool, options)
      : spawnSync('unshare', ['-n', 'sh', '-c', `set -e\n${setup}\nexec $RUN ${testRunTool}`], options);
  const lines = answer.stdout.split('\n').filter(Boolean);
  if (lines.length !== runs.length) throw new Error(`${lines.length} of ${runs.length} answers: ${answer.stderr}`);
  const results = lines.map(resultOf);
  if (results.some(({ loadErrno }) => loadErrno !== 0)) throw new Error(`refused: ${answer.stderr.slice(-3000)}`);
  return results;
}

function lineOf({ program, data, context, contextOut }: KernelRun): string {
  const refs = program.insns.flatMap((insn, pc) => (insn.kind === 'loadMap' ? [`${pc}:${insn.map}`] : []));
  const maps = program.maps.map(
    ({ type, keySize, valueSize, maxEntries, flags }) =>
      `${MAP_TYPES.indexOf(type)}:${keySize}:${valueSize}:${maxEntries}:${flags}`,
  );
  const hex = (bytes: Uint8Array | undefined): string => toHex(bytes ?? new Uint8Array()) || '-';
  return [
    programTypeNumber(program.type), attachTypeNumber(program.attachType), program.flags,
    toHex(encode(program.insns)), hex(data), hex(context), contextOut ?? 0, maps.join(',') || '-', refs.join(',') || '-',
  ].join(' '); // prettier-ignore
}

function resultOf(line: string): KernelResult {
  const [load, run, returned, data = '-', context = '-', map = '-'] = line.split(' ');
  const bytes = (hex: string): Uint8Array => fromHex(hex === '-' ? '' : hex) ?? new Uint8Array();
  return {
    loadErrno: Number(load),
    runErrno: Number(run),
    returnValue: Number(returned),
    data: bytes(data),
    context: bytes(context),
    map: bytes(map),
  };
}

function findTool(): string | null {
  if (process.getuid?.() !== 0) return null;
  try {
    const tool = buildTool(path.join(import.meta.dirname, 'testRun.c'));
    const input = `1 0 0 b7000000020000009500000000000000 ${'00'.repeat(64)} - 0 - -\n`;
    return spawnSync(tool, { input, encoding: 'utf8' }).stdout.startsWith('0 0 2 ') ? tool : null;
  } catch {
    return null;
  }
}
