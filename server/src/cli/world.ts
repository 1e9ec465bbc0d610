import type { HeaderStore } from '../c/store/headerStore.ts';
import type { RunTool } from '../ide/c/clang.ts';
import type { OwnKernel } from '../ide/kernelSource.ts';

/** What the command line needs from outside. Node provides it; tests put in their own. */
export interface World {
  /** Rejects with an Error whose message is for people ("no such file or directory"). */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** The bytes of a file, at once; null when it cannot be read. For the files that a source includes. */
  readonly readNow: (path: string) => Uint8Array | null;
  /** The folder that relative paths are seen from. */
  readonly workingFolder: string;
  /** Folders where this machine has headers, first ones first. */
  readonly headerFolders: readonly string[];
  /** Runs a program without a shell, to its end; null when it is not installed. */
  readonly runTool: RunTool;
  /** Where large headers are kept between calls. */
  readonly headerStore?: HeaderStore | undefined;
  /** Chunks of a file; gzip is unpacked on the way. Rejects as `readFile` does, also in the middle. */
  readonly readStream: (path: string) => AsyncIterable<Uint8Array>;
  /** Opens a file for writing piece by piece. */
  readonly openFile: (path: string) => Promise<OutputFile>;
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
  /** The bytes of a file with a kernel's types, unpacked. Rejects as `readFile` does. */
  readonly readKernelTypes: (path: string) => Promise<Uint8Array>;
  /** The kernel that this machine runs, "6.18.44", and where its types are; null where there is none of that kind. */
  readonly ownKernel: OwnKernel | null;
  readonly readStandardInput: () => Promise<string>;
  /** Resolves when there is room for more. Rejects never: a closed pipe ends the output silently. */
  readonly out: (text: string) => Promise<void>;
  readonly error: (text: string) => void;
  /** True once nobody reads the output any more. */
  readonly outputClosed: () => boolean;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  readonly columns: number;
  /** A terminal that shows colours, and the user did not ask for none. */
  readonly color: boolean;
  readonly version: string;
  /** Starts a server and resolves with the exit status when it ends; absent where it is not built in. */
  readonly serveLsp: (() => Promise<number>) | null;
  readonly serveDap: ((port: number | null) => Promise<number>) | null;
}

export interface OutputFile {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}
