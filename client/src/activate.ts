import type * as vscode from 'vscode';
import { registerDebugProgram } from './commands/debugProgram.ts';
import { registerRunProgram } from './commands/runProgram.ts';
import { registerDebugAdapter } from './debug/adapter.ts';
import { registerDebugConfiguration } from './debug/configuration.ts';
import { registerShowInstructions } from './commands/showInstructions.ts';
import type { Platform } from './workers.ts';

/** What both entry points share: everything except how the language server and workers are started. */
export function activateShared(context: vscode.ExtensionContext, platform: Platform): void {
  registerDebugAdapter(context, platform);
  registerDebugConfiguration(context, platform);
  registerDebugProgram(context);
  registerRunProgram(context, platform);
  registerShowInstructions(context);
}
