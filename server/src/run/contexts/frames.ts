import { linkTypeName } from '../../events/linkTypes.ts';
import type { PacketEvent } from '../../events/event.ts';
import { frameOf } from '../linkLayer.ts';
import type { Frame } from '../linkLayer.ts';

/** Takes events to Ethernet frames, checks their size and remembers what should be said about them. */
export class Frames {
  private readonly largest: number;
  private readonly madeUp = new Map<number, number>();
  private cut = 0;

  constructor(largest: number) {
    this.largest = largest;
  }

  /** A string says why the kernel's test run would not take the packet. */
  take(event: PacketEvent): Frame | string {
    const frame = frameOf(event);
    if (typeof frame === 'string') return frame;
    const { length } = frame.bytes;
    if (length < 14) return `${length} bytes are too few: an Ethernet header has 14`;
    if (length > this.largest)
      return `${length} bytes are too many: the kernel’s test run takes at most ${this.largest}`;
    if (frame.synthetic) this.madeUp.set(event.linkType, (this.madeUp.get(event.linkType) ?? 0) + 1);
    if (event.data.length < event.wireLength) this.cut++;
    return frame;
  }

  notes(): string[] {
    const notes = [...this.madeUp].map(
      ([linkType, count]) => `${packets(count)} captured as ${linkTypeName(linkType)} got a made-up Ethernet header`,
    );
    if (this.cut > 0)
      notes.push(
        `${packets(this.cut)} ${this.cut === 1 ? 'has' : 'have'} fewer bytes than there were on the wire (snap length)`,
      );
    return notes;
  }
}

function packets(count: number): string {
  return count === 1 ? '1 packet' : `${count} packets`;
}
