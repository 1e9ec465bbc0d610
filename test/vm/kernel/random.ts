import { randomNumbers } from '../../support/random.ts';

/** Arguments for helpers: mostly near what makes sense, sometimes anything. */
export class Arguments {
  readonly below: (limit: number) => number;

  constructor(seed: number) {
    this.below = randomNumbers(seed);
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** From `least` to `most`; now and then a number of any size. */
  number(least: number, most: number): number {
    if (this.chance(4)) return this.one([0x7fff_ffff, 0xffff_ffff, 0x8000_0000, 0xffff, 0x1_0000, 0xfff, 0x1000]);
    return least + this.below(most - least + 1);
  }
}

/** A packet that looks like one: Ethernet, perhaps VLAN tags, IPv4 or IPv6 or something else, TCP, UDP or noise. */
export function packet(random: Arguments, most = 200): Uint8Array {
  const kind = random.one(['ip4', 'ip4', 'ip6', 'ip6', 'vlan4', 'vlan6', 'qinq', 'arp', 'noise'] as const);
  const length = random.one([0, 1, 8, 20, 40]) + random.below(most - 60);
  const link = [...random.bytes(12)];
  if (random.chance(30)) link.fill(0, 0, 6);
  const tag = [0x81, 0, random.below(256), random.below(256)];
  switch (kind) {
    case 'ip4':
      return Uint8Array.from([...link, 8, 0, ...ip4(random, length)]);
    case 'ip6':
      return Uint8Array.from([...link, 0x86, 0xdd, ...ip6(random, length)]);
    case 'vlan4':
      return Uint8Array.from([...link, ...tag, 8, 0, ...ip4(random, length)]);
    case 'vlan6':
      return Uint8Array.from([...link, ...tag, 0x86, 0xdd, ...ip6(random, length)]);
    case 'qinq':
      return Uint8Array.from([...link, 0x88, 0xa8, 0, 5, ...tag, 8, 0, ...ip4(random, length)]);
    case 'arp':
      return Uint8Array.from([...link, 8, 6, ...random.bytes(28 + random.below(20))]);
    case 'noise':
      return Uint8Array.from([...link, 0x12, random.below(256), ...random.bytes(length + 20)]);
  }
}

function ip4(random: Arguments, length: number): number[] {
  const total = 20 + length;
  const protocol = random.one([6, 17, 1, 47]);
  const header = [0x45, random.below(256), total >> 8, total & 255, 0, 1, 0x40, 0, 64, protocol];
  return [...header, ...random.bytes(2), ...random.bytes(8), ...random.bytes(length)];
}

function ip6(random: Arguments, length: number): number[] {
  const header = [
    0x60 | random.below(16),
    random.below(256),
    0,
    0,
    length >> 8,
    length & 255,
    random.one([6, 17, 58]),
    64,
  ];
  return [...header, ...random.bytes(32), ...random.bytes(length)];
}
