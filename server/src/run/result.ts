import type { ContextAfter } from './contexts/enter.ts';
import type { OutputRecord, Redirect } from '../vm/createMachine.ts';
import type { CallbackRun } from '../vm/deferred.ts';
import type { Trap } from '../vm/machine.ts';

/** What one event did. */
export interface EventResult {
  readonly index: number;
  readonly timeNs: bigint | null;
  /** Name of the program that ran. */
  readonly program: string;
  /** Where the event was recorded: "kprobe:do_sys_openat2"; null for packets of a capture. */
  readonly hook: string | null;
  /** r0 as the kernel takes it (low 32 bits for program types that return int); null after a trap. */
  readonly returnValue: number | null;
  /** Name of the return value for the program type ("XDP_PASS"); null when it has none. */
  readonly verdict: string | null;
  readonly trap: Trap | null;
  /** Executed instructions; null when the engine does not count them. */
  readonly insns: number | null;
  /**
   * The packet after the program, as the kernel's test run hands it back: XDP metadata in front of it included. null
   * for events without one. Valid until the next event unless copied.
   */
  readonly packet: Uint8Array | null;
  /** How many of `packet`'s first bytes are XDP metadata. */
  readonly metaBytes: number;
  readonly packetChanged: boolean;
  /** Of hooks, and of packets of which more was recorded; valid until the next event unless copied. */
  readonly context: ContextAfter | null;
  /** What the program put out, and before that what the functions of `callbacks` did. */
  readonly output: readonly OutputRecord[];
  /** Functions of timers and work queues that ran since the last event. */
  readonly callbacks: readonly CallbackRun[];
  /** Where the program sent the packet; null when it did not, or left with another verdict. */
  readonly redirect: Redirect | null;
  /** What helpers made up or could not compute for this event, by their names. */
  readonly notes: readonly string[];
  /** Why the event could not be given to the program (link type, too short); then nothing ran. */
  readonly skipped: string | null;
}

/** Contents of one map, keys and values as bytes in memory order. */
export interface MapSnapshot {
  readonly name: string;
  readonly type: string;
  /** Sorted by key, but arrays and queues by position; array slots that are all zero are left out. */
  readonly entries: readonly {
    readonly key: Uint8Array;
    /** One value, or one per CPU; none where the slot holds a thing. */
    readonly values: readonly Uint8Array[];
    /** Programs, maps, devices, sockets and the like, as the maps file names them. */
    readonly holds?: { readonly what: string; readonly name: string | number };
  }[];
  /** True when only the first entries are listed. */
  readonly truncated: boolean;
}

export interface RunSummary {
  readonly events: number;
  readonly skipped: number;
  /** By verdict name (or number): how many events. */
  readonly returns: ReadonlyMap<string, number>;
  readonly traps: number;
  /** Instructions of all events, of the shortest and of the longest; null when they were not counted. */
  readonly insns: {
    readonly total: number;
    readonly least: number;
    readonly most: number;
    readonly mostIndex: number;
  } | null;
  readonly maps: readonly MapSnapshot[];
  /** What was made up, left out or could not be computed, in plain words. */
  readonly notes: readonly string[];
}
