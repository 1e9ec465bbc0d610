import type { RunReply, RunReport, RunRequest, StopCell, WorkerRole } from '../../server/src/lsp/protocol.ts';
import { answerReadFile } from './files.ts';
import type { EngineWorker, Platform } from './workers.ts';

type Answer = Extract<RunReply, { id: number; kind: 'rows' | 'detail' }>;

/** How long a run may take to stop. */
const MOST_STOPPING_MS = 5000;

/** One run in a worker of its own. It keeps the results until it is disposed of. */
export class RunWorker {
  readonly #worker: EngineWorker;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #settle: { resolve: (reply: RunReply) => void; reject: (error: Error) => void } | undefined;
  readonly #stop: StopCell | null;
  #onProgress: (events: number, fraction: number | null) => void = () => {};

  static async start(platform: Platform): Promise<RunWorker> {
    const worker = await platform.startWorker();
    // Pages that are not isolated have no memory to share: there a run can only be ended.
    const stop = typeof SharedArrayBuffer === 'undefined' ? null : new SharedArrayBuffer(4);
    worker.post({ role: 'run', stop } satisfies WorkerRole);
    return new RunWorker(worker, stop);
  }

  private constructor(worker: EngineWorker, stop: StopCell | null) {
    this.#worker = worker;
    this.#stop = stop;
    worker.onMessage((message) => this.#receive(message as RunReply));
    worker.onFailure((reason) => this.#fail(`The run stopped unexpectedly: ${reason}`));
  }

  async listPrograms(
    request: Extract<RunRequest, { kind: 'listPrograms' }>,
  ): Promise<Extract<RunReply, { kind: 'programs' }>> {
    return (await this.#request(request)) as Extract<RunReply, { kind: 'programs' }>;
  }

  async run(
    request: Extract<RunRequest, { kind: 'run' }>,
    onProgress: (events: number, fraction: number | null) => void,
  ): Promise<RunReport> {
    this.#onProgress = onProgress;
    return ((await this.#request(request)) as Extract<RunReply, { kind: 'finished' }>).report;
  }

  /** Asks for rows or details of the finished run. */
  async ask(question: RowsQuestion | DetailQuestion): Promise<Answer> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.#worker.post({ ...question, id });
    });
  }

  /** The run ends where it stands, and reports what it has; one that does not answer is ended with its worker. */
  stop(): void {
    if (this.#stop === null) {
      this.dispose();
      return;
    }
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    setTimeout(() => {
      if (this.#settle !== undefined) this.dispose();
    }, MOST_STOPPING_MS);
  }

  dispose(): void {
    this.#worker.terminate();
    this.#fail('The run was cancelled.');
  }

  #request(request: RunRequest): Promise<RunReply> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#worker.post(request);
    });
  }

  #receive(reply: RunReply): void {
    switch (reply.kind) {
      case 'readFile':
        void answerReadFile(reply, (message) => this.#worker.post(message));
        break;
      case 'progress':
        this.#onProgress(reply.events, reply.fraction);
        break;
      case 'rows':
      case 'detail':
        this.#questions.get(reply.id)?.(reply);
        this.#questions.delete(reply.id);
        break;
      case 'failed':
        this.#fail(reply.message);
        break;
      case 'programs':
      case 'finished':
        this.#settle?.resolve(reply);
        this.#settle = undefined;
        break;
    }
  }

  #fail(message: string): void {
    this.#settle?.reject(new Error(message));
    this.#settle = undefined;
  }
}

export type RowsQuestion = Omit<Extract<RunRequest, { kind: 'rows' }>, 'id'>;
export type DetailQuestion = Omit<Extract<RunRequest, { kind: 'detail' }>, 'id'>;
