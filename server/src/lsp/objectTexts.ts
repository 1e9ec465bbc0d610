import { fromHex } from '../base/bytes.ts';
import type { Job } from '../base/job.ts';
import type { ChosenKernel } from '../ide/kernelSource.ts';
import {
  objectInstructions,
  objectWantsKernelTypes,
  verifyObject,
  type ObjectInstructions,
} from '../ide/objectInstructions.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import type { KernelTypes } from './kernelTypes.ts';
import { SLICE } from './publisher.ts';
import type { LanguageServerHost } from './server.ts';

interface Shown {
  readonly bytes: string;
  content: ObjectInstructions;
}

/** Object files whose instructions a client shows: read once, then verified without ever blocking for long. */
export class ObjectTexts {
  readonly #host: LanguageServerHost;
  readonly #types: KernelTypes;
  readonly #onAnswer: (uri: string) => void;
  readonly #shown = new Map<string, Shown>();
  #verify = true;
  #kernel = VERIFY_DEFAULTS.kernel;

  constructor(host: LanguageServerHost, types: KernelTypes, onAnswer: (uri: string) => void) {
    this.#host = host;
    this.#types = types;
    this.#onAnswer = onAnswer;
  }

  /** Whether and for which kernel verdicts are wanted. */
  configure(verify: boolean, kernel: string): void {
    this.#verify = verify;
    this.#kernel = kernel;
    for (const [uri, { bytes }] of this.#shown) {
      this.#shown.delete(uri);
      this.show(uri, bytes);
      this.#onAnswer(uri);
    }
  }

  /** `bytes` are in hexadecimal. */
  show(uri: string, bytes: string): ObjectInstructions {
    const before = this.#shown.get(uri);
    if (before?.bytes === bytes) return before.content;
    const content = this.#read(uri, bytes, null);
    const shown = { bytes, content };
    this.#shown.set(uri, shown);
    if (objectWantsKernelTypes(content)) void this.#adapt(uri, shown);
    else this.#check(uri, shown, null);
    return content;
  }

  get(uri: string): ObjectInstructions | null {
    return this.#shown.get(uri)?.content ?? null;
  }

  closed(uri: string): void {
    this.#shown.delete(uri);
  }

  #read(uri: string, bytes: string, kernel: ChosenKernel | null): ObjectInstructions {
    return objectInstructions(uri, fromHex(bytes) ?? new Uint8Array(), kernel);
  }

  /** As loaders do it, once the types of the kernel are there. */
  async #adapt(uri: string, shown: Shown): Promise<void> {
    const btf = await this.#types.get();
    if (this.#shown.get(uri) !== shown) return;
    const kernel = btf === null ? null : { name: `Linux ${this.#kernel}`, btf, adapts: true };
    if (kernel !== null) shown.content = this.#read(uri, shown.bytes, kernel);
    this.#onAnswer(uri);
    this.#check(uri, shown, kernel);
  }

  #check(uri: string, shown: Shown, kernel: ChosenKernel | null): void {
    if (!this.#verify) return;
    const kernelBtf = kernel?.btf ?? null;
    const job = verifyObject(shown.content, { ...VERIFY_DEFAULTS, kernel: this.#kernel, kernelBtf });
    this.#host.defer(() => this.#advance(uri, shown, job));
  }

  #advance(uri: string, shown: Shown, job: Job<ObjectInstructions>): void {
    if (this.#shown.get(uri) !== shown) return;
    if (job.advance(SLICE)) this.#onAnswer(uri);
    else this.#host.defer(() => this.#advance(uri, shown, job));
  }
}
