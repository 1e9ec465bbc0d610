import * as vscode from 'vscode';
import { configurationFor } from '../debug/configuration.ts';
import { chooseProgram } from './choose.ts';

/**
 * "eBPF: Debug Program" starts the debugger on the program in the editor, or one that the user picks; the other two commands
 * move a session from event to event.
 */
export function registerDebugProgram(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('ebpf.debugProgram', async (resource?: vscode.Uri) => {
      const uri = await chooseProgram(resource);
      if (uri === undefined) return false;
      return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), await configurationFor(uri));
    }),
    vscode.commands.registerCommand('ebpf.nextEvent', () => askSession('ebpf/nextEvent')),
    vscode.commands.registerCommand('ebpf.previousEvent', () => askSession('ebpf/previousEvent')),
  );
}

async function askSession(request: string): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type === 'ebpf') await session.customRequest(request);
}
