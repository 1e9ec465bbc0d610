import type { HookEvent } from '../../events/event.ts';
import { contextOf } from '../../kernel/contextAccess.ts';
import type { Context, CtxField, CtxFieldKind } from '../../kernel/contexts.ts';
import { packetAccess } from '../../kernel/programTypes.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import { placeOf, put, putFields } from './fields.ts';
import type { HookContext } from './hook.ts';
import { writableBytes } from './writable.ts';

/** What data pointers lead to lies in the packet buffer, with room behind it for helpers that make it longer. */
const TAIL_ROOM = 0x1_0000;
const MOST_DATA = 0x4_0000;

/** A structure of the kernel's user interface, whole or by its fields, with the data and the socket it points to. */
export function structContext(program: Program): HookContext {
  const context = contextOf(program.type);
  if (context === null) throw new Error(`programs of type ${program.type} have no structure`);
  const socket = new SocketObject(context, program);
  return {
    writable: writableBytes(program, context.size),
    bytes: context.size,
    make: (event) => event.context ?? structOf(context, event),
    complete: (event, machine) => {
      putData(context, program, event, machine);
      socket.put(event, machine);
    },
    notes: () => socket.notes(),
  };
}

/** The structure with the named fields set and all others zero. */
function structOf(context: Context, { recorded: { fields }, data }: HookEvent): Uint8Array | string {
  if (fields.size === 0 && data === null) return 'neither "fields" nor a context ("ctx") are recorded';
  const bytes = new Uint8Array(context.size);
  const own = new Map([...fields].filter(([name]) => !name.startsWith('sk.')));
  return putFields(context, new DataView(bytes.buffer), own) ?? bytes;
}

function putData(context: Context, program: Program, { data }: HookEvent, machine: Machine): void {
  const first = context.fields.find(({ kind }) => kind === 'packet');
  const end = context.fields.find(({ kind }) => kind === 'packetEnd');
  if (first === undefined || end === undefined) return;
  const bytes = (data ?? new Uint8Array()).subarray(0, MOST_DATA);
  const writable = packetAccess(program.type) === 'readWrite';
  machine.packet.set(bytes, { kind: 'none', headRoom: 0, tailRoom: TAIL_ROOM, networkOffset: 0, writable });
  putPointer(machine, first, machine.packet.start);
  putPointer(machine, end, machine.packet.end);
}

function putPointer({ memory }: Machine, { off }: CtxField, address: number): void {
  memory.set32(LAYOUT.ctx + off, address);
  memory.set32(LAYOUT.ctx + off + 4, 0);
}

/** Fields of `struct bpf_sock` that a context tells under other names. */
const SAME_IN_SOCKET: readonly (readonly [own: string, socket: string])[] = [
  ['family', 'family'],
  ['type', 'type'],
  ['protocol', 'protocol'],
  ['state', 'state'],
  ['local_ip4', 'src_ip4'],
  ['remote_ip4', 'dst_ip4'],
  ['local_port', 'src_port'],
  ...[0, 1, 2, 3].flatMap(
    (i) =>
      [
        [`local_ip6[${i}]`, `src_ip6[${i}]`],
        [`remote_ip6[${i}]`, `dst_ip6[${i}]`],
      ] as const,
  ),
];

const SOCKETS: ReadonlySet<CtxFieldKind> = new Set(['socket', 'socketOrNull', 'sockCommonOrNull']);

/** The socket that a context points to: what the event tells of it (`sk.family`), else what the context itself tells. */
class SocketObject {
  private readonly context: Context;
  private readonly sock: Context | null = contextOf('cgroup_sock');
  /** Whether the program seems to load the pointer. */
  private readonly asked: boolean;
  private madeUp = 0;

  constructor(context: Context, { insns }: Program) {
    this.context = context;
    const places = new Set(context.fields.filter(({ kind }) => SOCKETS.has(kind)).map(({ off }) => off));
    this.asked = insns.some((insn) => insn.kind === 'load' && insn.size === 8 && places.has(insn.off));
  }

  put(event: HookEvent, machine: Machine): void {
    let at: number = LAYOUT.objects;
    for (const field of this.context.fields) {
      if (!SOCKETS.has(field.kind)) continue;
      const there = this.isThere(field, event, machine);
      if (there) this.putSocket(event, machine, at);
      putPointer(machine, field, there ? at : 0);
      at += 128;
    }
  }

  notes(): string[] {
    if (this.madeUp === 0) return [];
    const events = this.madeUp === 1 ? '1 event tells nothing of its' : `${this.madeUp} events tell nothing of their`;
    return [`${events} socket, whose fields are those of the context, or zero`];
  }

  /** Where null is allowed there is a socket only if the event says so. */
  private isThere(field: CtxField, { recorded: { fields } }: HookEvent, { memory }: Machine): boolean {
    if (field.kind === 'socket') return true;
    if (field.name !== 'sk') return memory.view.getBigUint64(LAYOUT.ctx + field.off, true) !== 0n;
    if ([...fields.keys()].some((name) => name.startsWith('sk.'))) return true;
    return memory.view.getBigUint64(LAYOUT.ctx + field.off, true) !== 0n;
  }

  private putSocket(event: HookEvent, machine: Machine, start: number): void {
    const { sock } = this;
    if (sock === null) return;
    const bytes = new Uint8Array(sock.size);
    const view = new DataView(bytes.buffer);
    for (const [own, name] of SAME_IN_SOCKET) this.copy(machine, own, view, name);
    const told = [...event.recorded.fields].filter(([name]) => name.startsWith('sk.'));
    if (told.length === 0 && this.asked) this.madeUp++;
    for (const [name, value] of told) {
      const place = placeOf(sock, name.slice('sk.'.length));
      if (place !== null) put(view, place, value);
    }
    machine.memory.copyIn(start, bytes);
    machine.regions.objects = [
      ...machine.regions.objects,
      { kind: 'object', name: 'socket', start, end: start + bytes.length, writable: false },
    ];
  }

  private copy({ memory }: Machine, own: string, to: DataView, name: string): void {
    const from = placeOf(this.context, own);
    const place = this.sock === null ? null : placeOf(this.sock, name);
    if (from === null || place === null || from.size !== 4 || place.size !== 4) return;
    to.setUint32(place.off, memory.view.getUint32(LAYOUT.ctx + from.off, true), true);
  }
}
