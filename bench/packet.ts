/** What the measured programs get to see: made-up web traffic within 10.0.0.0/8. */

/** The packet of single runs: 1,500 bytes. */
export function samplePacket(): Uint8Array {
  return packetOf(1, 1500);
}

const SIZES = [66, 74, 66, 1500, 590, 1500, 66, 120];

/** Packets of the usual sizes that belong to many flows. */
export function samplePackets(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => packetOf(i + 1, SIZES[i % SIZES.length] ?? 66));
}

/** Packets one behind the other, each after its length, as native.c reads them. */
export function packetFile(packets: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      packets.flatMap((packet) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(packet.length);
        return [length, packet];
      }),
    ),
  );
}

/** The same as a capture: pcap, microseconds, Ethernet. */
export function captureOf(packets: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.alloc(24);
  [0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1].forEach((word, i) => head.writeUInt32LE(word, 4 * i));
  const records = packets.flatMap((packet, i) => {
    const record = Buffer.alloc(16);
    [1_700_000_000 + i, 0, packet.length, packet.length].forEach((word, at) => record.writeUInt32LE(word, 4 * at));
    return [record, packet];
  });
  return new Uint8Array(Buffer.concat([head, ...records]));
}

function packetOf(number: number, length: number): Uint8Array {
  const packet = new Uint8Array(length);
  let state = number;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    packet[i] = state >>> 24;
  }
  const total = length - 14;
  packet.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
  packet.set([0x45, 0, total >> 8, total, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 1, number >> 8, number], 14);
  packet.set([10, 0, 0, 80, 0xc8, number, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1], 30);
  packet.set([0x50, 0x10 + (number & 15), 0xff, 0xff, 0, 0, 0, 0], 46);
  return packet;
}
