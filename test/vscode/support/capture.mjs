// Makes captures for the tests in VS Code: Ethernet frames with IPv4 TCP, UDP and ICMP, and some ARP.

const mac = (last) => [2, 0, 0, 0, 0, last];

function ipv4(protocol, rest, source, destination) {
  const length = 20 + rest.length;
  return [0x45, 0, length >> 8, length & 255, 0, 1, 0x40, 0, 64, protocol, 0, 0, ...source, ...destination, ...rest];
}

function frame(type, payload) {
  const bytes = [...mac(1), ...mac(2), type >> 8, type & 255, ...payload];
  while (bytes.length < 60) bytes.push(0);
  return bytes;
}

const port = (number) => [number >> 8, number & 255];
const tcp = (from, to) => [...port(from), ...port(to), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0];
const udp = (from, to) => [...port(from), ...port(to), 0, 12, 0, 0, 1, 2, 3, 4];
const us = [192, 0, 2, 1];
const them = [198, 51, 100, 7];

const kinds = [
  frame(0x0800, ipv4(6, tcp(50000, 443), us, them)),
  frame(0x0800, ipv4(17, udp(53, 40000), them, us)),
  frame(0x0800, ipv4(1, [8, 0, 0, 0, 0, 1, 0, 1], us, them)),
  frame(0x0806, [0, 1, 8, 0, 6, 4, 0, 1, ...mac(2), ...us, 0, 0, 0, 0, 0, 0, ...them]),
  frame(0x0800, ipv4(6, tcp(443, 50000), them, us)),
];

/** A pcap of `count` packets, one a millisecond. */
export function capture(count) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const parts = [header];
  for (let index = 0; index < count; index++) {
    const data = Buffer.from(kinds[index % kinds.length]);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + Math.floor(index / 1000), 0);
    record.writeUInt32LE((index % 1000) * 1000, 4);
    record.writeUInt32LE(data.length, 8);
    record.writeUInt32LE(data.length, 12);
    parts.push(record, data);
  }
  return Buffer.concat(parts);
}
