/** The packet that every measured program gets: 1,500 bytes of web traffic within 10.0.0.0/8, the payload made up. */
export function samplePacket(): Uint8Array {
  const packet = new Uint8Array(1500);
  let state = 1;
  for (let i = 0; i < packet.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    packet[i] = state >>> 24;
  }
  packet.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
  packet.set([0x45, 0, 0x05, 0xce, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 1, 2, 3, 10, 0, 0, 80], 14);
  packet.set([0xc8, 0x22, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0], 34);
  return packet;
}
