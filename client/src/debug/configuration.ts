import * as vscode from 'vscode';
import { chooseEntry } from '../commands/choose.ts';
import { LANGUAGES, pathOf, programFile, uriOf } from '../files.ts';
import { findRecordings } from '../recordings.ts';
import { RunWorker } from '../runWorker.ts';
import type { Platform } from '../workers.ts';

/** F5 without launch.json debugs the program in the editor over the recording that fits it best. */
export function registerDebugConfiguration(context: vscode.ExtensionContext, platform: Platform): void {
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider('ebpf', {
      async resolveDebugConfiguration(_folder, configuration) {
        if (configuration.type) return configuration;
        const document = vscode.window.activeTextEditor?.document;
        return document !== undefined && LANGUAGES.includes(document.languageId)
          ? configurationFor(document.uri)
          : configuration;
      },
      async resolveDebugConfigurationWithSubstitutedVariables(_folder, configuration) {
        const complete = await withEntry(configuration, platform);
        return complete && withEvents(complete);
      },
    }),
    vscode.debug.registerDebugConfigurationProvider(
      'ebpf',
      { provideDebugConfigurations: offeredConfigurations },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
  );
}

export async function configurationFor(
  program: vscode.Uri,
  more: Partial<vscode.DebugConfiguration> = {},
): Promise<vscode.DebugConfiguration> {
  const name = program.path.split('/').at(-1) ?? 'program';
  return {
    type: 'ebpf',
    request: 'launch',
    name: `Debug ${name}`,
    program: pathOf(program),
    stopOnEntry: true,
    ...more,
  };
}

/** A file with several programs: the user says which one. Undefined when he turns away. */
async function withEntry(
  configuration: vscode.DebugConfiguration,
  platform: Platform,
): Promise<vscode.DebugConfiguration | undefined> {
  const program: unknown = configuration['program'];
  if (typeof program !== 'string' || configuration['entry'] !== undefined) return configuration;
  const worker = await RunWorker.start(platform);
  try {
    const { programs } = await worker.listPrograms({ kind: 'listPrograms', file: programFile(uriOf(program)) });
    if (programs.length < 2) return configuration;
    const entry = await chooseEntry(programs);
    return entry && { ...configuration, entry: entry.name };
  } catch {
    return configuration; // the debugger says what is wrong with the file
  } finally {
    worker.dispose();
  }
}

/** A configuration that names no recording gets the workspace's most fitting one; without any, one made-up packet. */
async function withEvents(configuration: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration> {
  if (configuration['events'] !== undefined || configuration.request !== 'launch') return configuration;
  const [best] = await findRecordings(String(configuration['program'] ?? ''));
  return best === undefined ? configuration : { ...configuration, events: pathOf(best) };
}

async function offeredConfigurations(): Promise<vscode.DebugConfiguration[]> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined || !LANGUAGES.includes(document.languageId)) return [];
  const recordings = await findRecordings(pathOf(document.uri));
  return Promise.all(
    recordings.slice(0, 5).map((events) =>
      configurationFor(document.uri, {
        name: `Debug over ${events.path.split('/').at(-1)}`,
        events: pathOf(events),
      }),
    ),
  );
}
