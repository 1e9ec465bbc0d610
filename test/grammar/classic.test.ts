import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

const root = path.resolve(import.meta.dirname, '../..');
let grammar: textmate.IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const file = path.join(root, 'syntaxes/cbpf.tmLanguage.json');
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text: string) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(file, 'utf8'), 'cbpf.json'),
  });
  const loaded = await registry.loadGrammar('source.cbpf');
  if (loaded === null) throw new Error('no grammar');
  grammar = loaded;
});

/** The innermost scope of each word, without the language's ending. */
function scopes(line: string): string[] {
  return grammar
    .tokenizeLine(line, textmate.INITIAL)
    .tokens.map(({ startIndex, endIndex, scopes }) => [
      line.slice(startIndex, endIndex).trim(),
      (scopes.at(-1) ?? '').replace('.cbpf', ''),
    ])
    .filter(([text, scope]) => text !== '' && scope !== 'source')
    .map(([text, scope]) => `${text} ${scope}`);
}

describe('the grammar of classic BPF', () => {
  it.each<[string, string[]]>([
    [
      '(001) jeq      #0x800           jt 2\tjf 5',
      [
        '(001) constant.numeric.line-number',
        'jeq keyword.control',
        '#0x800 constant.numeric.hex',
        'jt keyword.control',
        '2 constant.numeric.decimal',
        'jf keyword.control',
        '5 constant.numeric.decimal',
      ],
    ],
    [
      'again: JSET x, yes, no ; why',
      [
        'again entity.name.function.label',
        ': punctuation.separator.label',
        'JSET keyword.control',
        'x variable.language.register',
        'yes entity.name.label',
        'no entity.name.label',
        '; why comment.line.semicolon',
      ],
    ],
    ['ld vlan_tci', ['ld keyword.other.instruction', 'vlan_tci support.variable.extension']],
    ['st M[3]', ['st keyword.other.instruction', 'M variable.language.register', '3 constant.numeric.decimal']],
    ['{ 0x28, 0 },', ['0x28 constant.numeric.hex', '0 constant.numeric.decimal']],
    ['# remark', ['# remark comment.line.number-sign']],
  ])('%s', (line, expected) => expect(scopes(line)).toEqual(expected));
});
