import type { Connection } from 'vscode-languageserver';
import { sourceText } from '../base/source.ts';
import type { Job } from '../base/job.ts';
import { wholly } from '../base/steps.ts';
import { joinedFlags } from '../c/compileFlags.ts';
import type { HeaderStore } from '../c/store/headerStore.ts';
import { bundledHeader } from '../c/headers/headers.ts';
import { openInStages, verifyC, wantsVmlinux, type CFile, type CSetting } from '../ide/c/cFile.ts';
import { cDiagnostics } from '../ide/c/diagnostics.ts';
import { compiledByClang, wantsClang, type RunTool } from '../ide/c/clang.ts';
import { projectFlags } from '../ide/c/projectFlags.ts';
import { userFlags, type CUserSettings } from '../ide/c/userSettings.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import { toDiagnostic } from './convert.ts';
import type { KernelTypes } from './kernelTypes.ts';
import { SLICE } from './publisher.ts';
import type { LanguageServerHost } from './server.ts';

/** What the platform lends for C sources; without it only our own headers are found. */
export interface CFilesHost {
  /** The text of a file now; null where there is none. */
  readonly read: (path: string) => string | null;
  readonly pathOf: (uri: string) => string;
  readonly uriOf: (path: string) => string;
  /** Where the system has headers. */
  readonly headerFolders: readonly string[];
  /** Absent where no programs can be run. */
  readonly runTool?: RunTool;
  /** Files that were wanted are still being read; `lookAgain` is called when they are there. */
  readonly waits?: () => boolean;
}

interface Open {
  version: number;
  text: string;
  file: CFile | null;
  setting: CSetting | null;
  /** What `file` is to be replaced by. */
  opening: Opening | null;
  /** Something else than the text has changed since. */
  stale: boolean;
  /** What is being verified, or was. */
  answered: CFile | null;
}

/** A compilation that has begun. */
interface Opening {
  readonly text: string;
  readonly setting: CSetting;
  readonly stages: Generator<CFile | null, CFile>;
}

/** The C sources that the editor has open: compiled and verified whenever they change, without ever blocking for long. */
export class CDocuments {
  readonly #connection: Connection;
  readonly #host: LanguageServerHost;
  readonly #types: KernelTypes;
  /** Told of each source whose instructions or verdicts are new. */
  readonly #onAnswer: (uri: string) => void;
  readonly #open = new Map<string, Open>();
  #user: CUserSettings = {};
  #verify = true;
  #kernel = VERIFY_DEFAULTS.kernel;
  #store: HeaderStore | undefined;
  /** Undefined while nobody has looked. */
  #kernelTypes: CSetting['kernelTypes'] | undefined;

  constructor(
    connection: Connection,
    host: LanguageServerHost,
    types: KernelTypes,
    onAnswer: (uri: string) => void = () => {},
  ) {
    this.#connection = connection;
    this.#onAnswer = onAnswer;
    this.#host = host;
    this.#types = types;
  }

  /** Between sessions. */
  keepHeaders(store: HeaderStore | undefined): void {
    this.#store = store;
  }

  has(uri: string): boolean {
    return this.#open.has(uri);
  }

  changed(uri: string, version: number, text: string): void {
    const open = this.#open.get(uri);
    if (open === undefined)
      this.#open.set(uri, { version, text, file: null, setting: null, opening: null, stale: false, answered: null });
    else Object.assign(open, { version, text });
    this.#host.defer(() => this.#analyse(uri, version));
  }

