import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapServer, type DapHost } from '../../server/src/dap/server.ts';
import { checkMessage, ProtocolOrder } from './protocol.ts';

type Message = DebugProtocol.Request | DebugProtocol.Response | DebugProtocol.Event;

/** A DAP client in the same process, which checks on every message what any client may rely on. */
export class DapClient {
  readonly messages: Message[] = [];
  readonly #server: DapServer;
  readonly #answers = new Map<number, (response: DebugProtocol.Response) => void>();
  readonly #awaited: { name: string; resolve: (event: DebugProtocol.Event) => void }[] = [];
  #unread: DebugProtocol.Event[] = [];
  readonly #order = new ProtocolOrder();
  #seq = 1;
  #lastSeq = 0;

  /** Files by path, or a function that reads them and throws; what else the debugger has of the platform. */
  constructor(
    files: Readonly<Record<string, string | Uint8Array>> | ((path: string) => Uint8Array),
    more: Pick<DapHost, 'runTool' | 'headerFolders'> = {},
  ) {
    const read = (path: string): Uint8Array => {
      if (typeof files === 'function') return files(path);
      const content = files[path];
      if (content === undefined) throw new Error('no such file or directory');
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    };
    this.#server = new DapServer({
      send: (message) => this.#receive(message as Message),
      defer: (run) => void setImmediate(run),
      readFile: async (path) => read(path),
      async *readStream(path) {
        yield read(path);
      },
      kernelTypes: { read: async (path) => read(path), own: null },
      ...more,
    });
  }

  /** Body of the answer; throws with the adapter's message when the request failed. */
  async request<T = Record<string, never>>(command: string, args: object = {}): Promise<T> {
    const response = await this.raw(command, args);
    if (!response.success) throw new Error(response.message);
    return response.body as T;
  }

  async raw(command: string, args: unknown): Promise<DebugProtocol.Response> {
    const seq = this.#seq++;
    const answer = new Promise<DebugProtocol.Response>((resolve) => this.#answers.set(seq, resolve));
    await this.#server.receive({ seq, type: 'request', command, arguments: args });
    const response = await answer;
    if (response.command !== command) throw new Error(`${command} was answered as ${response.command}`);
    return response;
  }

  /** The next event of that name which nobody has taken yet. */
  event<T = Record<string, unknown>>(name: string): Promise<T> {
    const index = this.#unread.findIndex((event) => event.event === name);
    if (index !== -1) return Promise.resolve(this.#unread.splice(index, 1)[0]?.body as T);
    return new Promise((resolve) => this.#awaited.push({ name, resolve: (event) => resolve(event.body as T) }));
  }

  #receive(message: Message): void {
    this.messages.push(message);
    if (message.seq !== this.#lastSeq + 1) throw new Error(`seq ${message.seq} follows ${this.#lastSeq}`);
    this.#lastSeq = message.seq;
    checkMessage(message);
    if (message.type === 'event') this.#order.event((message as DebugProtocol.Event).event);
    else this.#order.response((message as DebugProtocol.Response).command, (message as DebugProtocol.Response).success);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      const resolve = this.#answers.get(response.request_seq);
      if (resolve === undefined) throw new Error(`request ${response.request_seq} was answered twice`);
      this.#answers.delete(response.request_seq);
      resolve(response);
    } else this.#event(message as DebugProtocol.Event);
  }

  #event(event: DebugProtocol.Event): void {
    const index = this.#awaited.findIndex(({ name }) => name === event.event);
    if (index === -1) this.#unread.push(event);
    else this.#awaited.splice(index, 1)[0]?.resolve(event);
  }
}
