import type { Event } from '../../events/event.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { XDP } from '../../vm/packet.ts';
import type { ContextBuilder, After } from './enter.ts';
import { sameBytes } from '../../base/bytes.ts';
import { Frames } from './frames.ts';

/** The data lies in one page between head room and struct skb_shared_info; what is longer lies in fragments. */
const PAGE = 4096;
const HEAD_ROOM = 256;
const SHARED_INFO = 320;

/** MAX_SKB_FRAGS fragments of a page each. */
const LARGEST = PAGE - HEAD_ROOM - SHARED_INFO + 17 * PAGE;

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

  leave({ packet, memory }: Machine): After {
    const bytes = memory.u8.subarray(packet.meta, packet.end);
    const packetChanged = !sameBytes(bytes, this.frame);
    return {
      packet: bytes,
      metaBytes: packet.start - packet.meta,
      packetChanged,
      context: null,
      contextChanged: false,
    };
  }

  notes(): string[] {
    return this.frames.notes();
  }
}
