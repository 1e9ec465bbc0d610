import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

/** A language as VS Code colours it: the innermost scope of each word of a line, without the language's ending. */
export async function scopesOf(language: string): Promise<(line: string) => string[]> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const file = path.resolve(import.meta.dirname, '../../syntaxes', `${language}.tmLanguage.json`);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text: string) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(file, 'utf8'), file),
  });
  const grammar = await registry.loadGrammar(`source.${language}`);
  if (grammar === null) throw new Error('no grammar');
  return (line) =>
    grammar
      .tokenizeLine(line, textmate.INITIAL)
      .tokens.map(({ startIndex, endIndex, scopes }) => [
        line.slice(startIndex, endIndex).trim(),
        (scopes.at(-1) ?? '').replace(`.${language}`, ''),
      ])
      .filter(([text, scope]) => text !== '' && scope !== 'source')
      .map(([text, scope]) => `${text} ${scope}`);
}
