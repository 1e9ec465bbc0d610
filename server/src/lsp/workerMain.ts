import { ClientFiles } from './clientFiles.ts';
import type { CTools } from '../ide/c/openCSource.ts';
import type { KernelTypesHost } from './kernelTypes.ts';
import type { DebugWorkerMessage, RunReply, RunRequest, StopCell, WorkerRole } from './protocol.ts';
import { RunService } from './runService.ts';
import { WarmUp, warmUpRun } from './warmUp.ts';

export interface WorkerFiles {
  readFile(path: string): Promise<Uint8Array>;
  readStream(path: string): { readonly bytes: Promise<number | null>; readonly chunks: AsyncIterable<Uint8Array> };
}

/** The debugger as a worker needs it; the entry puts it in, because this folder knows no debugger. */
interface DebugServer {
  receive(message: unknown): Promise<void>;
}

interface DebugHost extends CTools {
  send(message: object): void;
  defer(run: () => void): void;
  readFile(path: string): Promise<Uint8Array>;
  readStream(path: string): AsyncIterable<Uint8Array>;
  readonly kernelTypes?: KernelTypesHost;
}

export interface WorkerPlatform {
  post(message: unknown): void;
  listen(receive: (message: unknown) => void): void;
  files(client: ClientFiles): WorkerFiles;
  now(): number;
  defer(run: () => void): void;
  debug(host: DebugHost): DebugServer;
  /** Absent in browsers. */
  readonly kernelTypes?: KernelTypesHost;
  /** Absent in browsers. */
  readonly tools?: CTools;
}

/** A worker's life: its first message says what it is for. */
export function serveWorker(platform: WorkerPlatform): void {
  const client = new ClientFiles((id, path) => platform.post({ kind: 'readFile', id, path }));
  const files = platform.files(client);
  let receive: ((message: never) => void) | null = null;
  platform.listen((message) => {
    const { kind } = message as { kind?: string };
    if (kind === 'fileBytes') client.answer(message as Parameters<ClientFiles['answer']>[0]);
    else if (receive === null) receive = start(platform, files, message as WorkerRole);
    else receive(message as never);
  });
}

function start(platform: WorkerPlatform, files: WorkerFiles, begin: WorkerRole): (message: never) => void {
  const { kernelTypes, tools } = platform;
  const lent = { ...(kernelTypes === undefined ? {} : { kernelTypes }), ...tools };
  if (begin.role === 'run') {
    const reply = (message: RunReply): void => platform.post(message);
    const stop = stopSignal(begin.stop ?? null);
    const service = new RunService({ ...files, ...lent, ...stop, now: () => platform.now(), reply });
    const warmUp = new WarmUp((run) => platform.defer(run), warmUpRun);
    return (request: RunRequest) => {
      if (request.kind === 'run') warmUp.end();
      warmUp.pause();
      void service.receive(request).then(() => warmUp.resume());
    };
  }
  const server = platform.debug({
    send: (message) => platform.post({ kind: 'dap', message } satisfies DebugWorkerMessage),
    defer: (run) => platform.defer(run),
    readFile: (path) => files.readFile(path),
    readStream: (path) => files.readStream(path).chunks,
    ...lent,
  });
  return ({ message }: Extract<DebugWorkerMessage, { kind: 'dap' }>) => void server.receive(message);
}

function stopSignal(cell: StopCell | null): { stop?: () => boolean } {
  if (cell === null) return {};
  const words = new Int32Array(cell);
  return { stop: () => Atomics.load(words, 0) !== 0 };
}
