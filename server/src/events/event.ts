/** One recorded happening: a packet, or the moment a program's hook was reached. */
export type Event = PacketEvent | HookEvent;

export interface PacketEvent {
  readonly kind: 'packet';
  /** Position in the recording, from 0. */
  readonly index: number;
  /** Nanoseconds since the epoch; null for a record without a time stamp (pcapng simple packet). */
  readonly timeNs: bigint | null;
  /** LINKTYPE_* of the interface it was captured on. */
  readonly linkType: number;
  /** Captured bytes. Valid until the next call of the reader unless copied. */
  readonly data: Uint8Array;
  /** Length on the wire; larger than data.length when the snap length cut it. */
  readonly wireLength: number;
  /** pcapng interface id, 0 for pcap. */
  readonly interfaceId: number;
  readonly interfaceName: string | null;
  /** epb_flags direction. */
  readonly direction: 'in' | 'out' | null;
  /** epb_queue. */
  readonly queue: number | null;
  /** epb_packetid. */
  readonly packetId: bigint | null;
  /** epb_verdict of type 2 (XDP) or 1 (TC). */
  readonly verdict: { readonly type: 'xdp' | 'tc'; readonly value: bigint } | null;
  /** What formats for packets alone do not tell. */
  readonly recorded?: Recorded;
}

/** A hook of the kernel that was reached, with what a program sees there. */
export interface HookEvent {
  readonly kind: 'hook';
  readonly index: number;
  /** Nanoseconds of the recording's clock. */
  readonly timeNs: bigint | null;
  /** The context, byte for byte as the program sees it; null when only parts of it are told. */
  readonly context: Uint8Array | null;
  /** Registers by their names in `pt_regs` ("di") or of the processor ("x0"). */
  readonly registers: ReadonlyMap<string, bigint> | null;
  /** Arguments of the function or tracepoint. */
  readonly args: readonly bigint[] | null;
  /** What the function returned. */
  readonly returned: bigint | null;
  /** What the context's data pointers lead to: a message, the value of a socket option. */
  readonly data: Uint8Array | null;
  readonly recorded: Recorded;
}

/** What was recorded beside an event's own bytes. Nulls were not told. */
export interface Recorded {
  /** Where it happened, as sections are named but with colons: "kprobe:do_sys_openat2". */
  readonly hook: string | null;
  readonly cpu: number | null;
  readonly tgid: number | null;
  readonly tid: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly cgroupId: bigint | null;
  readonly comm: string | null;
  /** Address of the current task's structure. */
  readonly task: bigint | null;
  /** Fields of the context by name: `mark`, `cb[0]`, `ingress_ifindex`. */
  readonly fields: ReadonlyMap<string, bigint>;
  readonly memory: readonly MemorySnapshot[];
  /** Return addresses, innermost first: of the kernel's stack and of the user's. */
  readonly stack: readonly bigint[] | null;
  readonly userStack: readonly bigint[] | null;
  /** Cookie that the program was attached with. */
  readonly cookie: bigint | null;
  /** Address of the traced function. */
  readonly functionAddress: bigint | null;
  /** The setting that is read or written. */
  readonly sysctl: RecordedSysctl | null;
  /** What helpers answered, in order. */
  readonly calls: readonly RecordedCall[];
  /** What should come of it; null when the recording expects nothing. */
  readonly expected: Expected | null;
  /** Whose registers and pointers these are. */
  readonly architecture: 'x86_64' | 'arm64';
}

/** Memory outside the program as it was at that moment. */
export interface MemorySnapshot {
  readonly space: 'kernel' | 'user';
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Nulls are not expected to be anything. */
export interface Expected {
  readonly returned: bigint | null;
  /** The context after the program. */
  readonly context: Uint8Array | null;
  /** The packet after the program, or what the context leads to. */
  readonly data: Uint8Array | null;
}

export interface RecordedSysctl {
  /** "net/ipv4/ip_forward". */
  readonly name: string;
  /** Texts as the files have them, line breaks included. */
  readonly value: string | null;
  readonly newValue: string | null;
}

export interface RecordedCall {
  /** Name with `bpf_`. */
  readonly helper: string;
  readonly returned: bigint;
  /** What it wrote to the memory it was given; null for nothing. */
  readonly output: Uint8Array | null;
}

/** What stands for a format that tells nothing more. */
export const NOTHING_RECORDED: Recorded = {
  hook: null,
  cpu: null,
  tgid: null,
  tid: null,
  uid: null,
  gid: null,
  cgroupId: null,
  comm: null,
  task: null,
  fields: new Map(),
  memory: [],
  stack: null,
  userStack: null,
  cookie: null,
  functionAddress: null,
  sysctl: null,
  calls: [],
  expected: null,
  architecture: 'x86_64',
};

/** The event with bytes of its own, which stay valid when the reader goes on. */
export function detached(event: Event, copy: (bytes: Uint8Array) => Uint8Array): Event {
  return event.kind === 'packet' ? { ...event, data: copy(event.data) } : event;
}

/** The bytes that an event is about: the packet, or the context. */
export function bytesOf(event: Event): Uint8Array {
  if (event.kind === 'packet') return event.data;
  return event.context ?? event.data ?? NOTHING;
}

const NOTHING = new Uint8Array();
