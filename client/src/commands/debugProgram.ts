import * as vscode from 'vscode';
import { configurationFor } from '../debug/configuration.ts';
import { chooseProgram } from './choose.ts';

/** "eBPF: Debug Program": starts the debugger on the program in the editor, or one that the user picks. */
export function registerDebugProgram(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('ebpf.debugProgram', async (resource?: vscode.Uri) => {
      const uri = await chooseProgram(resource);
      if (uri === undefined) return false;
      return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), await configurationFor(uri));
    }),
  );
}
