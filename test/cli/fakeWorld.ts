import type { HeaderStore } from '../../server/src/c/store/headerStore.ts';
import type { World } from '../../server/src/cli/world.ts';
import type { ClangAnswer } from '../../server/src/ide/c/clang.ts';
import type { OwnKernel } from '../../server/src/ide/kernelSource.ts';
import { main } from '../../server/src/cli/main.ts';

export interface Outcome {
  readonly out: string;
  readonly error: string;
  readonly status: number;
  readonly written: ReadonlyMap<string, Uint8Array>;
}

export interface Setting {
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly input?: string;
  readonly columns?: number;
  readonly color?: boolean;
  readonly ownKernel?: OwnKernel;
  /** Tools that are installed; without it none is. */
  readonly runTool?: (name: string, words: readonly string[]) => ClangAnswer | null;
  /** Output closes after this many characters. */
  readonly closesAfter?: number;
  readonly headerStore?: HeaderStore;
}

/** Runs the command line over files in memory, with a clock that stands still. */
export async function runMain(words: readonly string[], setting: Setting): Promise<Outcome> {
  const text = { out: '', error: '' };
  const written = new Map<string, Uint8Array>();
  const status = await main(worldOf(setting, text, written), words);
  return { ...text, status, written };
}

function worldOf(setting: Setting, text: { out: string; error: string }, written: Map<string, Uint8Array>): World {
  const read = (path: string): Uint8Array => {
    const file = setting.files[path];
    if (file === undefined) throw new Error('no such file or directory');
    return typeof file === 'string' ? new TextEncoder().encode(file) : file;
  };
  const limit = setting.closesAfter ?? Number.POSITIVE_INFINITY;
  return {
    readFile: async (path) => read(path),
    readNow: (path) => (setting.files[path] === undefined ? null : read(path)),
    workingFolder: '',
    headerFolders: [],
    headerStore: setting.headerStore,
    runTool: async (name, words) => setting.runTool?.(name, words) ?? null,
    async *readStream(path) {
      const bytes = read(path);
      for (let at = 0; at < bytes.length; at += 100) yield bytes.slice(at, at + 100);
    },
    openFile: async (path) => {
      if (path.startsWith('/readonly')) throw new Error('permission denied');
      const parts: Uint8Array[] = [];
      return {
        write: async (bytes) => void parts.push(bytes.slice()),
        close: async () => void written.set(path, new Uint8Array(Buffer.concat(parts))),
      };
    },
    writeFile: async (path, bytes) => {
      if (path.startsWith('/readonly')) throw new Error('permission denied');
      written.set(path, bytes);
    },
    readKernelTypes: async (path) => read(path),
    ownKernel: setting.ownKernel ?? null,
    readStandardInput: async () => setting.input ?? '',
    out: async (more) => void (text.out += more),
    error: (more) => void (text.error += more),
    outputClosed: () => text.out.length >= limit,
    now: () => 0,
    columns: setting.columns ?? 100,
    color: setting.color ?? false,
    version: '1.2.3',
    serveLsp: null,
    serveDap: null,
  };
}
