import * as vscode from 'vscode';
import { until } from './until.ts';

/** The diagnostics of a file as soon as they are as wanted. */
export function nextDiagnostics(
  uri: vscode.Uri,
  wanted: (found: vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  const now = vscode.languages.getDiagnostics(uri);
  if (wanted(now)) return Promise.resolve(now);
  return until(vscode.languages.onDidChangeDiagnostics, () => {
    const found = vscode.languages.getDiagnostics(uri);
    return wanted(found) ? found : undefined;
  });
}
