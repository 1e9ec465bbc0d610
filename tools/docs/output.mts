import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { main } from '../../server/src/cli/main.ts';
import type { World } from '../../server/src/cli/world.ts';

/** What the command line prints for `command`, run on the files of the repository. JSON is laid out for reading. */
export async function outputOf(command: string, root: string): Promise<string> {
  const text = { out: '', error: '' };
  const status = await main(worldOf(root, text), command.split(' '));
  const json = command.includes('--format json') && !command.includes('jsonl');
  const out = json ? `${JSON.stringify(JSON.parse(text.out), null, 2)}\n` : text.out;
  const shown = `$ ebpf-workbench ${command}\n${text.error}${withoutTimes(out)}$ echo $?\n${status}`;
  return `\`\`\`console\n${shown}\n\`\`\``;
}

/** The clock stands still, so there are no times to show. */
function withoutTimes(text: string): string {
  return text.replaceAll('0.00 ns', '… ns').replaceAll('"nsPerEvent":0', '"nsPerEvent":…');
}

/** Files can be read, nothing can be written, and the clock stands still. */
function worldOf(root: string, text: { out: string; error: string }): World {
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(path.join(root, file)));
  const refuse = async (): Promise<never> => {
    throw new Error('examples of the documentation write no files');
  };
  return {
    readFile: async (file) => read(file),
    readNow: (file) => (existsSync(path.join(root, file)) ? read(file) : null),
    workingFolder: '',
    headerFolders: [],
    runTool: async () => null,
    async *readStream(file) {
      yield read(file);
    },
    openFile: refuse,
    writeFile: refuse,
    readKernelTypes: async (file) => read(file),
    ownKernel: null,
    readStandardInput: async () => '',
    out: async (more) => void (text.out += more),
    error: (more) => void (text.error += more),
    outputClosed: () => false,
    now: () => 0,
    columns: 100,
    color: false,
    version: '0.1.0',
    serveLsp: null,
    serveDap: null,
  };
}
