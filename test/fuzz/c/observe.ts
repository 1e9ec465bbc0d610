/** What can be seen of a compiled program: in our virtual machine and in the kernel. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readObject } from '../../../server/src/elf/readObject.ts';
import type { Program } from '../../../server/src/program/program.ts';
import { runInKernel } from '../../support/kernelRun.ts';
import { ENGINES, observedInKernel, TestBed, type Observed } from '../engines.ts';

/** Packets that all programs see; one is too short for most of what they do. */
export const PACKETS = [made(64, 1), made(90, 37), made(34, 200), made(20, 3)];

function made(length: number, step: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * step + (i >> 3)) & 0xff);
}

/** The only program of an object; null when there is none. */
export function programOf(bytes: Uint8Array): Program | null {
  return readObject('fuzz.o', bytes).programs[0] ?? null;
}

export function observedInVm(program: Program): Observed {
  const [interpreter] = ENGINES;
  if (interpreter === undefined) throw new Error('no engine');
  return comparable(new TestBed([program]).run(interpreter, program, PACKETS));
}

/** Null where the kernel refuses the program, with the end of its log. */
export function observedByKernel(programs: readonly Program[]): (Observed | { readonly refused: string })[] {
  return runInKernel(programs, PACKETS).map((answer, i) => {
    const program = programs[i];
    if (answer.errno !== 0 || program === undefined) return { refused: lastLines(answer.log) };
    return comparable(observedInKernel(program, answer));
  });
}

/** Compilers lay out constants and name their literals as they like. */
function comparable(lines: Observed): Observed {
  return lines.filter((line) => !/^\S*rodata/.test(line)).toSorted();
}

function lastLines(log: string): string {
  return log.split('\n').filter((line) => line !== '' && !/^(processed|verification time|stack depth)/.test(line)).slice(-3).join(' | '); // prettier-ignore
}

/** What C leaves open is defined, so that programs that go there have one answer. */
const FLAGS = ['-target', 'bpf', '-mcpu=v4', '-O2', '-g', '-w', '-fwrapv', '-fno-strict-aliasing', '-c'];

/** The object that clang makes; an error is a program that is no C. */
export function compiledByClang(text: string): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-c-'));
  try {
    const file = path.join(folder, 'fuzz.c');
    writeFileSync(file, text);
    execFileSync('clang-19', [...FLAGS, file, '-o', `${file}.o`], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(`${file}.o`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
