import type { Event } from '../../events/event.ts';
import { CONTEXTS } from '../../kernel/contexts.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import { SKB } from '../../vm/packet.ts';
import { ETHERNET_BYTES } from '../linkLayer.ts';
import { placeOf, put } from './fields.ts';
import type { After, ContextBuilder } from './enter.ts';
import { Frames } from './frames.ts';

/** As much as a test run allocates: a page without what an skb needs around it. */
const LARGEST = 4096 - 320;
const KEYS = CONTEXTS.bpf_flow_keys;

/**
 * Mirrors `bpf_prog_test_run_flow_dissector` of net/bpf/test_run.c and `bpf_flow_dissect` of net/core/flow_dissector.c,
 * v6.18: the program sees the whole frame, and what it fills in is what comes back.
 */
export function flowDissectorContext(): ContextBuilder {
  return new FlowDissectorContext();
}

class FlowDissectorContext implements ContextBuilder {
  private readonly frames = new Frames(LARGEST);
  private readonly context = new Uint8Array(SKB.bytes);
  private readonly readOnly = new Uint8Array(SKB.bytes);
  private length = 0;

  enter(machine: Machine, event: Event): string | null {
    if (event.kind !== 'packet') return 'this is no packet, but a hook of another kind';
    const frame = this.frames.take(event);
    if (typeof frame === 'string') return frame;
    const { bytes } = frame;
    this.length = bytes.length;
    this.fillKeys(machine, bytes, Number(event.recorded?.fields.get('flags') ?? 0n));
    new DataView(this.context.buffer).setUint32(SKB.flowKeys, LAYOUT.objects, true);
    machine.setContext(this.context, this.readOnly);
    machine.packet.set(bytes, {
      kind: 'skb',
      headRoom: 0,
      tailRoom: 0,
      networkOffset: ETHERNET_BYTES,
      writable: false,
    });
    return null;
  }

  /** The kernel keeps both offsets inside the packet. */
  leave({ memory }: Machine): After {
    const keys = memory.u8.slice(LAYOUT.objects, LAYOUT.objects + KEYS.size);
    const view = new DataView(keys.buffer);
    const nhoff = clamp(view.getUint16(0, true), ETHERNET_BYTES, this.length);
    view.setUint16(0, nhoff, true);
    view.setUint16(2, clamp(view.getUint16(2, true), nhoff, this.length), true);
    return { packet: keys, metaBytes: 0, packetChanged: true, context: null };
  }

  notes(): string[] {
    return this.frames.notes();
  }

  private fillKeys(machine: Machine, frame: Uint8Array, flags: number): void {
    const keys = new Uint8Array(KEYS.size);
    const view = new DataView(keys.buffer);
    const offset = BigInt(ETHERNET_BYTES);
    const etherType = BigInt((frame[12] ?? 0) | ((frame[13] ?? 0) << 8));
    for (const [name, value] of [
      ['nhoff', offset],
      ['thoff', offset],
      ['n_proto', etherType],
      ['flags', BigInt(flags)],
    ] as const) {
      const place = placeOf(KEYS, name);
      if (place !== null) put(view, place, value);
    }
    machine.memory.copyIn(LAYOUT.objects, keys);
    const end = LAYOUT.objects + KEYS.size;
    machine.regions.objects = [{ kind: 'object', name: 'flow keys', start: LAYOUT.objects, end, writable: true }];
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
