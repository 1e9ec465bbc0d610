import * as vscode from 'vscode';
import {
  INSTRUCTIONS_CHANGED,
  INSTRUCTIONS_REQUEST,
  INSTRUCTIONS_SCHEME,
  type InstructionFault,
  type Instructions,
  type InstructionsParams,
} from '../../../server/src/lsp/protocol.ts';
import { messageOf } from '../files.ts';
import type { LanguageServer } from '../server.ts';
import { instructionsOf, programShownIn } from './address.ts';

interface Shown {
  text: string;
  revision: number;
  stale: boolean;
  faults: readonly InstructionFault[];
  /** There may be newer instructions. */
  outdated: boolean;
  /** Being asked for; then whoever wants them newer only says so. */
  asking: boolean;
}

/**
 * The documents with the instructions of programs. They follow their programs while somebody sees them; those in hidden
 * tabs wait until they are seen.
 */
export class InstructionDocuments implements vscode.TextDocumentContentProvider {
  readonly #server: LanguageServer;
  readonly #shown = new Map<string, Shown>();
  readonly #textChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly #refreshed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#textChanged.event;
  /** A document has the newest text, or what is known about it is new. */
  readonly onDidRefresh = this.#refreshed.event;

  constructor(context: vscode.ExtensionContext, server: LanguageServer) {
    this.#server = server;
    server.onNotification(INSTRUCTIONS_CHANGED, ({ uri }) =>
      this.#outdate(instructionsOf(vscode.Uri.parse(uri, true))),
    );
    const objects = vscode.workspace.createFileSystemWatcher('**/*.o');
    objects.onDidChange((uri) => this.#outdate(instructionsOf(uri)));
    objects.onDidCreate((uri) => this.#outdate(instructionsOf(uri)));
    context.subscriptions.push(
      objects,
      vscode.workspace.registerTextDocumentContentProvider(INSTRUCTIONS_SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (this.#shown.has(document.uri.toString())) this.#refreshed.fire(document.uri);
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const { document } of editors)
          if (this.#shown.get(document.uri.toString())?.outdated) void this.#refresh(document.uri);
      }),
    );
  }

  /** What is known about a document; undefined for one that was never shown. */
  about(document: vscode.Uri): Pick<Shown, 'revision' | 'stale' | 'faults'> | undefined {
    return this.#shown.get(document.toString());
  }

  async provideTextDocumentContent(document: vscode.Uri): Promise<string> {
    const known = this.#shown.get(document.toString());
    if (known !== undefined) return known.text;
    const shown = { ...note(''), outdated: false, asking: false };
    this.#shown.set(document.toString(), shown);
    Object.assign(shown, await this.#ask(document));
    return shown.text;
  }

  #outdate(document: vscode.Uri): void {
    const shown = this.#shown.get(document.toString());
    if (shown === undefined) return;
    shown.outdated = true;
    if (isVisible(document)) void this.#refresh(document);
  }

  /** Changes that come faster than answers are looked at once. */
  async #refresh(document: vscode.Uri): Promise<void> {
    const shown = this.#shown.get(document.toString());
    if (shown === undefined || shown.asking) return;
    shown.asking = true;
    while (shown.outdated) {
      shown.outdated = false;
      const { text } = shown;
      Object.assign(shown, await this.#ask(document));
      // A new text is not there before VS Code has asked for it.
      if (shown.text === text) this.#refreshed.fire(document);
      else this.#textChanged.fire(document);
    }
    shown.asking = false;
  }

  async #ask(document: vscode.Uri): Promise<Instructions> {
    const program = programShownIn(document);
    if (program === undefined) return note('; no program is named here');
    try {
      const params = await paramsFor(program);
      const found = await this.#server.ask<Instructions | null>(INSTRUCTIONS_REQUEST, params);
      return found ?? note('; not taken for a BPF program: the setting ebpf.c.files says which C files are');
    } catch (error) {
      return note(`; ${messageOf(error)}`);
    }
  }
}

const LARGEST_OBJECT_BYTES = 32 * 1024 * 1024;

/** The server knows what is open; the bytes of objects are sent to it, from whatever file system they lie in. */
async function paramsFor(program: vscode.Uri): Promise<InstructionsParams> {
  const uri = program.toString();
  if (/\.c$/i.test(program.path)) {
    // After a restart of VS Code the tab may be there without its source.
    await vscode.workspace.openTextDocument(program);
    return { uri };
  }
  const bytes = await vscode.workspace.fs.readFile(program);
  if (bytes.length > LARGEST_OBJECT_BYTES) throw new Error(`the file has ${bytes.length} bytes; 32 MiB is the limit`);
  return { uri, object: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

/** A text in place of instructions. */
function note(text: string): Instructions {
  return { text: `${text}\n`, revision: -1, stale: false, faults: [] };
}

export function isVisible(document: vscode.Uri): boolean {
  return vscode.window.visibleTextEditors.some((editor) => editor.document.uri.toString() === document.toString());
}
