import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serveLanguage } from '../lsp/server.ts';
import { cFilesHost } from './compilers.ts';
import { headerStore, whenIdle } from './headerStore.ts';
import { kernelTypesHost } from './kernelTypes.ts';

// The client chooses how to talk (IPC, stdio, socket) by the process's arguments.
serveLanguage(createConnection(ProposedFeatures.all), {
  defer: (run) => void setImmediate(run),
  kernelTypes: kernelTypesHost(),
  cFiles: cFilesHost(),
  // Other clients than our own have no folder for it.
  headerStore: (folder) => (folder === null ? undefined : headerStore(folder, whenIdle)),
});
