/** Files that a worker cannot read by itself: it asks the client, which reads them through the editor. */
export class ClientFiles {
  readonly #ask: (id: number, path: string) => void;
  readonly #waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  #nextId = 1;

  constructor(ask: (id: number, path: string) => void) {
    this.#ask = ask;
  }

  read(path: string): Promise<Uint8Array> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#ask(id, path);
    });
  }

  answer({ id, bytes, error }: { id: number; bytes: Uint8Array | null; error: string | null }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (bytes === null) waiting?.reject(new Error(error ?? 'the file cannot be read'));
    else waiting?.resolve(bytes);
  }
}
