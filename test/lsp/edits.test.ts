import { describe, expect, it } from 'vitest';
import type { Hover, Range, SemanticTokens } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { exampleFiles } from '../support/exampleFiles.ts';
import { randomNumbers } from '../support/random.ts';
import { LspClient } from './client.ts';

const EDITS = Number(process.env['LSP_FUZZ_EDITS'] ?? 60);
const SEED = Number(process.env['LSP_FUZZ_SEED'] ?? 1);

/** What people type, paste and delete, and what nobody should. */
const PIECES = [
  'r', 'r0', 'R3', 'w1', '=', ' ', '\n', '\r\n', '\r', '\t', '0', '-1', '0x', 'goto ', 'if ', 'call ', 'exit', ';', '//', '/*',
  '*/', '"', "'", '*(u', '32 *)', '(', ')', '+=', 's>>=', ':', 'out:', '.section ', '.map m, type=hash, key=4, ', '\u{1f600}', 'é',
  '\u2028', '\0', 'lock ', '.', ',', '\n  r0 = 0\n  exit\n', '#', '@', '%', '\\',
]; // prettier-ignore

const texts: readonly (readonly [string, string])[] = [
  ...exampleFiles().map(({ name, text }) => [name, text] as const),
  ['crlf', (exampleFiles()[0]?.text ?? '').replaceAll('\n', '\r\n')],
  ['emoji', '.section "xdp" // \u{1f41d}\n/* \u{1f41d}\u{1f41d} */ r0 = 2 /* é */; exit // \u{1f41d}\n'],
];

/** Whatever is typed: an answer to every request, and the same findings as if the file had just been opened. */
describe.each(texts)('random edits of %s', (name, text) => {
  it(
    `${EDITS} of them leave nothing behind and break nothing`,
    async () => {
      const next = randomNumbers(SEED + name.length * 1000);
      const { client: typing } = await LspClient.start();
      let document = TextDocument.create('', '', 1, text);
      await typing.open(text);
      for (let count = 0; count < EDITS; count++) {
        const edit = randomEdit(document, text, next);
        document = TextDocument.create('', '', 1, TextDocument.applyEdits(document, [{ ...edit, newText: edit.text }]));
        const found = await typing.edit([edit]);
        const present = document.getText();
        const about = `edit ${count}: ${JSON.stringify(edit)} of ${JSON.stringify(present)}`;
        const { client: fresh } = await LspClient.start();
        expect(found, about).toEqual(await fresh.open(present));
        fresh.stop();
        for (const { range, relatedInformation } of found)
          for (const one of [range, ...(relatedInformation ?? []).map(({ location }) => location.range)])
            expect(isInside(document, one), `${about}: ${JSON.stringify(one)}`).toBe(true);
        await expectAnswers(typing, document, next, about);
      }
      typing.stop();
    },
    20_000 + 200 * EDITS,
  );
});

function randomEdit(
  document: TextDocument,
  text: string,
  next: (below: number) => number,
): { range: Range; text: string } {
  const length = document.getText().length;
  // Now and then everything is put right again, so that there is a program to break.
  if (next(12) === 0) return { range: rangeOf(document, 0, length), text };
  const at = next(length + 1);
  const deleted = next(3) === 0 ? 0 : next(4) === 0 ? next(60) : next(3);
  return {
    range: rangeOf(document, at, Math.min(length, at + deleted)),
    text: next(3) === 0 ? '' : (PIECES[next(PIECES.length)] ?? ''),
  };
}

function rangeOf(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** Positions that name a place of the text as the client counts. */
function isInside(document: TextDocument, { start, end }: Range): boolean {
  const [from, to] = [document.offsetAt(start), document.offsetAt(end)];
  const exact = [start, end].every((one) => {
    const again = document.positionAt(document.offsetAt(one));
    return again.line === one.line && again.character === one.character;
  });
  return exact && from <= to;
}

async function expectAnswers(
  client: LspClient,
  document: TextDocument,
  next: (below: number) => number,
  about: string,
): Promise<void> {
  const { line, character } = document.positionAt(next(document.getText().length + 1));
  const hover = await client.at<Hover | null>('textDocument/hover', line, character);
  if (hover?.range !== undefined) expect(isInside(document, hover.range), `${about}: hover`).toBe(true);
  for (const request of [
    'completion',
    'definition',
    'references',
    'prepareRename',
    'documentHighlight',
    'documentSymbol',
  ])
    await client.at(`textDocument/${request}`, line, character, { context: { includeDeclaration: true } });
  const { data } = await client.at<SemanticTokens>('textDocument/semanticTokens/full', line, character);
  expect(wrongToken(document, data), `${about}: semantic tokens`).toBeNull();
}

/** The first token that overlaps the one before it or leaves its line; null when there is none. */
function wrongToken(document: TextDocument, data: readonly number[]): string | null {
  let [line, start, end] = [0, 0, 0];
  for (let at = 0; at < data.length; at += 5) {
    const [down = 0, right = 0, length = 0] = data.slice(at, at + 3);
    line += down;
    start = down > 0 ? right : start + right;
    if (down === 0 && start < end) return `overlap at ${line}:${start}`;
    end = start + length;
    const range = { start: { line, character: start }, end: { line, character: end } };
    if (length <= 0 || !isInside(document, range)) return `outside at ${line}:${start}+${length}`;
  }
  return null;
}
