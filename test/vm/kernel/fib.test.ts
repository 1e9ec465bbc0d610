import { describe, it } from 'vitest';
import { readAddress } from '../../../server/src/run/addresses.ts';
import { givenWorld } from '../../support/givenWorld.ts';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

/** The network as the kernel gets it, in a namespace of its own. */
const SETUP = `
ip link set lo up
ip link add va index 10 address 02:00:00:00:00:0a type veth peer name vb index 11 address 02:00:00:00:00:0b
ip link add vc index 12 address 02:00:00:00:00:0c mtu 1400 type veth peer name vd index 13 address 02:00:00:00:00:0d
for d in va vb vc vd; do ip link set $d up; done
for d in va vc vd; do echo 1 > /proc/sys/net/ipv4/conf/$d/forwarding; echo 1 > /proc/sys/net/ipv6/conf/$d/forwarding; done
ip addr add 10.0.0.5/24 dev va
ip addr add 10.1.0.5/16 dev vc
ip addr add 2001:db8:1::5/64 dev va nodad
ip addr add 2001:db8:2::5/64 dev vc nodad
ip route add 10.2.0.0/16 via 10.0.0.1 dev va src 10.0.0.5
ip route add 10.2.3.0/24 via 10.1.0.1 dev vc metric 7
ip route add 10.2.3.0/24 via 10.0.0.2 dev va metric 9
ip route add 10.2.4.0/23 via inet6 2001:db8:2::1 dev vc
ip route add 10.2.9.0/24 via 10.0.0.1 dev va mtu lock 900
ip route add blackhole 10.3.0.0/16
ip route add unreachable 10.3.1.0/24
ip route add prohibit 10.3.2.0/25
ip route add default via 10.1.0.9 dev vc
ip route add 10.7.0.0/16 via 10.0.0.1 dev va table 77
ip -6 route add 2001:db8:9::/48 via 2001:db8:1::1 dev va
ip -6 route add 2001:db8:9:1::/64 via 2001:db8:2::1 dev vc metric 5 mtu lock 1300
ip -6 route add blackhole 2001:db8:a::/48 dev lo
ip -6 route add prohibit 2001:db8:b::/48 dev lo
ip -6 route add unreachable 2001:db8:c::/48 dev lo
ip -6 route add default via 2001:db8:2::9 dev vc metric 1024
ip neigh add 10.0.0.1 dev va lladdr 02:00:00:00:01:01 nud permanent
ip neigh add 10.1.0.1 dev vc lladdr 02:00:00:00:01:02 nud permanent
ip neigh add 10.0.0.77 dev va lladdr 02:00:00:00:01:03 nud permanent
ip neigh add 2001:db8:1::1 dev va lladdr 02:00:00:00:01:04 nud permanent
ip neigh add 2001:db8:2::1 dev vc lladdr 02:00:00:00:01:05 nud permanent
`;

const local = (to: string, dev: string): string => `{"to":"${to}","dev":"${dev}","type":"local","table":255}`;

/** The same network as a world file. */
const WORLD = givenWorld(`{
  "devices": [
    {"ifindex":10,"name":"va","mac":"02:00:00:00:00:0a","addresses":["10.0.0.5","2001:db8:1::5"]},
    {"ifindex":11,"name":"vb","mac":"02:00:00:00:00:0b","forwarding":false},
    {"ifindex":12,"name":"vc","mac":"02:00:00:00:00:0c","mtu":1400,"addresses":["10.1.0.5","2001:db8:2::5"]},
    {"ifindex":13,"name":"vd","mac":"02:00:00:00:00:0d"}
  ],
  "routes": [
    ${local('10.0.0.5', 'va')}, ${local('10.1.0.5', 'vc')}, ${local('2001:db8:1::5', 'va')}, ${local('2001:db8:2::5', 'vc')},
    ${local('2001:db8:1::', 'va')}, ${local('2001:db8:2::', 'vc')},
    {"to":"10.0.0.255","dev":"va","type":"broadcast","table":255}, {"to":"10.1.255.255","dev":"vc","type":"broadcast","table":255},
    {"to":"10.0.0.0/24","dev":"va","src":"10.0.0.5"}, {"to":"10.1.0.0/16","dev":"vc","src":"10.1.0.5"},
    {"to":"2001:db8:1::/64","dev":"va","metric":256}, {"to":"2001:db8:2::/64","dev":"vc","metric":256},
    {"to":"10.2.0.0/16","via":"10.0.0.1","dev":"va","src":"10.0.0.5"},
    {"to":"10.2.3.0/24","via":"10.1.0.1","dev":"vc","metric":7}, {"to":"10.2.3.0/24","via":"10.0.0.2","dev":"va","metric":9},
    {"to":"10.2.4.0/23","via":"2001:db8:2::1","dev":"vc"},
    {"to":"10.2.9.0/24","via":"10.0.0.1","dev":"va","mtu":900},
    {"to":"10.3.0.0/16","type":"blackhole"}, {"to":"10.3.1.0/24","type":"unreachable"}, {"to":"10.3.2.0/25","type":"prohibit"},
    {"to":"0.0.0.0/0","via":"10.1.0.9","dev":"vc"},
    {"to":"10.7.0.0/16","via":"10.0.0.1","dev":"va","table":77},
    {"to":"2001:db8:9::/48","via":"2001:db8:1::1","dev":"va","metric":1024},
    {"to":"2001:db8:9:1::/64","via":"2001:db8:2::1","dev":"vc","metric":5,"mtu":1300},
    {"to":"2001:db8:a::/48","type":"blackhole"}, {"to":"2001:db8:b::/48","type":"prohibit"}, {"to":"2001:db8:c::/48","type":"unreachable"},
    {"to":"::/0","via":"2001:db8:2::9","dev":"vc","metric":1024}
  ],
  "neighbours": [
    {"ip":"10.0.0.1","dev":"va","mac":"02:00:00:00:01:01"}, {"ip":"10.1.0.1","dev":"vc","mac":"02:00:00:00:01:02"},
    {"ip":"10.0.0.77","dev":"va","mac":"02:00:00:00:01:03"}, {"ip":"2001:db8:1::1","dev":"va","mac":"02:00:00:00:01:04"},
    {"ip":"2001:db8:2::1","dev":"vc","mac":"02:00:00:00:01:05"}
  ]
}`); // prettier-ignore

