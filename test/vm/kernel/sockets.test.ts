import { describe, it } from 'vitest';
import { readAddress } from '../../../server/src/run/addresses.ts';
import { givenWorld } from '../../support/givenWorld.ts';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

/** Sockets that stay open while the programs run. */
const SETUP = `
ip link set lo up
ip addr add 10.0.0.5/32 dev lo
ip addr add 10.0.0.6/32 dev lo
ip addr add 2001:db8::5/128 dev lo nodad
T=$(mktemp)
cat > $T <<'PY'
import os, socket, sys
from socket import *
kept = []
def make(family, kind, local, remote=None, listen=False, device=None, only6=None, mark=None, priority=None):
    s = socket(family, kind)
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); s.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    if device: s.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, device)
    if only6 is not None: s.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, only6)
    if mark: s.setsockopt(SOL_SOCKET, 36, mark)
    if priority: s.setsockopt(SOL_SOCKET, SO_PRIORITY, priority)
    s.bind(local)
    if listen: s.listen(8)
    if remote: s.connect(remote)
    s.set_inheritable(True)
    kept.append(s)
    return s
make(AF_INET, SOCK_STREAM, ('10.0.0.5', 80), listen=True)
make(AF_INET, SOCK_STREAM, ('0.0.0.0', 81), listen=True, mark=7, priority=3)
make(AF_INET, SOCK_STREAM, ('0.0.0.0', 84), listen=True, device=b'lo')
make(AF_INET6, SOCK_STREAM, ('::', 82), listen=True, only6=0)
make(AF_INET6, SOCK_STREAM, ('::', 83), listen=True, only6=1)
make(AF_INET6, SOCK_STREAM, ('2001:db8::5', 83), listen=True, only6=1)
client = make(AF_INET, SOCK_STREAM, ('10.0.0.6', 40000), remote=('10.0.0.5', 80))
accepted, _ = kept[0].accept()
accepted.set_inheritable(True)
make(AF_INET, SOCK_DGRAM, ('0.0.0.0', 53))
make(AF_INET, SOCK_DGRAM, ('10.0.0.5', 53))
make(AF_INET, SOCK_DGRAM, ('10.0.0.5', 54), remote=('10.0.0.6', 99))
make(AF_INET6, SOCK_DGRAM, ('::', 55), only6=0)
make(AF_INET6, SOCK_DGRAM, ('2001:db8::5', 55), only6=1)
os.unlink(sys.argv[0])
os.execv(sys.argv[1], sys.argv[1:])
PY
RUN="python3 $T"
`;

const WORLD = givenWorld(`{
  "devices": [{"ifindex":1,"name":"lo","mtu":65536}],
  "sockets": [
    {"protocol":"tcp","local":"10.0.0.5:80"},
    {"protocol":"tcp","local":"0.0.0.0:81","mark":7,"priority":3},
    {"protocol":"tcp","local":"0.0.0.0:84","dev":"lo"},
    {"protocol":"tcp","local":"[::]:82"},
    {"protocol":"tcp","local":"[::]:83","v6only":true},
    {"protocol":"tcp","local":"[2001:db8::5]:83","v6only":true},
    {"protocol":"tcp","local":"10.0.0.6:40000","remote":"10.0.0.5:80"},
    {"protocol":"tcp","local":"10.0.0.5:80","remote":"10.0.0.6:40000"},
    {"protocol":"udp","local":"0.0.0.0:53"},
    {"protocol":"udp","local":"10.0.0.5:53"},
    {"protocol":"udp","local":"10.0.0.5:54","remote":"10.0.0.6:99"},
    {"protocol":"udp","local":"[::]:55"},
    {"protocol":"udp","local":"[2001:db8::5]:55","v6only":true}
  ]
}`);

const IP4 = ['10.0.0.5', '10.0.0.6', '10.0.0.7', '0.0.0.0'];
const IP6 = ['2001:db8::5', '2001:db8::6', '::', '::ffff:10.0.0.5'];
const PORTS = [80, 81, 82, 83, 84, 53, 54, 55, 99, 40000, 1];

