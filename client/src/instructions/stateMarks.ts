import * as vscode from 'vscode';
import { INSTRUCTIONS_SCHEME } from '../../../server/src/lsp/protocol.ts';
import type { Marks } from './colours.ts';
import type { InstructionDocuments } from './documents.ts';
import { toRange } from './ranges.ts';

/** Errors while typing come and go: the text fades only when they stay. */
const FADE_AFTER_MS = 800;

/** Marks the instructions that programs are refused for, and fades a text from before the source's errors. */
export class StateMarks {
  readonly #marks: Marks;
  readonly #documents: InstructionDocuments;
  readonly #fading = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(context: vscode.ExtensionContext, marks: Marks, documents: InstructionDocuments) {
    this.#marks = marks;
    this.#documents = documents;
    context.subscriptions.push(
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        const ours = editors.filter(({ document }) => document.uri.scheme === INSTRUCTIONS_SCHEME);
        for (const editor of ours) {
          // Instructions have numbers of their own, which jumps and the verifier's log speak of.
          editor.options = { lineNumbers: vscode.TextEditorLineNumbersStyle.Off };
          this.show(editor.document.uri);
        }
      }),
    );
  }

  show(document: vscode.Uri): void {
    const key = document.toString();
    const { stale = false } = this.#documents.about(document) ?? {};
    this.#markFaults(document);
    clearTimeout(this.#fading.get(key));
    this.#fading.delete(key);
    if (stale)
      this.#fading.set(
        key,
        setTimeout(() => this.#fade(document, true), FADE_AFTER_MS),
      );
    else this.#fade(document, false);
  }

  #markFaults(document: vscode.Uri): void {
    const faults = this.#documents.about(document)?.faults ?? [];
    for (const kind of ['error', 'information'] as const) {
      const marked = faults
        .filter(({ severity }) => severity === kind)
        .map(({ range, message }) => ({ range: toRange(range), hoverMessage: plain(message) }));
      for (const editor of editorsOf(document)) editor.setDecorations(this.#marks[kind], marked);
    }
  }

  #fade(document: vscode.Uri, stale: boolean): void {
    for (const editor of editorsOf(document)) {
      const last = editor.document.lineCount;
      // The first line says why.
      editor.setDecorations(this.#marks.stale, stale ? [new vscode.Range(1, 0, last, 0)] : []);
    }
  }
}

function editorsOf(document: vscode.Uri): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === document.toString());
}

function plain(message: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendText(message);
}
