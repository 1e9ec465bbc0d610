import * as vscode from 'vscode';
import type { ProgramListing } from '../../../server/src/lsp/protocol.ts';
import { isProgram } from '../files.ts';
import { programShownIn } from '../instructions/address.ts';
import { findPrograms, findRecordings } from '../recordings.ts';

const BROWSE = 'Browse…';

/** The program file that a command is about: the one it was called on, the one in the editor, or one from a list. */
export async function chooseProgram(resource?: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (resource instanceof vscode.Uri) return programShownIn(resource) ?? resource;
  const document = vscode.window.activeTextEditor?.document;
  if (document !== undefined && isProgram(document)) return programShownIn(document.uri) ?? document.uri;
  const files = await findPrograms();
  return chooseFile('Which eBPF program?', files, { 'eBPF programs': ['bpfasm', 's', 'ebpf', 'cbpf', 'c', 'o'] });
}

/** Recordings that fit come first: `packets` says whether packets reach the program. */
export async function chooseRecording(program: string, packets: boolean): Promise<vscode.Uri | undefined> {
  return chooseFile('Run on which recorded events?', await findRecordings(program, packets), {
    'Recorded events': ['pcap', 'pcapng', 'cap', 'jsonl', 'gz'],
  });
}

export async function chooseEntry(programs: readonly ProgramListing[]): Promise<ProgramListing | undefined> {
  if (programs.length < 2) return programs[0];
  const items = programs.map((program) => ({
    label: program.name,
    description: `${program.type}, ${program.insns} instructions`,
    program,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Which program of the file?' }))?.program;
}

export async function chooseFile(
  title: string,
  files: readonly vscode.Uri[],
  filters: Record<string, string[]>,
): Promise<vscode.Uri | undefined> {
  const items = [
    ...files.map((uri) => ({
      label: uri.path.split('/').at(-1) ?? uri.path,
      description: vscode.workspace.asRelativePath(uri),
      uri,
    })),
    { label: BROWSE, description: 'choose a file outside the workspace', uri: undefined },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (chosen === undefined || chosen.uri !== undefined) return chosen?.uri;
  return (await vscode.window.showOpenDialog({ title, filters: { ...filters, 'All files': ['*'] } }))?.[0];
}
