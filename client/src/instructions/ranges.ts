import * as vscode from 'vscode';
import type { TextRange } from '../../../server/src/lsp/protocol.ts';

export function toRange({ start, end }: TextRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Plain data: in browsers the server gets a structured clone, which VS Code's own positions do not survive. */
export function toTextRange({ start, end }: vscode.Range): TextRange {
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}
