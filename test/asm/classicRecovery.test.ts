import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLASSIC_STYLES, printClassic } from '../../server/src/asm/classic/print.ts';
import { unconvertInsns } from '../../server/src/asm/classic/unconvert.ts';
import { positionAt } from '../../server/src/base/source.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { completionsAt } from '../../server/src/ide/completion.ts';
import { fileDiagnostics } from '../../server/src/ide/diagnostics.ts';
import { hoverAt } from '../../server/src/ide/hover.ts';
import { semanticTokens } from '../../server/src/ide/semanticTokens.ts';
import { Workspace } from '../../server/src/ide/workspace.ts';
import { VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';
import { EXAMPLES_FOLDER } from '../support/exampleFiles.ts';
import { randomNumbers } from '../support/random.ts';
import { classicFile, classicProgram } from './classicPrograms.ts';

const EXAMPLE = readFileSync(path.join(EXAMPLES_FOLDER, 'filter-web-and-dns.cbpf'), 'utf8');
const INSNS = classicProgram(EXAMPLE).classic?.insns ?? [];

/** The same filter in every notation. */
const TEXTS = CLASSIC_STYLES.map((style) => [style, printClassic(INSNS, style)] as const);

/** Slips of the pen: what a line is changed to; a line that stays the same is passed over. */
const SLIPS: readonly (readonly [string, (line: string) => string])[] = [
  ['an instruction misspelt', (line) => line.replace(/\b(ldh|ldxb|jset|ret)\b/, '$1q')],
  ['no closing bracket', (line) => line.replace(']', '')],
  ['no opening brace', (line) => line.replace('{', '')],
  ['no closing brace', (line) => line.replace('}', '')],
  ['no comma', (line) => line.replace(',', '')],
  ['a number that is none', (line) => line.replace(/\b(\d+)\b(?!.*\d)/, '$1zz')],
  ['a number too large', (line) => line.replace(/\b(0x[0-9a-f]+)\b/, '0xfffffffff')],
  ['a word too many', (line) => `${line} foo`],
  ['a sign that means nothing', (line) => `${line} @`],
  ['a picture', (line) => `${line} \u{1f41d}`],
  ['a space that is none', (line) => `${line}\u00a0`],
  ['an open comment', (line) => `${line} /* oops`],
  ['no jf', (line) => line.replace(/\tjf \d+$/, '')],
  ['an unknown label', (line) => line.replace(/, L\d+$/, ', nowhere')],
];

/** One slip: one error, on its line. */
describe.each(SLIPS)('%s', (_, slip) => {
  it.each(TEXTS)('in each line of a filter in style %s', (_style, text) => {
    const lines = text.trimEnd().split('\n');
    for (const [number, line] of lines.entries()) {
      const slipped = slip(line);
      // The count of a filter in decimals is no instruction.
      if (slipped === line || (/^\d+$/.test(line) && number === 0)) continue;
      const found = problems(lines.with(number, slipped).join('\n'));
      expect(found, `${number + 1} ${slipped}`).toEqual([expect.stringMatching(new RegExp(`^${number} `))]);
    }
  });
});

function problems(text: string): string[] {
  const file = analysed(text);
  return fileDiagnostics(file)
    .filter(({ severity }) => severity === 'error')
    .map(({ span, message }) => `${positionAt(file.asm.source, span?.start ?? 0).line} ${message}`);
}

function analysed(text: string): ReturnType<Workspace['setText']> {
  const workspace = new Workspace(VERIFY_DEFAULTS);
  workspace.setText('a.cbpf', text);
  const job = workspace.verify('a.cbpf');
  while (!job.advance(10_000));
  return job.result();
}

const WORDS = ['ld', 'ldx', 'jeq', 'ja', 'ret', 'a', 'x', 'M', '[', ']', '(', ')', '{', '}', '#', ',', ':', '\n', '4*', '&0xf', '-', '+', '%', '0x', '12', '4294967295', '007', '09', ';', '/*', '*/', '\t', 'L1', 'proto', 'jt', 'jf', 'unimp', '\u{1f41d}', '\0', '\r']; // prettier-ignore

/** A text with random changes, or nothing but words in random order. */
function damaged(seed: number): string {
  const next = randomNumbers(seed);
  const word = (): string => WORDS[next(WORDS.length)] ?? '';
  if (seed % 3 === 0) return Array.from({ length: next(200) }, () => word() + (next(2) === 0 ? ' ' : '')).join('');
  let [, text] = TEXTS[next(TEXTS.length)] ?? ['', ''];
  for (let i = next(8); i >= 0; i--) {
    const at = next(text.length + 1);
    text = text.slice(0, at) + (next(2) === 0 ? word() : '') + text.slice(at + next(4));
  }
  return text;
}

describe('damaged texts', () => {
  it.each(Array.from({ length: 10 }, (_, part) => part))('never stop the assembler or the editor, part %i', (part) => {
    for (let seed = part * 150; seed < part * 150 + 150; seed++) {
      const text = damaged(seed);
      const { asm, ...file } = analysed(text);
      let end = 0;
      for (const { span } of asm.tokens) {
        expect(span.start >= end && span.end > span.start, `seed ${seed}`).toBe(true);
        ({ end } = span);
      }
      expect(end <= text.length, `seed ${seed}`).toBe(true);
      for (const { span } of asm.object.diagnostics)
        expect(span === null || (span.start >= 0 && span.end <= text.length), `seed ${seed}`).toBe(true);
      const offset = randomNumbers(seed)(text.length + 1);
      hoverAt({ asm, ...file }, offset);
      completionsAt(asm, offset);
      semanticTokens(asm);
      for (const style of CLASSIC_STYLES) printClassic(asm.object.programs[0]?.classic?.insns ?? [], style);
    }
  });

  it('of a megabyte end with at most 1,001 findings', () => {
    for (const word of ['/*', '(', '{', '1,', 'ld [', 'a:', '\n(000) ld [12', '\n{ 0x28, 0', '9 ', ';\n', '/*\n']) {
      const { object } = classicFile(word.repeat(1_000_000 / word.length));
      expect(object.diagnostics.length).toBeLessThanOrEqual(1001);
    }
  });
});

describe('programs that no filter was converted to', () => {
  it('never stop the search for one', () => {
    const { insns } = classicProgram(EXAMPLE);
    let found = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const next = randomNumbers(seed);
      const bytes = encode(insns);
      for (let i = next(3); i >= 0; i--) bytes[next(bytes.length)] = next(256);
      const back = unconvertInsns(decode(bytes));
      if (!('reason' in back)) found++;
      else expect(back.pc).toBeLessThan(insns.length);
    }
    expect(found).toBeGreaterThan(100);
    expect(found).toBeLessThan(2000);
  });
});
