import * as vscode from 'vscode';
import { messageOf } from '../files.ts';
import { instructionsOf, programShownIn } from '../instructions/address.ts';
import { findPrograms } from '../recordings.ts';
import { chooseFile } from './choose.ts';

/** "eBPF: Show Generated Instructions" opens them beside the source, or brings them to the front where they are open. */
export function registerShowInstructions(context: vscode.ExtensionContext): void {
  const show = async (resource?: vscode.Uri): Promise<void> => {
    try {
      const program = await chooseSource(resource);
      if (program !== undefined) await showBeside(program);
    } catch (error) {
      void vscode.window.showErrorMessage(messageOf(error));
    }
  };
  context.subscriptions.push(vscode.commands.registerCommand('ebpf.showInstructions', show));
}

const COMPILED = /\.(c|o)$/i;

async function chooseSource(resource?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const given = resource instanceof vscode.Uri ? resource : vscode.window.activeTextEditor?.document.uri;
  const program = given && (programShownIn(given) ?? given);
  if (program !== undefined && COMPILED.test(program.path)) return program;
  const files = (await findPrograms()).filter(({ path }) => COMPILED.test(path));
  return chooseFile('Instructions of which program?', files, { 'eBPF programs': ['c', 'o'] });
}

async function showBeside(program: vscode.Uri): Promise<void> {
  const instructions = await vscode.workspace.openTextDocument(instructionsOf(program));
  const isSource = /\.c$/i.test(program.path);
  if (isSource && !columnOf(program)) await vscode.window.showTextDocument(program);
  const viewColumn = columnOf(instructions.uri) ?? (isSource ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active);
  await vscode.window.showTextDocument(instructions, { viewColumn, preserveFocus: isSource, preview: false });
}

function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString())
    ?.viewColumn;
}
