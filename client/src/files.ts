import * as vscode from 'vscode';
import type { ProgramFile } from '../../server/src/lsp/protocol.ts';

/** Languages whose files are programs. */
export const LANGUAGES: readonly string[] = ['ebpf-asm', 'cbpf'];

/** C sources that are BPF programs, by their names. */
export const C_PATTERN = '**/*.{bpf,ebpf}.c';

/** The documents that are C sources of BPF programs, as the settings name them. */
export function cSources(): { readonly language: string; readonly pattern: string }[] {
  const patterns = vscode.workspace.getConfiguration('ebpf.c').get<readonly string[]>('files') ?? [C_PATTERN];
  return patterns.map((pattern) => ({ language: 'c', pattern }));
}

/** Whether a document is one that we run and debug. */
export function isProgram(document: vscode.TextDocument): boolean {
  return LANGUAGES.includes(document.languageId) || vscode.languages.match(cSources(), document) > 0;
}

/** How C sources in this folder are compiled. */
export function cSettings(resource: vscode.Uri): NonNullable<ProgramFile['c']> {
  const settings = vscode.workspace.getConfiguration('ebpf.c', resource);
  return {
    includePaths: settings.get<readonly string[]>('includePaths', []),
    defines: settings.get<readonly string[]>('defines', []),
    cpu: settings.get<string>('cpu', ''),
    headers: settings.get<string>('headers', ''),
    compiler: settings.get<string>('compiler', 'auto'),
  };
}

/** What the engine calls a file: its path, or the whole URI where it does not lie on a disk. */
export function pathOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString();
}

export function uriOf(path: string): vscode.Uri {
  return /^[a-z][\w+.-]+:/i.test(path) ? vscode.Uri.parse(path, true) : vscode.Uri.file(path);
}

/** Reads through VS Code, so that it works on virtual file systems and in the browser. */
export async function readBytes(path: string): Promise<Uint8Array> {
  return vscode.workspace.fs.readFile(uriOf(path));
}

/** The file as the user sees it: with the text of the editor where it is open with changes. */
export function programFile(uri: vscode.Uri): ProgramFile {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  return { path: pathOf(uri), text: open?.isDirty === true ? open.getText() : null, c: cSettings(uri) };
}

/** Answers a worker's question for a file that it cannot read by itself. */
export async function answerReadFile(
  request: { readonly id: number; readonly path: string },
  post: (message: unknown) => void,
): Promise<void> {
  try {
    post({ kind: 'fileBytes', id: request.id, bytes: await readBytes(request.path), error: null });
  } catch (error) {
    post({ kind: 'fileBytes', id: request.id, bytes: null, error: messageOf(error) });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How alike two file names are: the length of the common start, without folders and endings. */
export function likeness(one: string, other: string): number {
  const [first, second] = [stem(one), stem(other)];
  let length = 0;
  while (length < Math.min(first.length, second.length) && first[length] === second[length]) length++;
  return length;
}

function stem(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).split('.')[0] ?? '';
}
