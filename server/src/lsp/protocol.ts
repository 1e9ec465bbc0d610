/**
 * What the extension's client and the engine's workers say to each other beyond LSP and DAP. Everything here is plain
 * data that survives structured cloning. The only file of the server that the client may import.
 */

import type { CUserSettings } from '../ide/c/userSettings.ts';

/** A program file: a path (or a URI for other than `file:`) and, when the editor holds unsaved text, that text. */
export interface ProgramFile {
  readonly path: string;
  readonly text: string | null;
  /** How it is compiled where it is a C source. */
  readonly c?: CUserSettings;
}

/** A program that a file holds, for pickers and lenses. `line` is one-based, 0 when unknown. */
export interface ProgramListing {
  readonly name: string;
  readonly type: string;
  /** Whether captured packets reach it. */
  readonly packets: boolean;
  readonly section: string;
  readonly insns: number;
  readonly line: number;
}

/** To the run worker. Every message but `file*` starts or concerns the one run that the worker exists for. */
export type RunRequest =
  | { readonly kind: 'listPrograms'; readonly file: ProgramFile }
  | {
      readonly kind: 'run';
      readonly file: ProgramFile;
      /** null: the only program of the file, or where the recording names its hooks, all that run at them. */
      readonly program: string | null;
      readonly events: string;
      readonly engine: 'jit' | 'interpreter' | 'both';
      /** The world file, if there is one. */
      readonly world?: string | null;
      /** The file with contents of maps before the first event, if there is one. */
      readonly maps?: string | null;
      /** The file with the types of the kernel that the programs are for; null or "" for none. */
      readonly kernelBtf?: string | null;
      /** Count every instruction: how many each event took, and which lines took most. */
      readonly count?: boolean;
    }
  /** Rows `from` … `from + count` of the events that match `filter`. */
  | {
      readonly kind: 'rows';
      readonly id: number;
      readonly from: number;
      readonly count: number;
      readonly filter: RowFilter;
    }
  /** One event in full. */
  | { readonly kind: 'detail'; readonly id: number; readonly index: number }
  | {
      readonly kind: 'fileBytes';
      readonly id: number;
      readonly bytes: Uint8Array | null;
      readonly error: string | null;
    };

export interface RowFilter {
  /** A verdict's name, "trap" or "skipped"; null is all. */
  readonly verdict: string | null;
}

export interface EventRow {
  readonly index: number;
  readonly timeNs: string | null;
  /** Bytes before and after the program. */
  readonly lengthBefore: number;
  readonly lengthAfter: number;
  readonly verdict: string;
  readonly status: 'ok' | 'trap' | 'skipped';
  /** "192.0.2.1:443 → 198.51.100.7:50123 TCP [S]", or what went wrong. */
  readonly summary: string;
  readonly changed: boolean;
  /** Lines of printk and records sent to user space. */
  readonly outputs: number;
}

export interface EventDetail {
  readonly row: EventRow;
  /** What the packet is, without what went wrong. */
  readonly summary: string;
  /** The context field by field, for hooks; null for captured packets. */
  readonly context: readonly ContextLine[] | null;
  /** Name of the program that ran, where several could. */
  readonly program: string | null;
  /** Hex of the packet, or of what the context leads to, before and after; null without one. */
  readonly before: string | null;
  readonly after: string | null;
  readonly output: readonly string[];
  /** What helpers made up or could not compute. */
  readonly notes: readonly string[];
  readonly trap: {
    readonly message: string;
    readonly pc: number | null;
    readonly path: string | null;
    readonly line: number;
  } | null;
}

/** A field of a context, with what stood in it before and after the program. */
export interface ContextLine {
  readonly name: string;
  readonly type: string;
  readonly before: string;
  /** null where it is the same. */
  readonly after: string | null;
}

export interface MapListing {
  readonly name: string;
  readonly type: string;
  readonly entries: readonly { readonly key: string; readonly values: readonly string[]; readonly readable: string }[];
  readonly truncated: boolean;
}

export interface RunReport {
  readonly program: ProgramListing;
  /** All programs that took part, the first one included. */
  readonly programs: readonly ProgramListing[];
  /** Whether the recording holds hooks rather than packets. */
  readonly hooks: boolean;
  readonly path: string;
  readonly events: string;
  readonly engine: string;
  /** "accepted", "rejected: …" or "unsupported: …": what the verifier says of the program that ran. */
  readonly verification: { readonly outcome: string; readonly message: string | null };
  readonly total: number;
  readonly skipped: number;
  readonly traps: number;
  readonly verdicts: readonly { readonly name: string; readonly count: number }[];
  readonly maps: readonly MapListing[];
  /** Problems of the recording and notes of the run, in plain words. */
  readonly notes: readonly string[];
  readonly milliseconds: number;
  /** Nanoseconds per event inside the engine. */
  readonly nsPerEvent: number;
  /** Where the run was when the user stopped it; null when it went to the end. */
  readonly stopped: StoppedPlace | null;
  /** null where nobody asked for it. */
  readonly counts: RunCounts | null;
}

