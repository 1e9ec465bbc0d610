import * as vscode from 'vscode';
import type { LanguageClientOptions } from 'vscode-languageclient';
import { cSources, LANGUAGES } from './files.ts';

/** What the language client is started with: the languages, and the C sources that are BPF programs. */
export function clientOptions(): LanguageClientOptions {
  return {
    documentSelector: [...LANGUAGES.map((language) => ({ language })), ...cSources()],
    diagnosticCollectionName: 'ebpf',
    synchronize: {
      configurationSection: 'ebpf',
      fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.h,compile_commands.json,compile_flags.txt,.clangd}'),
    },
  };
}
