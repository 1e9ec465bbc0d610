import * as vscode from 'vscode';

export function workspaceFile(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('no workspace is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

export function openFile(name: string): Thenable<vscode.TextEditor> {
  return vscode.window.showTextDocument(workspaceFile(name));
}

/** What the debugger calls a file. */
export function pathOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString();
}
