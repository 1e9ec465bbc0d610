import { readFileSync } from 'node:fs';
import { assembleClassic } from '../../server/src/asm/classic/assembleClassic.ts';
import type { AsmFile } from '../../server/src/asm/assembler/syntax.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { CLASSIC_CODE, CLASSIC_OPS, type ClassicInsn } from '../../server/src/isa/classic.ts';
import type { Program } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';
import { sharedPath } from '../support/shared.ts';

export function classicFile(text: string): AsmFile {
  return assembleClassic(sourceText('filter.cbpf', text));
}

/** The only program of a text. Throws when there are errors in it. */
export function classicProgram(text: string): Program {
  const { programs, diagnostics } = classicFile(text).object;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [program] = programs;
  if (errors.length > 0 || program === undefined) throw new Error(errors.map(({ message }) => message).join('; '));
  return program;
}

/** As tcpdump -ddd writes it. */
export function decimals(insns: readonly ClassicInsn[]): string {
  const lines = insns.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`);
  return `${[insns.length, ...lines].join('\n')}\n`;
}

export interface RecordedFilter {
  readonly pcap: string;
  readonly expr: string;
  /** Link type that it was compiled for. */
  readonly dlt: number;
  readonly insns: readonly ClassicInsn[];
  readonly matches: readonly number[];
}

/** Filters that libpcap 1.10 compiled, with what matched in libpcap and in the kernel. */
export function recordedFilters(): RecordedFilter[] {
  const file = sharedPath('recordings/golden/results/filters-own.jsonl');
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { pcap: string; expr: string; dlt: number; code?: number[][]; matches?: number[] },
    )
    .flatMap(({ pcap, expr, dlt, code, matches }) =>
      code === undefined || matches === undefined ? [] : [{ pcap, expr, dlt, matches, insns: code.map(insnOf) }],
    );
}

function insnOf([code = 0, jt = 0, jf = 0, k = 0]: readonly number[]): ClassicInsn {
  return { code, jt, jf, k: k >>> 0 };
}

/** What libpcap's own tests say that it compiles expressions to, as tcpdump -d writes it. Some end without a name. */
export function libpcapDumps(): string[] {
  const file = sharedPath('recordings/golden/third-party/libpcap-filter/filter_accept_blocks.json');
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Record<'opt' | 'unopt' | 'optunopt', unknown>[];
  const texts = rows.flatMap(({ opt, unopt, optunopt }) => [opt, unopt, optunopt]);
  return [...new Set(texts.filter((text): text is string => typeof text === 'string' && text.startsWith('(')))];
}

/** A filter that mostly is one, and often one that kernels refuse. */
export function randomFilter(seed: number, wild: boolean): ClassicInsn[] {
  const next = randomNumbers(seed);
  const count = 1 + next(wild ? 6 : 24);
  const insns = Array.from({ length: count }, (_, i) => randomInsn(next, count - i, wild));
  const end = next(2) === 0 ? CLASSIC_CODE.retA : CLASSIC_CODE.retK;
  if (!wild || next(8) > 0) insns.push({ code: end, jt: 0, jf: 0, k: next(70) });
  // Every word is set at first, else few filters would be taken.
  const set = wild
    ? []
    : [0, 1, 2, 3].map((k) => ({ code: next(2) === 0 ? CLASSIC_CODE.st : CLASSIC_CODE.stx, jt: 0, jf: 0, k }));
  return [...set, ...insns];
}

function randomInsn(next: (below: number) => number, left: number, wild: boolean): ClassicInsn {
  const op = CLASSIC_OPS[next(CLASSIC_OPS.length)];
  const code = wild && next(12) === 0 ? next(300) : (op?.code ?? 0);
  const branches = op?.branches === true || (wild && next(4) === 0);
  const distance = (): number => (branches ? next(wild ? left + 2 : Math.max(1, Math.min(left, 6))) : 0);
  return { code, jt: distance(), jf: distance(), k: randomConstant(next, op?.operand ?? 'imm', left, wild) };
}

function randomConstant(next: (below: number) => number, operand: string, left: number, wild: boolean): number {
  if (wild && next(6) === 0) return INTERESTING[next(INTERESTING.length)] ?? 0;
  if (operand === 'mem') return next(wild ? 18 : 4);
  if (operand === 'target') return next(wild ? left + 2 : Math.max(1, Math.min(left, 6)));
  if (operand === 'abs' || operand === 'msh') return next(next(4) === 0 ? 80 : 40);
  if (operand === 'imm' && next(4) === 0) return INTERESTING[next(INTERESTING.length)] ?? 0;
  return next(next(2) === 0 ? 32 : 300);
}

const INTERESTING = [0, 1, 15, 16, 31, 32, 255, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe, 0xffff_f000, 0xffff_f040, 0xffff_f001, 0xfff0_0000, 0xffe0_0000, 0xffff_f03c]; // prettier-ignore
