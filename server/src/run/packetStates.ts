import type { Packet, PacketState } from '../vm/packet.ts';

/** Numbers of a state. */
const NUMBERS = 8;

/** Where the packets of many events lie, as numbers: an object each would keep the collector busy. */
export class PacketStates {
  private readonly numbers: Int32Array;
  /** What is the same for all. */
  private common: PacketState | null = null;

  constructor(count: number) {
    this.numbers = new Int32Array(count * NUMBERS);
  }

  save(row: number, packet: Packet): void {
    const { numbers } = this;
    this.common ??= packet.save();
    const at = row * NUMBERS;
    numbers[at] = packet.start;
    numbers[at + 1] = packet.end;
    numbers[at + 2] = packet.meta;
    numbers[at + 3] = packet.hardStart;
    numbers[at + 4] = packet.hardEnd;
    numbers[at + 5] = packet.macStart;
    numbers[at + 6] = packet.linearLimit;
    numbers[at + 7] = packet.networkOffset;
  }

  of(row: number): PacketState {
    const [start = 0, end = 0, meta = 0, hardStart = 0, hardEnd = 0, macStart = 0, linearLimit = 0, networkOffset = 0] =
      this.numbers.subarray(row * NUMBERS, (row + 1) * NUMBERS);
    const numbers = { start, end, meta, hardStart, hardEnd, macStart, linearLimit, networkOffset };
    return { ...(this.common as PacketState), ...numbers };
  }

  isMoved(row: number, { start, end, meta }: Packet): boolean {
    const { numbers } = this;
    const at = row * NUMBERS;
    return start !== numbers[at] || end !== numbers[at + 1] || meta !== numbers[at + 2];
  }
}
