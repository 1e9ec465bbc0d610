import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../server/src/c/compile.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../server/src/c/includes.ts';
import type { Cpu } from '../../server/src/c/machine.ts';
import { goldenLines, readSet, runLikeKernel } from '../run/goldenRun.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

/** Programs by the source that they are in, and the processors whose instructions they can do with. */
const PROGRAMS: readonly (readonly [program: string, source: string, cpus: readonly Cpu[]])[] = [
  ['xdp_count', 'xdp_count', [1, 2, 3, 4]],
  ['xdp_rewrite', 'xdp_rewrite', [1, 2, 3, 4]],
  ['xdp_alu', 'xdp_alu', [3, 4]],
  ['tc_port', 'tc_port', [1, 2, 3, 4]],
  ['cg_ingress', 'cgroup_skb', [1, 2, 3, 4]],
  ['cg_egress', 'cgroup_skb', [1, 2, 3, 4]],
  ['sock_filter', 'sock_filter', [1, 2, 3, 4]],
  ['sock_fields', 'sock_filter', [1, 2, 3, 4]],
];

const folder = mkdtempSync(path.join(os.tmpdir(), 'golden-c-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Compiles one of the recorded programs with nothing but our own headers; answers the object's path. */
function compiled(source: string, cpu: Cpu, profile: 'debug' | 'optimised'): string {
  const file = path.join(folder, `${source}.v${cpu}.${profile}.o`);
  if (existsSync(file)) return file;
  const main = sharedPath('recordings/golden/progs', `${source}.bpf.c`);
  const text = readFileSync(main, 'utf8');
  const folders = [BUNDLED_FOLDER];
  const reads = readWithBundled({ path: main, text, folders, read, kernelTypes: null });
  const { object, diagnostics } = compile(main, text, searchFolders(folders, reads), { cpu, profile, defines: [] });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  writeFileSync(file, object ?? new Uint8Array());
  return file;
}

/** Compilers need not put maps in the same order. */
function byMapName(lines: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const events = lines.filter(({ map }) => map === undefined);
  const maps = lines.filter(({ map }) => map !== undefined);
  return [...events, ...maps.toSorted((a, b) => String(a['map']).localeCompare(String(b['map'])))];
}

function captures(program: string): string[] {
  const names = readdirSync(sharedPath('recordings/golden/results', program));
  return names
    .filter((name) => name.endsWith('.jsonl') && !name.includes('digest'))
    .map((name) => name.replace('.jsonl', ''));
}

describe.skipIf(sharedFolder === null)(
  'programs that we compile run as clang’s did in the kernel (skipped where ../shared is absent)',
  () => {
    const cases = PROGRAMS.flatMap(([program, source, cpus]) =>
      cpus.flatMap((cpu) => (['optimised', 'debug'] as const).map((profile) => ({ program, source, cpu, profile }))),
    );

    it.each(cases)('$program v$cpu $profile', ({ program, source, cpu, profile }) => {
      const object = compiled(source, cpu, profile);
      const setFile = sharedPath('recordings/golden/results', program, 'SET.txt');
      const set = existsSync(setFile) ? readSet(setFile) : null;
      const names = captures(program);
      expect(names.length).toBeGreaterThan(15);
      for (const name of names) {
        const capture = sharedPath('recordings', name.includes('__') ? 'pcap-thirdparty' : 'pcap', `${name}.pcap`);
        const golden = goldenLines(sharedPath('recordings/golden/results', program, `${name}.jsonl`));
        expect(byMapName(runLikeKernel(object, program, capture, 'jit', set)), name).toEqual(byMapName(golden));
      }
    });
  },
);