  closed(uri: string): void {
    if (this.#open.delete(uri)) void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** New settings: everything is looked at anew. */
  configure(user: CUserSettings, verify: boolean, kernel: string): void {
    this.#user = user;
    this.#verify = verify;
    this.#kernel = kernel;
    this.#kernelTypes = undefined;
    this.lookAgain();
  }

  /** A header, a project's file or a setting has changed: what was compiled with it does not hold any more. */
  lookAgain(): void {
    for (const open of this.#open.values()) open.stale = true;
    this.#analyseAll();
  }

  #analyseAll(): void {
    for (const [uri, open] of this.#open) {
      open.answered = null;
      this.#host.defer(() => this.#analyse(uri, open.version));
    }
  }

  /** The file at its newest text; null when it is not open. */
  file(uri: string): { readonly file: CFile; readonly setting: CSetting } | null {
    const open = this.#open.get(uri);
    if (open === undefined) return null;
    this.#begin(uri, open);
    if (open.opening !== null) {
      this.#finish(open, wholly(open.opening.stages));
      this.#host.defer(() => this.#compiled(uri, open));
    }
    return open.file === null || open.setting === null ? null : { file: open.file, setting: open.setting };
  }

  #analyse(uri: string, version: number): void {
    const open = this.#open.get(uri);
    if (open === undefined || open.version !== version) return;
    const wantsTypes = wantsVmlinux(this.#pathOf(uri), open.text, this.#settingFor(uri));
    if (this.#waits()) return;
    if (this.#kernelTypes === undefined && wantsTypes) return void this.#readTypes();
    const begun = this.#begin(uri, open);
    if (begun !== null) this.#goOn(uri, open, begun);
    else if (open.opening === null) this.#compiled(uri, open);
  }

  /** Does one stage. What the front end found in a file that was just opened is told before there is a verdict. */
  #goOn(uri: string, open: Open, opening: Opening): void {
    if (open.opening !== opening || open.text !== opening.text || this.#open.get(uri) !== open) return;
    const step = opening.stages.next();
    if (step.done === true) {
      this.#finish(open, step.value);
      this.#compiled(uri, open);
      return;
    }
    const isNews = open.file === null && (step.value?.result.diagnostics.length ?? 0) > 0;
    if (isNews && !this.#waits()) this.#publish(uri, { ...open, file: step.value });
    this.#host.defer(() => this.#goOn(uri, open, opening));
  }

  #compiled(uri: string, open: Open): void {
    const { file } = open;
    if (file === null || file === open.answered || file.source.text !== open.text) return;
    if (this.#open.get(uri) !== open || this.#waits()) return;
    open.answered = file;
    const canAsk = this.#host.cFiles?.runTool !== undefined && file.clangs === null;
    if (canAsk && wantsClang(file, this.#user.compiler ?? 'auto')) void this.#askClang(uri, open, file);
    this.#answer(uri, open.version);
  }

  #waits(): boolean {
    return this.#host.cFiles?.waits?.() ?? false;
  }

  /** Takes clang's answer in, unless the text has changed meanwhile. */
  async #askClang(uri: string, open: Open, file: CFile): Promise<void> {
    const { setting } = open;
    const run = this.#host.cFiles?.runTool;
    if (setting === null || run === undefined) return;
    const other = await compiledByClang(file, setting, this.#user.compiler ?? 'auto', run);
    if (other === null || open.file !== file) return;
    open.file = other;
    this.#answer(uri, open.version);
  }

  #answer(uri: string, version: number): void {
    const open = this.#open.get(uri);
    const file = open?.file ?? null;
    if (open === undefined || file === null) return;
    if (this.#kernelTypes === undefined && (file.object?.programs.some(wantsKernelTypes) ?? false))
      void this.#readTypes();
    else if (this.#verify) this.#advance(uri, version, this.#job(file), true);
    else this.#publish(uri, open);
  }

  #job(file: CFile): Job<CFile> {
    const kernelBtf = this.#kernelTypes ?? null;
    return verifyC(file, { ...VERIFY_DEFAULTS, kernel: this.#kernel, kernelBtf });
  }

  async #readTypes(): Promise<void> {
    const types = this.#types.get();
    const btf = await types;
    if (types !== this.#types.get()) return;
    this.#kernelTypes = btf;
    this.#analyseAll();
  }

  /** Begins to compile the newest text; null where that has begun already, or is done. */
  #begin(uri: string, open: Open): Opening | null {
    const { text, stale, opening, file, setting } = open;
    const holds = (one: string | undefined, under: CSetting | null | undefined): boolean =>
      one === text && !stale && under?.kernelTypes === (this.#kernelTypes ?? null);
    if (holds(opening?.text, opening?.setting)) return null;
    open.opening = null;
    if (holds(file?.source.text, setting)) return null;
    const now = this.#settingFor(uri);
    open.stale = false;
    open.opening = { text, setting: now, stages: openInStages(this.#pathOf(uri), text, now, file) };
    return open.opening;
  }

  #finish(open: Open, file: CFile): void {
    open.setting = open.opening?.setting ?? null;
    open.file = file;
    open.opening = null;
  }

  #settingFor(uri: string): CSetting {
    const files = this.#host.cFiles;
    const read = files?.read ?? (() => null);
    const path = this.#pathOf(uri);
    return {
      flags: joinedFlags(projectFlags(read, path), userFlags(this.#user)),
      systemFolders: files?.headerFolders ?? [],
      systemFirst: this.#user.headers === 'system',
      read,
      kernelTypes: this.#kernelTypes ?? null,
      kernelName: `Linux ${this.#kernel}`,
      store: this.#store,
    };
  }

  #pathOf(uri: string): string {
    return this.#host.cFiles?.pathOf(uri) ?? uri;
  }

  /** Most programs are done within the first slice, so that old squiggles give way to new ones without a flicker. */
  #advance(uri: string, version: number, job: Job<CFile>, first: boolean): void {
    const open = this.#open.get(uri);
    if (open === undefined || open.version !== version) return;
    if (job.advance(SLICE)) {
      this.#publish(uri, open);
      return;
    }
    if (first) this.#publish(uri, open);
    this.#host.defer(() => this.#advance(uri, version, job, false));
  }

  #publish(uri: string, { version, file }: Open): void {
    if (file === null) return;
    const sourceOf = (path: string): { uri: string; source: CFile['source'] } | null => {
      const found = file.result.places.files.find((one) => one.path === path);
      return found === undefined ? null : { uri: this.uriOf(path), source: sourceText(path, found.text) };
    };
    const diagnostics = cDiagnostics(file).map((one) => toDiagnostic({ ...file.source, path: uri }, one, sourceOf));
    void this.#connection.sendDiagnostics({ uri, version, diagnostics });
    this.#onAnswer(uri);
  }

  /** The text of one of our own headers as the open sources read it. */
  headerText(uri: string): string | null {
    for (const { file } of this.#open.values()) {
      const found = file?.result.places.files.find(({ path }) => path === uri);
      if (found !== undefined) return found.text;
    }
    return bundledHeader(uri.replace(/^ebpf-headers:\/\/bundled\//, ''));
  }

  /** Our own headers keep the URIs that they have for paths. */
  uriOf(path: string): string {
    return /^[a-z][\w+.-]+:\/\//i.test(path) ? path : (this.#host.cFiles?.uriOf(path) ?? path);
  }
}
