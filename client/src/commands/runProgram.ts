import * as vscode from 'vscode';
import type { ProgramListing, RunReport } from '../../../server/src/lsp/protocol.ts';
import { messageOf, pathOf, programFile } from '../files.ts';
import { HOOK_RECORDING } from '../recordings.ts';
import { RunWorker } from '../runWorker.ts';
import { showResult } from '../views/resultView.ts';
import type { Platform } from '../workers.ts';
import { chooseEntry, chooseProgram, chooseRecording } from './choose.ts';

/** "eBPF: Run Program on Recorded Events": from the choice of program and recording to the result view. */
export function registerRunProgram(context: vscode.ExtensionContext, platform: Platform): void {
  const run = async (resource?: vscode.Uri, events?: vscode.Uri): Promise<RunReport | undefined> => {
    const program = await chooseProgram(resource);
    if (program === undefined) return undefined;
    return runAndShow(context, platform, program, events);
  };
  context.subscriptions.push(vscode.commands.registerCommand('ebpf.runProgram', run));
}

async function runAndShow(
  context: vscode.ExtensionContext,
  platform: Platform,
  program: vscode.Uri,
  events: vscode.Uri | undefined,
): Promise<RunReport | undefined> {
  const worker = await RunWorker.start(platform);
  try {
    const report = await chooseAndRun(worker, program, events);
    if (report === undefined) worker.dispose();
    else showResult(context, worker, report);
    return report;
  } catch (error) {
    worker.dispose();
    void vscode.window.showErrorMessage(messageOf(error));
    return undefined;
  }
}

/** The path that the settings name, relative to the program's workspace folder unless it is absolute. */
function givenFile(program: vscode.Uri, setting: 'run.world' | 'run.maps'): string | null {
  const name = vscode.workspace.getConfiguration('ebpf', program).get<string>(setting, '');
  if (name === '') return null;
  const folder = vscode.workspace.getWorkspaceFolder(program);
  const absolute = /^([\\/]|[a-z]:)/i.test(name);
  return folder === undefined || absolute ? name : pathOf(vscode.Uri.joinPath(folder.uri, name));
}

async function chooseAndRun(
  worker: RunWorker,
  program: vscode.Uri,
  events: vscode.Uri | undefined,
): Promise<RunReport | undefined> {
  const file = programFile(program);
  const { programs, errors } = await worker.listPrograms({ kind: 'listPrograms', file });
  if (programs.length === 0) throw new Error(errors[0] ?? 'The file holds no eBPF program.');
  const packets = programs.some((one) => one.packets);
  const recording = events ?? (await chooseRecording(pathOf(program), packets));
  if (recording === undefined) return undefined;
  // A recording that names its hooks is for all programs of the file.
  const all = HOOK_RECORDING.test(recording.path) && programs.length > 1;
  const entry = all ? null : await chooseEntry(programs);
  if (entry === undefined) return undefined;
  return runWithProgress(worker, { program, programs, entry, recording });
}

interface Chosen {
  readonly program: vscode.Uri;
  readonly programs: readonly ProgramListing[];
  /** null: all programs of the file. */
  readonly entry: ProgramListing | null;
  readonly recording: vscode.Uri;
}

async function runWithProgress(
  worker: RunWorker,
  { program, programs, entry, recording }: Chosen,
): Promise<RunReport | undefined> {
  const engine = vscode.workspace.getConfiguration('ebpf').get<'jit' | 'interpreter' | 'both'>('run.engine', 'jit');
  const location = vscode.ProgressLocation.Notification;
  const title = entry === null ? `Running ${programs.length} programs` : `Running ${entry.name}`;
  return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    token.onCancellationRequested(() => worker.stop());
    let done = 0;
    const request = {
      kind: 'run',
      file: programFile(program),
      program: entry?.name ?? null,
      events: pathOf(recording),
      engine,
      world: givenFile(program, 'run.world'),
      maps: givenFile(program, 'run.maps'),
      count: vscode.workspace.getConfiguration('ebpf').get<boolean>('run.count', false),
      kernelBtf: vscode.workspace.getConfiguration('ebpf').get<string>('kernelBtf', ''),
    } as const;
    try {
      return await worker.run(request, (events, fraction) => {
        const percent = (fraction ?? 0) * 100;
        progress.report({ message: `${events.toLocaleString('en-US')} events`, increment: percent - done });
        done = percent;
      });
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  });
}
