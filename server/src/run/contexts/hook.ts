import { sameBytes } from '../../base/bytes.ts';
import type { Event, HookEvent } from '../../events/event.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import type { After, ContextBuilder } from './enter.ts';
import { hookOfPacket } from './packetHooks.ts';

/** What programs of a family are given. */
export interface HookContext {
  /** Per byte 1 where programs may write; null when they may write all of it. Also what the context's size is. */
  readonly writable: Uint8Array | null;
  /** Bytes of the context where they are always as many; null when each event has its own. */
  readonly bytes: number | null;
  /** Bytes at its beginning that the program may not touch. */
  readonly hidden?: number;
  /** The context, made of what the event tells; a string says in plain words what is missing. */
  readonly make: (event: HookEvent, machine: Machine) => Uint8Array | string;
  /** After the context is in place: sockets, data. */
  readonly complete?: (event: HookEvent, machine: Machine) => void;
  readonly notes?: () => string[];
}

/** Gives hook events to a program. */
export function hookContext(program: Program, context: HookContext): ContextBuilder {
  return new HookBuilder(program, context);
}

const NOTHING = new Uint8Array();

class HookBuilder implements ContextBuilder {
  private readonly program: Program;
  private readonly context: HookContext;
  /** Whether programs can change anything in it. */
  private readonly changeable: boolean;
  private before: Uint8Array = NOTHING;
  private dataBefore: Uint8Array | null = null;

  constructor(program: Program, context: HookContext) {
    this.program = program;
    this.context = context;
    this.changeable = context.writable === null || context.writable.includes(1);
  }

  enter(machine: Machine, recorded: Event): string | null {
    const event = recorded.kind === 'hook' ? recorded : hookOfPacket(this.program.type, recorded);
    if (typeof event === 'string') return event;
    const bytes = this.context.make(event, machine);
    if (typeof bytes === 'string') return bytes;
    const { bytes: wanted, writable } = this.context;
    if (wanted !== null && bytes.length < wanted)
      return `the context has ${bytes.length} bytes where programs of type ${this.program.type} see ${wanted}`;
    const seen = wanted === null ? bytes : bytes.subarray(0, wanted);
    machine.regions.objects = [];
    machine.setContext(seen, writable === null ? null : writable.subarray(0, seen.length), this.context.hidden ?? 0);
    machine.packet.clear();
    this.dataBefore = null;
    this.context.complete?.(event, machine);
    if (machine.packet.length > 0) this.dataBefore = machine.packet.bytes.slice();
    this.before = contextBytes(machine).slice();
    return null;
  }

  leave(machine: Machine): After {
    const { dataBefore } = this;
    const packet = dataBefore === null ? null : machine.packet.bytes;
    const packetChanged = packet !== null && dataBefore !== null && !sameBytes(packet, dataBefore);
    const { before, changeable: writable } = this;
    const bytes = contextBytes(machine);
    const context = { before, bytes, changed: writable && !sameBytes(bytes, before), writable };
    return { packet, metaBytes: 0, packetChanged, context };
  }

  notes(): string[] {
    return this.context.notes?.() ?? [];
  }
}

function contextBytes({ memory, regions }: Machine): Uint8Array {
  return memory.u8.subarray(LAYOUT.ctx, LAYOUT.ctx + regions.ctxBytes);
}
