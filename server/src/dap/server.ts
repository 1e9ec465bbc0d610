import type { DebugProtocol } from '@vscode/debugprotocol';
import type { CTools } from '../ide/c/openCSource.ts';
import type { OwnKernel } from '../ide/kernelSource.ts';
import { isRecord } from './arguments.ts';
import { HANDLERS } from './handlers.ts';
import { DapSession } from './session.ts';
import { explain, UserError } from './userError.ts';

/** What the platform lends the debugger. */
export interface DapHost extends CTools {
  send(message: DebugProtocol.ProtocolMessage): void;
  /** Runs something once the messages that have come in meanwhile are handled. */
  defer(run: () => void): void;
  /** Rejects with an Error whose message is for people. */
  readFile(path: string): Promise<Uint8Array>;
  /** A recording's chunks, unpacked when it is compressed. */
  readStream(path: string): AsyncIterable<Uint8Array>;
  /** What reading the types of kernels takes; absent in browsers. */
  readonly kernelTypes?: {
    /** The bytes of the file, unpacked. Rejects with a reason for people. */
    readonly read: (path: string) => Promise<Uint8Array>;
    readonly own: OwnKernel | null;
  };
  /** The client has said good-bye, and has its answer. */
  disconnected?(): void;
}

/** Speaks the Debug Adapter Protocol with one client. Every request gets exactly one response. */
export class DapServer {
  readonly #host: DapHost;
  readonly #session: DapSession;
  #seq = 1;

  constructor(host: DapHost) {
    this.#host = host;
    this.#session = new DapSession(host, (event, body) => this.#send({ type: 'event', event, body }));
  }

  /** Takes one message of the client; anything that is no request is ignored. */
  async receive(message: unknown): Promise<void> {
    if (!isRequest(message)) return;
    const { seq, command } = message;
    const outcome = await this.#outcome(command, message.arguments);
    this.#send({ type: 'response', request_seq: seq, command, ...outcome });
    this.#session.afterResponse();
    if (command === 'disconnect') this.#host.disconnected?.();
  }

  /** The client is gone: whatever still runs ends. */
  close(): void {
    this.#session.end();
  }

  async #outcome(command: string, args: unknown): Promise<object> {
    try {
      const body = await this.#handle(command, args);
      return body === undefined ? { success: true } : { success: true, body };
    } catch (error) {
      return { success: false, ...failure(error) };
    }
  }

  async #handle(command: string, args: unknown): Promise<object | undefined> {
    const handler = Object.hasOwn(HANDLERS, command) ? HANDLERS[command] : undefined;
    if (handler === undefined) throw new UserError(`The debugger does not know the request ${command}.`);
    return handler(this.#session, isRecord(args) ? args : {});
  }

  #send(message: object): void {
    this.#host.send({ seq: this.#seq++, ...message } as DebugProtocol.ProtocolMessage);
  }
}

function isRequest(message: unknown): message is DebugProtocol.Request {
  if (typeof message !== 'object' || message === null) return false;
  const { type, command, seq } = message as Partial<DebugProtocol.Request>;
  return type === 'request' && typeof command === 'string' && typeof seq === 'number';
}

function failure(error: unknown): { message: string; body: object } {
  const format = explain(error);
  return { message: format, body: { error: { id: error instanceof UserError ? 1 : 2, format, showUser: true } } };
}
