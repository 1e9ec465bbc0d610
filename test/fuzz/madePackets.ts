import { packetsFor } from './engines.ts';

/** Noise, and TCP and UDP over both versions of IP. */
export function madePackets(): Uint8Array[] {
  return [
    ...packetsFor(1),
    ...packetsFor(77),
    ...[6, 17, 1, 4].flatMap((protocol) => [ipv4(protocol), ipv6(protocol)]),
  ];
}

function frame(type: number, header: readonly number[], protocol: number): Uint8Array {
  const ports = [0x1f, 0x90, 0x00, 0x50];
  const transport =
    protocol === 17 ? [...ports, 0, 64, 0, 0] : [...ports, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 4, 0, 0, 0, 0, 0];
  const ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 0xff];
  return Uint8Array.from([...ethernet, ...header, ...transport, ...Array.from({ length: 100 }, (_, i) => i)]);
}

function ipv4(protocol: number): Uint8Array {
  return frame(0x0800, [0x45, 0, 0, 140, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], protocol);
}

function ipv6(protocol: number): Uint8Array {
  const address = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0)];
  return frame(0x86dd, [0x60, 0, 0, 0, 0, 120, protocol, 64, ...address, 1, ...address, 2], protocol);
}
