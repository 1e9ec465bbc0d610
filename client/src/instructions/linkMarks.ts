import * as vscode from 'vscode';
import { LINKS_REQUEST, type InstructionLinks, type LinksParams } from '../../../server/src/lsp/protocol.ts';
import type { LanguageServer } from '../server.ts';
import { instructionsOf, programShownIn } from './address.ts';
import type { Marks } from './colours.ts';
import { isVisible, type InstructionDocuments } from './documents.ts';
import { toRange, toTextRange } from './ranges.ts';

const NOTHING = { source: [], calls: [], instructions: [], nearby: [] };

/** Marks what belongs to the cursor or the selection, in the source and in its instructions, and brings it into sight. */
export class LinkMarks {
  readonly #server: LanguageServer;
  readonly #marks: Marks;
  readonly #documents: InstructionDocuments;
  /** Counts the questions; only the answer to the last one is shown. */
  #asked = 0;

  constructor(context: vscode.ExtensionContext, server: LanguageServer, marks: Marks, documents: InstructionDocuments) {
    this.#server = server;
    this.#marks = marks;
    this.#documents = documents;
    context.subscriptions.push(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        // What no user does scrolls nothing.
        if (textEditor === vscode.window.activeTextEditor) void this.show(textEditor, kind !== undefined);
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && void this.show(editor, false)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#clearUnlinked()),
    );
  }

  /** Marks what belongs to the selections of an editor, if both sides can be seen. */
  async show(editor: vscode.TextEditor, reveal: boolean): Promise<void> {
    const shown = programShownIn(editor.document.uri);
    const program = shown ?? editor.document.uri;
    if (!isVisible(instructionsOf(program))) return;
    const asked = ++this.#asked;
    const { version } = editor.document;
    const params: LinksParams = {
      uri: program.toString(),
      from: shown === undefined ? 'source' : 'instructions',
      ranges: editor.selections.map(toTextRange),
    };
    const links = await this.#server.ask<InstructionLinks | null>(LINKS_REQUEST, params);
    if (asked !== this.#asked || version !== editor.document.version) return;
    // The text that the answer is about is still on its way: when it is there, this is asked again.
    if (links !== null && links.revision !== this.#documents.about(instructionsOf(program))?.revision) return;
    this.#draw(program, links ?? NOTHING);
    if (reveal && links !== null) this.#reveal(editor, program, links);
  }

  #draw(program: vscode.Uri, { source, calls, instructions, nearby }: Omit<InstructionLinks, 'revision'>): void {
    const text = instructionsOf(program).toString();
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri.toString();
      if (uri === text) {
        editor.setDecorations(this.#marks.instruction, instructions.map(toRange));
        editor.setDecorations(this.#marks.nearby, nearby.map(toRange));
      } else {
        const here = (all: InstructionLinks['source']): vscode.Range[] =>
          all.filter((one) => one.uri === uri).map(({ range }) => toRange(range));
        editor.setDecorations(this.#marks.source, here(source));
        editor.setDecorations(this.#marks.call, here(calls));
      }
    }
  }

  /** Scrolls the other side when nothing of what belongs together is in sight there. */
  #reveal(from: vscode.TextEditor, program: vscode.Uri, { source, instructions, nearby }: InstructionLinks): void {
    const text = instructionsOf(program).toString();
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri.toString();
      if (editor === from || (uri === text) === (from.document.uri.toString() === text)) continue;
      const ranges =
        uri === text
          ? [...instructions, ...(instructions.length === 0 ? nearby : [])].map(toRange)
          : source.filter((one) => one.uri === uri).map(({ range }) => toRange(range));
      const [first] = ranges;
      const inSight = ranges.some((range) =>
        editor.visibleRanges.some((part) => part.intersection(range) !== undefined),
      );
      // By its line alone: a column might scroll the text sideways.
      const line = first && new vscode.Range(first.start.line, 0, first.start.line, 0);
      if (line !== undefined && !inSight) editor.revealRange(line, vscode.TextEditorRevealType.InCenter);
    }
  }

  /** A source whose instructions are gone from sight has nothing to mark. */
  #clearUnlinked(): void {
    const shown = vscode.window.visibleTextEditors.some(({ document }) => programShownIn(document.uri) !== undefined);
    if (shown) return;
    for (const editor of vscode.window.visibleTextEditors)
      for (const mark of ['source', 'call'] as const) editor.setDecorations(this.#marks[mark], []);
  }
}
