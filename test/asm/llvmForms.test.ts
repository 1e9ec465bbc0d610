import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { LLVM_FORMS } from './llvmForms.ts';

const MC = 'llvm-mc-19';
const hasMc = spawnSync(MC, ['--version']).status === 0;

function assembled(text: string): string {
  const { object } = assemble(sourceText('forms.s', `.section "xdp"\n${text}\n`));
  expect(object.diagnostics, text).toEqual([]);
  return toHex(encode(object.programs[0]?.insns ?? []));
}

describe('the same bytes as LLVM', () => {
  it.each(LLVM_FORMS)('%s', (text, hex) => {
    expect(assembled(text)).toBe(hex);
  });
});

describe.skipIf(!hasMc)('the committed bytes are those of llvm-mc (needs llvm-mc-19)', () => {
  it('for the whole table', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'llvm-forms-'));
    const [source, object, binary] = ['forms.s', 'forms.o', 'forms.bin'].map((name) => path.join(folder, name));
    writeFileSync(source ?? '', `${LLVM_FORMS.map(([text]) => text).join('\n')}\n`);
    execFileSync(MC, ['-triple=bpf', '-mcpu=v4', '-filetype=obj', source ?? '', '-o', object ?? '']);
    execFileSync('llvm-objcopy-19', ['-O', 'binary', '--only-section=.text', object ?? '', binary ?? '']);
    expect(toHex(readFileSync(binary ?? ''))).toBe(LLVM_FORMS.map(([, hex]) => hex).join(''));
    rmSync(folder, { recursive: true });
  });
});
