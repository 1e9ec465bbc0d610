import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { frame, MessageReader } from '../../server/src/node/dapMessages.ts';

/** A client over two streams. Anything on the way in that is no message makes every later answer fail. */
export class StreamClient {
  readonly events: DebugProtocol.Event[] = [];
  readonly #output: Writable;
  readonly #answers = new Map<number, (response: DebugProtocol.Response) => void>();
  readonly #awaited: { readonly name: string; readonly resolve: (event: DebugProtocol.Event) => void }[] = [];
  #broken: string | null = null;
  #seq = 1;

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    const reader = new MessageReader((message) => this.#receive(message as DebugProtocol.ProtocolMessage));
    input.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) this.#broken = chunk.toString();
    });
  }

  /** `pieces`: into how many writes the message is cut. */
  request(command: string, args: object = {}, pieces = 1): Promise<DebugProtocol.Response> {
    const seq = this.#seq++;
    const bytes = frame({ seq, type: 'request', command, arguments: args });
    const size = Math.ceil(bytes.length / pieces);
    const answer = new Promise<DebugProtocol.Response>((resolve) => this.#answers.set(seq, resolve));
    for (let at = 0; at < bytes.length; at += size) this.#output.write(bytes.subarray(at, at + size));
    return answer;
  }

  event(name: string): Promise<DebugProtocol.Event> {
    const index = this.events.findIndex(({ event }) => event === name);
    const found = index === -1 ? undefined : this.events.splice(index, 1)[0];
    return found === undefined
      ? new Promise((resolve) => this.#awaited.push({ name, resolve }))
      : Promise.resolve(found);
  }

  async step(command: string): Promise<string> {
    const { success, message } = await this.request(command, { threadId: 1 });
    if (!success) throw new Error(message);
    return this.stop();
  }

  /** `breakpoint 12` */
  async stop(): Promise<string> {
    const { body } = await this.event('stopped');
    const { stackFrames } = (await this.request('stackTrace', { threadId: 1 })).body as {
      stackFrames: DebugProtocol.StackFrame[];
    };
    return `${(body as { reason: string }).reason} ${stackFrames[0]?.line}`;
  }

  #receive(message: DebugProtocol.ProtocolMessage): void {
    if (this.#broken !== null) throw new Error(`not a message: ${this.#broken}`);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.#answers.get(response.request_seq)?.(response);
      return;
    }
    const event = message as DebugProtocol.Event;
    const index = this.#awaited.findIndex(({ name }) => name === event.event);
    if (index === -1) this.events.push(event);
    else this.#awaited.splice(index, 1)[0]?.resolve(event);
  }
}
