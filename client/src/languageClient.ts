import type { LanguageClientOptions } from 'vscode-languageclient';
import { LANGUAGES } from './files.ts';

export const clientOptions: LanguageClientOptions = {
  documentSelector: LANGUAGES.map((language) => ({ language })),
  diagnosticCollectionName: 'ebpf',
  synchronize: { configurationSection: 'ebpf' },
};
