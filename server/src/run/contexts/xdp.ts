import type { Event } from '../../events/event.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { XDP } from '../../vm/packet.ts';
import type { ContextBuilder, PacketAfter } from './enter.ts';
import { Frames, sameBytes } from './frames.ts';

/** A page, minus head room, minus the end of the page where the kernel keeps struct skb_shared_info. */
const HEAD_ROOM = 256;
const LINEAR_BYTES = 4096 - HEAD_ROOM - 320;

/** The largest packet a test run takes: what IP can hold. Beyond `LINEAR_BYTES` it lies in fragments. */
const LARGEST = 0x1_0000 + 14;

/** Mirrors `bpf_prog_test_run_xdp` of net/bpf/test_run.c, v6.18: the loopback device, queue 0. */
export function xdpContext(): ContextBuilder {
  return new XdpContext();
}

class XdpContext implements ContextBuilder {
  private readonly frames = new Frames(LARGEST);
  private readonly context = new Uint8Array(XDP.bytes);
  private readonly view = new DataView(this.context.buffer);
  private readonly readOnly = new Uint8Array(XDP.bytes);
  private before: Uint8Array = new Uint8Array();

  enter(machine: Machine, event: Event): string | null {
    const frame = this.frames.take(event);
    if (typeof frame === 'string') return frame;
    this.before = frame.bytes;
    this.view.setUint32(XDP.ingressIfindex, frame.ifindex ?? 1, true);
    this.view.setUint32(XDP.rxQueueIndex, event.queue ?? 0, true);
    machine.setContext(this.context, this.readOnly);
    machine.packet.set(frame.bytes, {
      kind: 'xdp',
      headRoom: HEAD_ROOM,
      tailRoom: Math.max(0, LINEAR_BYTES - frame.bytes.length),
      networkOffset: 14,
    });
    return null;
  }

  leave({ packet, memory }: Machine): PacketAfter {
    const bytes = memory.u8.subarray(packet.meta, packet.end);
    return { bytes, metaBytes: packet.start - packet.meta, changed: !sameBytes(bytes, this.before) };
  }

  notes(): string[] {
    return this.frames.notes();
  }
}
