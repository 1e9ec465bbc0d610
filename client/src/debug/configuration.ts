import * as vscode from 'vscode';
import type { ProgramListing } from '../../../server/src/lsp/protocol.ts';
import { chooseEntry } from '../commands/choose.ts';
import { cSettings, isProgram, pathOf, programFile, uriOf } from '../files.ts';
import { programShownIn } from '../instructions/address.ts';
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
        return document !== undefined && isProgram(document) ? configurationFor(document.uri) : configuration;
      },
      async resolveDebugConfigurationWithSubstitutedVariables(_folder, configuration) {
        const complete = await withEntry(configuration, platform);
        return complete && withEvents(withSettings(complete.configuration), complete.entry);
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
  uri: vscode.Uri,
  more: Partial<vscode.DebugConfiguration> = {},
): Promise<vscode.DebugConfiguration> {
  const program = programShownIn(uri) ?? uri;
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

interface Complete {
  readonly configuration: vscode.DebugConfiguration;
  /** null when the file does not tell. */
  readonly entry: ProgramListing | null;
}

/** A file with several programs: the user says which one. Undefined when he turns away. */
async function withEntry(configuration: vscode.DebugConfiguration, platform: Platform): Promise<Complete | undefined> {
  const program: unknown = configuration['program'];
  if (typeof program !== 'string') return { configuration, entry: null };
  const named: unknown = configuration['entry'];
  const worker = await RunWorker.start(platform);
  try {
    const { programs } = await worker.listPrograms({ kind: 'listPrograms', file: programFile(uriOf(program)) });
    const known = programs.length < 2 ? programs[0] : programs.find(({ name }) => name === named);
    if (known !== undefined || named !== undefined || programs.length === 0)
      return { configuration, entry: known ?? null };
    const entry = await chooseEntry(programs);
    return entry && { configuration: { ...configuration, entry: entry.name }, entry };
  } catch {
    return { configuration, entry: null }; // the debugger says what is wrong with the file
  } finally {
    worker.dispose();
  }
}

/** The settings serve where the configuration says nothing. */
function withSettings(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
  const kernelBtf = vscode.workspace.getConfiguration('ebpf').get<string>('kernelBtf', '');
  const program = String(configuration['program'] ?? '');
  const forC = /\.c$/i.test(program) ? cSettings(uriOf(program)) : {};
  return { ...(kernelBtf === '' ? {} : { kernelBtf }), ...forC, ...configuration };
}

/** A configuration that names no recording gets the workspace's most fitting one; without any, one made-up packet. */
async function withEvents(
  configuration: vscode.DebugConfiguration,
  entry: ProgramListing | null,
): Promise<vscode.DebugConfiguration> {
  if (configuration['events'] !== undefined || configuration.request !== 'launch') return configuration;
  const [best] = await findRecordings(String(configuration['program'] ?? ''), entry?.packets ?? null);
  return best === undefined ? configuration : { ...configuration, events: pathOf(best) };
}

async function offeredConfigurations(): Promise<vscode.DebugConfiguration[]> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined || !isProgram(document)) return [];
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
