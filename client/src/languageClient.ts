import type { LanguageClientOptions } from 'vscode-languageclient';
import { LANGUAGE } from './files.ts';

export const clientOptions: LanguageClientOptions = {
  documentSelector: [{ language: LANGUAGE }],
  diagnosticCollectionName: 'ebpf',
  synchronize: { configurationSection: 'ebpf' },
};
