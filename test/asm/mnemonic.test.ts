import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { printProgram } from '../../server/src/asm/assembler/printProgram.ts';
import { printMnemonic, type MnemonicStyle } from '../../server/src/asm/mnemonic/print.ts';
import { MNEMONICS } from '../../server/src/asm/mnemonic/table.ts';
import { toHex } from '../../server/src/base/bytes.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { MNEMONIC_FORMS } from './mnemonicForms.ts';
import { errorsOf, hexOf, randomProgramOfEveryKind } from './assembling.ts';
import { objectOf } from '../support/assembled.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

describe('a mnemonic means what the pseudo-C beside it means', () => {
  it.each(MNEMONIC_FORMS)('%s', (mnemonic, pseudoC) => {
    expect(hexOf(mnemonic)).toBe(hexOf(pseudoC));
  });

  it('for every word of the table', () => {
    const written = new Set(MNEMONIC_FORMS.map(([mnemonic]) => mnemonic.split(' ')[0]));
    expect(MNEMONICS.map(({ name }) => name).filter((name) => !written.has(name))).toEqual([]);
  });

  it('and the notations may stand side by side', () => {
    expect(hexOf('mov %r1, 1; r2 = 3 ; a comment\nadd r1, r2 ; add one to the other\nexit')).toBe(
      hexOf('r1 = 1\nr2 = 3\nr1 += r2\nexit'),
    );
  });

  it('and usage lines of the table can be assembled', () => {
    const broken = MNEMONICS.filter(({ usage }) => errorsOf(`.section "socket"\n${usage}\nlabel:\nexit\n`).length > 0);
    expect(broken.map(({ usage }) => usage)).toEqual([]);
  });
});

describe('mistakes', () => {
  it.each([
    ['add w1, 5', 'write r1; in this notation the instruction’s name says that it works on 32 bits'.replace('’', "'")],
    ['stxw [%r1+0], 5', 'stx… stores a register, st… a constant'],
    ['stw [%r1+0], %r2', 'st… stores a constant, stx… a register'],
    ['ldxw %r1, [%r2 8]', 'Expected + or - and an offset here, found 8'],
    ['endbe %r1, 8', 'The number of bits is 16 or 32 or 64, not 8'],
    ['mov %r11, 0', 'There is no register r11; they are r0 to r10, and w0 to w10 for their lower halves'],
    ['mvo %r1, 5', 'No instruction begins with mvo; did you mean mov?'],
    [
      'lock nand [%r1+0], %r2',
      'Atomic operations are add add32 or or32 and and32 xor xor32 xchg xchg32 cmpxchg cmpxchg32, found nand',
    ],
    ['jeq %r1, 5', 'Expected , here, but the line ends'],
    ['call local nowhere', 'There is no helper and no function nowhere'],
    ['ja 40000', 'The distance of this jump must be from -32768 to 32767, not 40000'],
  ])('%s', (line, message) => {
    expect(errorsOf(`.section "xdp"\n${line}\nexit\n`).map((error) => error.toLowerCase())).toEqual([
      message.toLowerCase(),
    ]);
  });
});

describe('printing', () => {
  it.each(['suite', 'gnu'] satisfies MnemonicStyle[])('reads back what it wrote, in the style %s', (style) => {
    for (let seed = 1; seed <= 300; seed++) {
      const program = randomProgramOfEveryKind(seed);
      const text = printProgram(program, (insn, context) => printMnemonic(insn, context, style));
      const { object } = assemble(sourceText('a.s', text));
      expect(toHex(encode(object.programs[0]?.insns ?? [])), text).toBe(toHex(encode(program.insns)));
    }
  });

  it('names maps, labels and functions', () => {
    const object = objectOf(
      '.map counts, type=array, key=4, value=8, entries=1\n.section "xdp"\nf: r1 = counts ll\nif r1 == 0 goto out\ncall g\nout: r0 = 1\nexit\n.text\ng: r0 = 0\nexit\n',
    );
    const [program] = object.programs;
    const text = program === undefined ? '' : printProgram(program, printMnemonic);
    expect(text).toContain('lddw %r1, map[counts]');
    expect(text).toContain('jeq %r1, 0, out');
    expect(text).toContain('call local g');
  });
});

describe('GNU as', () => {
  const lines = readFileSync(path.resolve(import.meta.dirname, '../data/gnu-as.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' | ') as [string, string, string]);

  it.each(lines)('agrees on %s', (text, shown, hex) => {
    expect(hexOf(text)).toBe(hex);
    expect(hexOf(shown)).toBe(hex);
  });
});

interface Vector {
  readonly name: string;
  readonly code: string;
}

describe.skipIf(sharedFolder === null)('the conformance suite', () => {
  const vectors = (
    sharedFolder === null ? [] : JSON.parse(readFileSync(sharedPath('vectors/bpf_conformance/vectors.json'), 'utf8'))
  ) as Vector[];

  it('is assembled byte for byte as its own assembler does', () => {
    const differing = vectors.filter(({ name, code }) => {
      const file = readFileSync(sharedPath('vectors/bpf_conformance/tests', name), 'utf8');
      const asm = /^-- asm$([\s\S]*?)(?=^-- |(?![\s\S]))/m.exec(file)?.[1] ?? '';
      return hexOf(asm, '') !== code;
    });
    expect(vectors.length).toBe(313);
    expect(differing.map(({ name }) => name)).toEqual([]);
  });
});
