import * as vscode from 'vscode';
import { HEADER_REQUEST, HEADER_SCHEME } from '../../../server/src/lsp/protocol.ts';
import type { LanguageServer } from '../server.ts';

/** Shows our own headers, which are no files: the language server has their texts. */
export function registerHeaders(context: vscode.ExtensionContext, server: LanguageServer): void {
  const provider: vscode.TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri) =>
      (await server.ask<string | null>(HEADER_REQUEST, { uri: uri.toString(true) })) ?? '',
  };
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(HEADER_SCHEME, provider),
    // Its texts are headers of C, whatever their names end in.
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (document.uri.scheme === HEADER_SCHEME && document.languageId !== 'c')
        void vscode.languages.setTextDocumentLanguage(document, 'c');
    }),
  );
}