const IP4 = [
  '10.0.0.1', '10.0.0.5', '10.0.0.77', '10.0.0.78', '10.0.0.255', '10.1.0.1', '10.1.0.5', '10.1.255.255', '10.2.0.1', '10.2.3.4',
  '10.2.4.4', '10.2.5.9', '10.2.6.1', '10.2.9.1', '10.3.0.1', '10.3.1.1', '10.3.2.1', '10.3.2.200', '10.7.1.1', '192.0.2.1',
]; // prettier-ignore
const IP6 = [
  '2001:db8:1::1', '2001:db8:1::5', '2001:db8:1::9', '2001:db8:2::1', '2001:db8:9::1', '2001:db8:9:1::1',
  '2001:db8:a::1', '2001:db8:b::1', '2001:db8:c::1', '2001:db8:d::1', 'fe80::1', 'ff02::1', '::1',
]; // prettier-ignore

/** Parameters of one lookup, 64 bytes. */
function parameters(random: Arguments): Uint8Array {
  const bytes = random.bytes(64);
  const view = new DataView(bytes.buffer);
  const ip4 = random.chance(50);
  const [size, addresses] = ip4 ? [4, IP4] : [16, IP6];
  bytes[0] = random.chance(3) ? 7 : ip4 ? 2 : 10;
  view.setUint16(6, random.one([0, 0, 100, 899, 901, 1301, 1400, 1401, 1500, 1501, 9000]), true);
  view.setUint32(8, random.one([10, 10, 10, 12, 12, 13, 11, 99]), true);
  view.setUint32(12, random.chance(80) ? 0 : random.one([4, 0x10]), true);
  bytes.set(readAddress(ip4 ? '10.0.0.9' : random.chance(90) ? '2001:db8:1::77' : 'fe80::9') ?? [], 16);
  bytes.set((readAddress(random.one(addresses)) ?? new Uint8Array()).subarray(0, size), 32);
  view.setUint32(48, random.one([254, 255, 77, 12]), true);
  return bytes;
}

function lookup(random: Arguments, at: number): string {
  const bytes = parameters(random);
  const view = new DataView(bytes.buffer);
  const stores = Array.from({ length: 8 }, (_, i) => {
    return `r1 = ${view.getBigUint64(8 * i, true)} ll\n*(u64 *)(r7 + ${at + 8 + 8 * i}) = r1`;
  });
  const flags = random.chance(40) ? random.below(32) : random.one([0, 1, 2, 4, 9, 16, 0x40]);
  const size = random.chance(97) ? 64 : 63;
  const call = `r1 = r6\nr2 = r7\nr2 += ${at + 8}\nr3 = ${size}\nr4 = ${flags}\ncall bpf_fib_lookup`;
  return [...stores, call, `*(u64 *)(r7 + ${at}) = r0`].join('\n');
}

function trial(random: Arguments): Trial {
  const section = random.chance(15) ? 'xdp' : 'tc';
  const body = Array.from({ length: 24 }, (_, i) => lookup(random, 72 * i)).join('\n');
  return { body, section, packet: random.bytes(random.one([60, 1000, 1418, 1450, 1600])) };
}

describe.skipIf(testRunTool === null)(
  'bpf_fib_lookup, against the running kernel (skipped where there is none)',
  () => {
    it('random lookups in a network of its own', () => {
      const random = new Arguments(3);
      checkSameAsKernel(Array.from({ length: 120 }, () => trial(random)), WORLD, SETUP); // prettier-ignore
    }, 60_000);
  },
);