function tuple(random: Arguments): Uint8Array {
  const addresses = random.chance(60) ? IP4 : IP6;
  const at = (list: readonly string[]): Uint8Array => readAddress(random.one(list)) ?? new Uint8Array();
  const ports = [random.one(PORTS), random.one(PORTS)].flatMap((port) => [port >> 8, port & 255]);
  return Uint8Array.from([...at(addresses), ...at(addresses), ...ports]);
}

const KNOWN = [
  ['10.0.0.6', '10.0.0.5', 40000, 80],
  ['10.0.0.5', '10.0.0.6', 80, 40000],
  ['10.0.0.6', '10.0.0.5', 99, 54],
] as const;

function known(random: Arguments): Uint8Array {
  const [from, to, fromPort, toPort] = random.one(KNOWN);
  const ports = [fromPort, toPort].flatMap((port) => [port >> 8, port & 255]);
  return Uint8Array.from([...(readAddress(from) ?? []), ...(readAddress(to) ?? []), ...ports]);
}

/** Offsets of struct bpf_sock that are compared: not the receive queue, which depends on timing. */
function fieldsOf(common: boolean, ip4: boolean): number[] {
  const all = common ? [0, 4, 44, 72] : [0, 4, 8, 12, 16, 20, 44, 72];
  return [...all, ...(ip4 ? [] : [28, 32, 36, 40, 56, 60, 64, 68])];
}

function lookup(random: Arguments, at: number, label: string, section: string): string {
  const helper = random.one(['bpf_sk_lookup_tcp', 'bpf_sk_lookup_udp', 'bpf_skc_lookup_tcp']);
  const bytes = random.chance(40) ? known(random) : tuple(random);
  const padded = new Uint8Array(40);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const fill = Array.from(
    { length: 5 },
    (_, i) => `r1 = ${view.getBigUint64(8 * i, true)} ll\n*(u64 *)(r10 - ${48 - 8 * i}) = r1`,
  );
  const size = random.chance(95) ? bytes.length : random.one([0, 11, 13, 35]);
  const netns = random.chance(90) ? -1 : random.one([0, 5, -2]);
  const flags = random.chance(95) ? 0 : 1;
  const fields = fieldsOf(helper === 'bpf_skc_lookup_tcp', bytes.length === 12);
  return `${fill.join('\n')}
    r1 = r6
    r2 = r10
    r2 += -48
    r3 = ${size}
    r4 = ${netns}
    r5 = ${flags}
    call ${helper}
    if r0 == 0 goto ${label}
    r8 = r0
    *(u64 *)(r7 + ${at}) = 1
    ${fields.map((off, i) => `r1 = *(u32 *)(r8 + ${off})\n*(u32 *)(r7 + ${at + 16 + 4 * i}) = r1`).join('\n')}
    r1 = *(u16 *)(r8 + 48)
    *(u16 *)(r7 + ${at + 12}) = r1
    ${section === 'xdp' ? '' : views(at, label)}
    r1 = r8
    call bpf_sk_release
  ${label}:`;
}

/** What else a socket is; XDP programs may not ask. */
function views(at: number, label: string): string {
  return `r1 = r8
    call bpf_tcp_sock
    if r0 == 0 goto ${label}_a
    *(u8 *)(r7 + ${at + 1}) = 1
  ${label}_a:
    r1 = r8
    call bpf_get_listener_sock
    if r0 == 0 goto ${label}_b
    *(u8 *)(r7 + ${at + 2}) = 1
    r1 = *(u32 *)(r0 + 44)
    *(u16 *)(r7 + ${at + 4}) = r1
  ${label}_b:
    r1 = r8
    call bpf_sk_fullsock
    if r0 == 0 goto ${label}_c
    *(u8 *)(r7 + ${at + 3}) = 1
  ${label}_c:`;
}

function trial(random: Arguments): Trial {
  const section = random.chance(15) ? 'xdp' : 'tc';
  const body = Array.from({ length: 16 }, (_, i) => lookup(random, 96 * i, `next${i}`, section)).join('\n');
  return { body, section, packet: random.bytes(60) };
}

describe.skipIf(testRunTool === null)(
  'lookups of sockets, against the running kernel (skipped where there is none)',
  () => {
    it('random tuples among sockets of its own', () => {
      const random = new Arguments(5);
      checkSameAsKernel(Array.from({ length: 150 }, () => trial(random)), WORLD, SETUP); // prettier-ignore
    }, 60_000);
  },
);
