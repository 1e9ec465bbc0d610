import type { Event } from '../../events/event.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { XDP } from '../../vm/packet.ts';
import type { ContextBuilder, After } from './enter.ts';
import { sameBytes } from '../../base/bytes.ts';
import { CONTEXTS } from '../../kernel/contexts.ts';
import { ETHERNET_BYTES } from '../linkLayer.ts';
import { putFields } from './fields.ts';
import { Frames } from './frames.ts';

/** The data lies in one page between head room and struct skb_shared_info; what is longer lies in fragments. */
const PAGE = 4096;
const HEAD_ROOM = 256;
const SHARED_INFO = 320;

/** MAX_SKB_FRAGS fragments of a page each. */
const LARGEST = PAGE - HEAD_ROOM - SHARED_INFO + 17 * PAGE;

/** What fits the length of one byte that an skb has for it. */
const MOST_META = 252;

/** Mirrors `bpf_prog_test_run_xdp` of net/bpf/test_run.c, v6.18: the loopback device, queue 0. */
export function xdpContext(): ContextBuilder {
  return new XdpContext();
}

class XdpContext implements ContextBuilder {
  private readonly frames = new Frames(LARGEST);
  private readonly context = new Uint8Array(XDP.bytes);
  private readonly view = new DataView(this.context.buffer);
  private readonly readOnly = new Uint8Array(XDP.bytes);
  readonly batch = { contextBytes: XDP.bytes, objectBytes: 0 };
  frame: Uint8Array = new Uint8Array();

  enter(machine: Machine, event: Event): string | null {
    if (event.kind !== 'packet') return 'this is no packet, but a hook of another kind';
    const frame = this.frames.take(event);
    if (typeof frame === 'string') return frame;
    this.frame = frame.bytes;
    this.view.setUint32(XDP.ingressIfindex, frame.ifindex ?? 1, true);
    this.view.setUint32(XDP.rxQueueIndex, event.queue ?? 0, true);
    if (event.recorded !== undefined) return this.enterRecorded(machine, event.recorded.fields, frame.bytes);
    machine.setContext(this.context, this.readOnly);
    machine.packet.set(frame.bytes, {
      kind: 'xdp',
      headRoom: HEAD_ROOM,
      tailRoom: PAGE,
      linearBytes: PAGE - HEAD_ROOM - SHARED_INFO,
      networkOffset: 14,
    });
    return null;
  }

  /** Of the context a recording may tell where the packet's metadata ends (`data`), devices and the queue. */
  private enterRecorded(machine: Machine, fields: ReadonlyMap<string, bigint>, bytes: Uint8Array): string | null {
    const metaBytes = Number(fields.get('data') ?? 0n);
    if (metaBytes % 4 !== 0 || metaBytes > MOST_META || metaBytes > bytes.length - ETHERNET_BYTES)
      return `${metaBytes} bytes of metadata: the kernel takes multiples of 4 up to ${MOST_META}, before an Ethernet header`;
    const told = new Map([...fields].filter(([name]) => name !== 'data'));
    const problem = putFields(CONTEXTS.xdp_md, this.view, told);
    if (problem !== null) return problem;
    machine.setContext(this.context, this.readOnly);
    const headRoom = HEAD_ROOM - metaBytes;
    const linearBytes = PAGE - headRoom - SHARED_INFO;
    machine.packet.set(bytes, { kind: 'xdp', headRoom, tailRoom: PAGE, metaBytes, linearBytes, networkOffset: 14 });
    this.view.setUint32(XDP.egressIfindex, 0, true);
    return null;
  }

  leave({ packet, memory }: Machine): After {
    const bytes = memory.u8.subarray(packet.meta, packet.end);
    const packetChanged = !sameBytes(bytes, this.frame);
    return {
      packet: bytes,
      metaBytes: packet.start - packet.meta,
      packetChanged,
      context: null,
    };
  }

  notes(): string[] {
    return this.frames.notes();
  }
}
