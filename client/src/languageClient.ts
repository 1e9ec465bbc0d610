import * as vscode from 'vscode';
import type { LanguageClientOptions } from 'vscode-languageclient';
import { C_PATTERN, LANGUAGES } from './files.ts';

/** What the language client is started with: the languages, and the C sources that are BPF programs. */
export function clientOptions(): LanguageClientOptions {
  const patterns = vscode.workspace.getConfiguration('ebpf.c').get<readonly string[]>('files') ?? [C_PATTERN];
  return {
    documentSelector: [
      ...LANGUAGES.map((language) => ({ language })),
      ...patterns.map((pattern) => ({ language: 'c', pattern })),
    ],
    diagnosticCollectionName: 'ebpf',
    synchronize: {
      configurationSection: 'ebpf',
      fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.h,compile_commands.json,compile_flags.txt,.clangd}'),
    },
  };
}
