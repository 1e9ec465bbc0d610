import * as vscode from 'vscode';
import { INSTRUCTIONS_SCHEME } from '../../../server/src/lsp/protocol.ts';

/** The document that shows the instructions of a program. Its name tells VS Code the language. */
export function instructionsOf(program: vscode.Uri): vscode.Uri {
  return vscode.Uri.from({
    scheme: INSTRUCTIONS_SCHEME,
    path: `${program.path} (instructions)`,
    query: program.toString(),
  });
}

/** The program whose instructions a document shows; undefined for any other document. */
export function programShownIn(document: vscode.Uri): vscode.Uri | undefined {
  return document.scheme === INSTRUCTIONS_SCHEME ? vscode.Uri.parse(document.query, true) : undefined;
}
