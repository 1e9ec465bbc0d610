import type { RunReply, RunReport, RunRequest } from '../../server/src/lsp/protocol.ts';
import { answerReadFile } from './files.ts';
import type { EngineWorker, Platform } from './workers.ts';

type Answer = Extract<RunReply, { id: number; kind: 'rows' | 'detail' }>;

/** One run in a worker of its own. It keeps the results until it is disposed of. */
export class RunWorker {
  readonly #worker: EngineWorker;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #settle: { resolve: (reply: RunReply) => void; reject: (error: Error) => void } | undefined;
  #onProgress: (events: number, fraction: number | null) => void = () => {};

  static async start(platform: Platform): Promise<RunWorker> {
    const worker = await platform.startWorker();
    worker.post({ role: 'run' });
    return new RunWorker(worker);
  }

  private constructor(worker: EngineWorker) {
    this.#worker = worker;
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
