import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serveLanguage } from '../lsp/server.ts';
import { cFilesHost } from './compilers.ts';
import { headerStore, whenIdle } from './headerStore.ts';
import { kernelTypesHost } from './kernelTypes.ts';

/** The language server over standard input and output, until the client leaves. */
export function serveLsp(): Promise<number> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  serveLanguage(connection, {
    defer: (run) => void setImmediate(run),
    kernelTypes: kernelTypesHost(),
    cFiles: cFilesHost(),
    headerStore: (folder) => headerStore(folder, whenIdle),
  });
  return new Promise((resolve) => {
    for (const event of ['close', 'end', 'error']) process.stdin.on(event, () => resolve(0));
  });
}