/** A place in a program and an event, in plain words and for links. */
export interface StoppedPlace {
  readonly event: number;
  readonly program: string;
  readonly pc: number | null;
  readonly path: string | null;
  /** One-based, 0 when unknown. */
  readonly line: number;
  readonly message: string;
}

export interface RunCounts {
  readonly insns: number;
  readonly leastPerEvent: number;
  readonly mostPerEvent: number;
  readonly mostEvent: number;
  /** The lines that took most, the costliest first. */
  readonly lines: readonly CountedLine[];
  /** Instructions that ran at least once, of all there are. */
  readonly covered: number;
  readonly all: number;
}

export interface CountedLine {
  readonly program: string;
  readonly pc: number;
  readonly path: string | null;
  readonly line: number;
  readonly insns: number;
  readonly hits: number;
}

/** From the run worker. */
export type RunReply =
  | { readonly kind: 'programs'; readonly programs: readonly ProgramListing[]; readonly errors: readonly string[] }
  | { readonly kind: 'progress'; readonly events: number; readonly fraction: number | null }
  | { readonly kind: 'finished'; readonly report: RunReport }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly EventRow[]; readonly total: number }
  | { readonly kind: 'detail'; readonly id: number; readonly detail: EventDetail | null }
  /** The request cannot be carried out; the text is for the user. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The worker cannot read this file by itself: the client answers with `fileBytes`. */
  | { readonly kind: 'readFile'; readonly id: number; readonly path: string };

/** What a worker is started as: it gets one of these as its first message. */
export type WorkerRole = { readonly role: 'run'; readonly stop?: StopCell | null } | { readonly role: 'debug' };

/** One 32-bit number that client and worker share: the client sets it to 1 to stop the run. */
export type StopCell = SharedArrayBuffer;

/** To and from the debug worker: DAP messages, and files that only the client can read. */
export type DebugWorkerMessage =
  | { readonly kind: 'dap'; readonly message: unknown }
  | { readonly kind: 'readFile'; readonly id: number; readonly path: string }
  | {
      readonly kind: 'fileBytes';
      readonly id: number;
      readonly bytes: Uint8Array | null;
      readonly error: string | null;
    };

/** LSP request of ours: the programs in an open document. Parameters `{ uri }`, result `ProgramListing[]`. */
export const PROGRAMS_REQUEST = 'ebpf/programs';

/** Text of one of our own headers, by its URI; null where there is none. */
export const HEADER_REQUEST = 'ebpf/header';
/** Their scheme. */
export const HEADER_SCHEME = 'ebpf-headers';

/**
 * LSP request of ours: the instructions of an open C source as a text of their own, or of an object, whose bytes are sent
 * along. Parameters `InstructionsParams`, result `Instructions`.
 */
export const INSTRUCTIONS_REQUEST = 'ebpf/instructions';

export interface InstructionsParams {
  readonly uri: string;
  /** Its bytes in hexadecimal; absent for sources, which are open. */
  readonly object?: string;
}

export interface Instructions {
  readonly text: string;
  /** Another number for another text. */
  readonly revision: number;
  /** The source has errors: the text is that of its last version without, if there was one. */
  readonly stale: boolean;
  readonly faults: readonly InstructionFault[];
}

/** An instruction that a program is refused for (an error), or that keeps it from being checked. */
export interface InstructionFault {
  readonly range: TextRange;
  readonly severity: 'error' | 'information';
  readonly message: string;
}

/** As in LSP: zero-based, in UTF-16 code units. */
export interface TextRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** LSP notification of ours: the instructions of a program that were asked for have changed. Parameters `{ uri }`. */
export const INSTRUCTIONS_CHANGED = 'ebpf/instructionsChanged';

/**
 * LSP request of ours: what belongs together in a source and in the text of its instructions. Parameters `LinksParams`,
 * result `InstructionLinks`, or null where nothing is known yet.
 */
export const LINKS_REQUEST = 'ebpf/instructionLinks';

export interface LinksParams {
  /** Of the program. */
  readonly uri: string;
  /** Whether `ranges` are selections in the source or in the instructions. */
  readonly from: 'source' | 'instructions';
  readonly ranges: readonly TextRange[];
}

export interface InstructionLinks {
  /** Of the text that the instructions are in. */
  readonly revision: number;
  /** Expressions in the source, or in headers, that the instructions are made for. */
  readonly source: readonly { readonly uri: string; readonly range: TextRange }[];
  /** Calls through which the instructions came to be there, as their functions are inlined. */
  readonly calls: readonly { readonly uri: string; readonly range: TextRange }[];
  readonly instructions: readonly TextRange[];
  /** Instructions that have less to do with it: of the same line, and of functions that are inlined there. */
  readonly nearby: readonly TextRange[];
}

/** Scheme of the texts of instructions in VS Code; what follows the `?` is the URI of the program. */
export const INSTRUCTIONS_SCHEME = 'ebpf-instructions';

/** To the client: texts of files by their URIs, null for each that cannot be read. */
export const TEXTS_REQUEST = 'ebpf/texts';
/** From the client: there are C sources in the workspace, which the user may open next. */
export const WARM_UP_NOTIFICATION = 'ebpf/warmUp';
