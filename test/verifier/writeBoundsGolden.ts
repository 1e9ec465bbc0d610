/**
 * Asks this machine's kernel about many programs and keeps those that show most: run it as
 * `node test/verifier/writeBoundsGolden.ts` where the oracle tool is.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import { askKernel } from '../support/kverify.ts';
import { randomNumbers } from '../support/random.ts';
import { caseText, goldenCase, writeGolden } from './boundsGolden.ts';
import type { GoldenCase } from './boundsGolden.ts';
import { readLog } from './boundsLog.ts';
import { randomProgram, rangePairProgram, shiftEdgeProgram, signMaskProgram } from './boundsPrograms.ts';
import { TELLING_PROGRAMS } from './tellingPrograms.ts';

const CANDIDATES = 20_000;
const BYTES = 270_000;

function candidates(): GoldenCase[] {
  const random = randomNumbers(2026);
  const makers = [rangePairProgram, randomProgram, randomProgram, signMaskProgram, shiftEdgeProgram];
  const programs = Array.from({ length: CANDIDATES }, (_, i) => (makers[i % 5] ?? randomProgram)(random));
  return recorded(programs.map((insns) => toHex(encode(insns))));
}

/** The kernel's answers, without the paths that it cut short. */
function recorded(programs: readonly string[]): GoldenCase[] {
  const found: GoldenCase[] = [];
  for (let at = 0; at < programs.length; at += 500) {
    const inputs = programs.slice(at, at + 500).map((insns) => ({ type: 'socket_filter', insns }));
    for (const [i, answer] of askKernel(inputs, 2).entries()) {
      const paths = readLog(answer.log);
      if (answer.verdict === 'accept' && !paths.some(({ pruned }) => pruned))
        found.push(goldenCase(programs[at + i] ?? '', paths));
    }
  }
  return found;
}

/** What a case shows: each kind of instruction together with the form of what is known after it, without numbers. */
function features({ insns, lines }: GoldenCase): Set<string> {
  const program = decode(fromHex(insns) ?? new Uint8Array());
  const found = new Set<string>();
  for (const line of lines) {
    const split = /^from (\d+) to \1:/.exec(line);
    const kind = kindOf(program[Number.parseInt(split?.[1] ?? line, 10)]);
    const forms = line.replace(/^[^:]*: /, '').replaceAll(/-?(0x[0-9a-f]+|\d+)(?=[,;)]| R|$)/g, '#');
    for (const form of forms.split(/ R\d=/)) found.add(`${split ? 'split ' : ''}${kind} ${form}`);
  }
  return found;
}

function kindOf(insn: Insn | undefined): string {
  if (!insn) return 'from';
  return Object.entries(insn)
    .filter(([name]) => !['dst', 'src', 'off', 'imm', 'lo', 'hi'].includes(name))
    .join(' ');
}

function choose(cases: readonly GoldenCase[]): GoldenCase[] {
  const seen = new Set<string>();
  const chosen = recorded(TELLING_PROGRAMS);
  chosen.push(...shiftEdges());
  let size = writeGolden(chosen).length;
  for (const wanted of [6, 5, 4, 3, 2, 1, 0.7]) {
    for (const one of cases) {
      const fresh = [...features(one)].filter((feature) => !seen.has(feature));
      const bytes = caseText(one).length + 1;
      if (fresh.length * 200 < wanted * bytes || size + bytes > BYTES) continue;
      for (const feature of fresh) seen.add(feature);
      chosen.push(one);
      size += bytes;
    }
  }
  return chosen;
}

function shiftEdges(): GoldenCase[] {
  const random = randomNumbers(7);
  return recorded(Array.from({ length: 24 }, () => toHex(encode(shiftEdgeProgram(random)))));
}

const target = path.resolve(import.meta.dirname, '../data/bounds-golden.txt');
writeFileSync(target, writeGolden(choose(candidates())));
