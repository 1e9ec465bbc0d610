import type { Connection } from 'vscode-languageserver';
import { languageNamed } from '../asm/assembleText.ts';
import type { Job } from '../base/job.ts';
import { fileDiagnostics } from '../ide/diagnostics.ts';
import type { OpenFile, Workspace } from '../ide/workspace.ts';
import { toDiagnostic } from './convert.ts';
import type { KernelTypes } from './kernelTypes.ts';
import type { LanguageServerHost } from './server.ts';

/** Instructions that the verifier walks before anything else gets its turn: some 20 ms. */
export const SLICE = 10_000;

interface Pending {
  readonly version: number;
  /** What the editor takes the text for. */
  readonly language: string;
  readonly text: () => string;
}

/** Keeps the workspace at the documents' newest texts and sends out what is found, without ever blocking for long. */
export class Publisher {
  readonly #connection: Connection;
  readonly #workspace: Workspace;
  readonly #host: LanguageServerHost;
  readonly #types: KernelTypes;
  readonly #pending = new Map<string, Pending>();
  readonly #versions = new Map<string, number>();
  #enabled = true;

  constructor(connection: Connection, workspace: Workspace, host: LanguageServerHost, types: KernelTypes) {
    this.#connection = connection;
    this.#workspace = workspace;
    this.#host = host;
    this.#types = types;
  }

  /** A document has a new text. Several changes in a row are looked at once. */
  changed(uri: string, version: number, language: string, text: () => string): void {
    const waiting = this.#pending.has(uri);
    this.#pending.set(uri, { version, language, text });
    if (!waiting) this.#host.defer(() => this.#analyse(uri));
  }

  closed(uri: string): void {
    this.#pending.delete(uri);
    this.#versions.delete(uri);
    this.#workspace.remove(uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** Makes the workspace hold the newest text, for a request that must not answer about an old one. */
  flush(uri: string): void {
    const version = this.#takeIn(uri);
    if (version !== null) this.#host.defer(() => this.#verify(uri, version));
  }

  setEnabled(enabled: boolean): void {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    this.#verifyAll();
  }

  /** The setting that names the file with the kernel's types; anything but a text is none. */
  setKernelBtf(path: unknown): void {
    if (!this.#types.setPath(typeof path === 'string' ? path : '')) return;
    this.#workspace.setKernelBtf(undefined);
    this.#verifyAll();
  }

  /** The kernel whose verdicts are shown, "6.18". */
  setKernel(kernel: string): void {
    if (!this.#types.setKernel(kernel)) return;
    this.#workspace.setKernel(kernel);
    this.#workspace.setKernelBtf(undefined);
    this.#verifyAll();
  }

  #verifyAll(): void {
    for (const [uri, version] of this.#versions) this.#verify(uri, version);
  }

  #analyse(uri: string): void {
    const version = this.#takeIn(uri);
    if (version !== null) this.#verify(uri, version);
  }

  /** Hands a waiting text to the workspace; null when none waits. */
  #takeIn(uri: string): number | null {
    const pending = this.#pending.get(uri);
    if (pending === undefined) return null;
    this.#pending.delete(uri);
    this.#versions.set(uri, pending.version);
    this.#workspace.setText(uri, pending.text(), languageNamed(pending.language));
    return pending.version;
  }

  /** Most programs are done within the first slice, so that old squiggles give way to new ones without a flicker. */
  #verify(uri: string, version: number): void {
    const file = this.#workspace.file(uri);
    if (file === null || this.#versions.get(uri) !== version) return;
    if (!this.#enabled) {
      this.#publish(uri, version, { ...file, verifications: [] });
      return;
    }
    if (this.#workspace.wantsKernelTypes(uri)) void this.#readTypes();
    else this.#advance(uri, version, this.#workspace.verify(uri), true);
  }

  async #readTypes(): Promise<void> {
    const types = this.#types.get();
    const btf = await types;
    // The setting may have changed meanwhile; whoever changed it has asked again.
    if (types !== this.#types.get()) return;
    this.#workspace.setKernelBtf(btf);
    this.#verifyAll();
  }

  #advance(uri: string, version: number, job: Job<OpenFile>, first: boolean): void {
    if (this.#versions.get(uri) !== version || this.#pending.has(uri)) return;
    if (job.advance(SLICE)) {
      this.#publish(uri, version, job.result());
      return;
    }
    const file = this.#workspace.file(uri);
    if (first && file !== null) this.#publish(uri, version, file);
    this.#host.defer(() => this.#advance(uri, version, job, false));
  }

  #publish(uri: string, version: number, file: OpenFile): void {
    const diagnostics = fileDiagnostics(file).map((found) => toDiagnostic(file.asm.source, found));
    void this.#connection.sendDiagnostics({ uri, version, diagnostics });
  }
}
