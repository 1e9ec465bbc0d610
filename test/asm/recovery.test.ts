import { describe, expect, it } from 'vitest';
import { positionAt } from '../../server/src/base/source.ts';
import { fileDiagnostics } from '../../server/src/ide/diagnostics.ts';
import { Workspace } from '../../server/src/ide/workspace.ts';
import { exampleFiles } from '../support/exampleFiles.ts';

/** Slips of the pen: what a line is changed to; a line that stays the same is passed over. */
const SLIPS: readonly (readonly [string, (line: string) => string])[] = [
  ['a register that does not exist', (line) => line.replace(/\br\d+/, 'r12')],
  ['a register misspelt', (line) => line.replace(/\br(\d)/, 'e$1')],
  ['no closing parenthesis', (line) => line.replace(/\)(?=[^)]*$)/, '')],
  ['no opening parenthesis', (line) => line.replace('(', '')],
  ['no star', (line) => line.replace('*(u', '(u')],
  ['a size that does not exist', (line) => line.replace(/\bu(8|16|32|64)\b/, 'u24')],
  ['an unknown label', (line) => line.replace(/goto .*/, 'goto nowhere_at_all')],
  ['no label', (line) => line.replace(/goto .*/, 'goto')],
  ['no goto', (line) => line.replace('goto ', '')],
  ['no operand', (line) => line.replace(/= -?\w+$/, '=')],
  ['two equals signs', (line) => line.replace('=', '= =')],
  ['an instruction misspelt', (line) => line.replace(/^( *)(exit|call|goto)/, (word) => word.slice(0, -1))],
  ['another notation', (line) => line.replace(/(r\d) = (r\d)$/, 'movq $1, $2')],
  ['a helper misspelt', (line) => line.replace(/call bpf_/, 'call bfp_')],
  ['no colon', (line) => line.replace(/^(\w+):$/, '$1')],
  ['a colon too many', (line) => line.replace(/exit$/, 'exit:')],
  ['a number that is none', (line) => line.replace(/\b(\d+)$/, '$1zz')],
  ['a word too many', (line) => `${line} foo`],
  ['a comma too many', (line) => `${line},`],
  ['a sign that means nothing', (line) => `${line} @`],
  ['a picture', (line) => `${line} \u{1f41d}`],
  ['a space that is none', (line) => `${line}\u00a0`],
  ['an open text', (line) => `${line} "abc`],
  ['an open comment', (line) => `${line} /* oops`],
  ['no closing quote', (line) => line.replace(/"$/, '')],
  ['a directive misspelt', (line) => line.replace(/^\.(\w)(\w)/, '.$2$1')],
  ['no comma', (line) => line.replace(/^(\.map.*?),/, '$1')],
  ['no number of entries', (line) => line.replace(/ entries=\d+/, '')],
];

/** One slip: one error, on its line, and no complaint of the verifier about what the user did not write. */
describe.each(SLIPS)('%s', (_, slip) => {
  it.each(exampleFiles().map(({ name, text }) => [name, text] as const))('in each line of %s', (name, text) => {
    const lines = text.split('\n');
    const others = problems(text);
    for (const [number, line] of lines.entries()) {
      const [code = '', comment = ''] = line.split(/(?= *\/\/)/, 2);
      const slipped = slip(code);
      if (code.trim() === '' || code.startsWith('//') || slipped === code) continue;
      const found = problems(lines.with(number, slipped + comment).join('\n'));
      const own = found.filter((one) => !others.includes(one));
      expect(own, `${name}:${number + 1} ${slipped}`).toEqual([expect.stringMatching(new RegExp(`^${number} `))]);
    }
  });
});

function problems(text: string): string[] {
  const workspace = new Workspace({ kernel: '6.18', privileged: true, logLevel: 0 });
  workspace.setText('a', text);
  const job = workspace.verify('a');
  while (!job.advance(10_000));
  const { source } = job.result().asm;
  return fileDiagnostics(job.result())
    .filter(({ severity }) => severity === 'error')
    .map(({ span, message }) => `${positionAt(source, span?.start ?? 0).line} ${message}`);
}
