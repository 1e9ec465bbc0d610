import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAddress, readEndpoint, readPrefix } from '../../server/src/run/addresses.ts';
import { isWorld, parseWorldFile } from '../../server/src/run/worldFile.ts';
import type { GivenWorld } from '../../server/src/vm/given.ts';

function world(text: string): GivenWorld {
  const parsed = parseWorldFile(text);
  if (!isWorld(parsed)) throw new Error(parsed.join('\n'));
  return parsed;
}

function problems(text: string): readonly string[] {
  const parsed = parseWorldFile(text);
  return isWorld(parsed) ? [] : parsed;
}

describe('world files', () => {
  it('an empty one says nothing', () => {
    expect(world('{}')).toMatchObject({
      bootTimeNs: null,
      ticks: 250,
      cpus: null,
      task: null,
      devices: [],
      routes: [],
    });
  });

  it('every table', () => {
    const read = world(`{
      "$schema": "x", "bootTime": "1970-01-01T00:00:02Z", "seed": 7, "cpus": 4, "cpu": 3,
      "task": { "pid": 5, "comm": "curl", "cgroup": "0x100000001" },
      "devices": [{ "ifindex": 2, "name": "eth0", "mac": "02:00:00:00:00:0a" }],
      "routes": [{ "to": "10.0.0.0/8", "dev": "eth0", "via": "fe80::1" }, { "to": "::/0", "type": "blackhole" }],
      "neighbours": [{ "ip": "10.0.0.1", "dev": "eth0" }],
      "sockets": [{ "protocol": "tcp", "local": "[::]:80" },
                  { "protocol": "tcp", "local": "10.0.0.1:80", "remote": "10.0.0.2:9", "tcp": { "snd_cwnd": 10 } }],
      "cgroups": [{ "id": 9, "path": "/a" }],
      "files": [{ "address": "0xffff888000001000", "path": "/etc/hosts", "hash": "0a0b" }],
      "symbols": { "jiffies": "0xffffffff82000000" },
      "mocks": { "get_prandom_u32": [1, {"return": -22}], "bpf_skb_get_tunnel_key": {"writes": {"key": {"offset": 4, "hex": "01"}}} }
    }`);
    expect(read).toMatchObject({
      bootTimeNs: 2_000_000_000n, seed: 7, cpus: 4, cpu: 3, task: { tgid: 5, tid: 5, cgroupId: 0x1_0000_0001n },
      devices: [{ ifindex: 2, name: 'eth0', mtu: 1500, forwarding: true }],
      routes: [{ bits: 8, ifindex: 2, type: 'unicast', table: 254 }, { bits: 0, type: 'blackhole', ifindex: 0 }],
      neighbours: [{ ifindex: 2, mac: null }],
      sockets: [{ state: 'listen', cookie: 1n, localPort: 80 }, { state: 'established', cookie: 2n, remotePort: 9 }],
      cgroups: [{ id: 9n, path: '/a', classId: 0 }],
      files: [{ address: 0xffff_8880_0000_1000n, path: '/etc/hosts' }],
    }); // prettier-ignore
    expect([...read.mocks.keys()]).toEqual([7, 20]);
    expect(read.mocks.get(7)?.answers.map(({ returns }) => returns)).toEqual([1n, -22n]);
    expect(read.mocks.get(20)?.answers[0]?.writes).toEqual([{ argument: 2, offset: 4, bytes: Uint8Array.of(1) }]);
  });

  it.each([
    ['{\n "routes": [\n  {"to": "10.0.0.1/8"}]}', ['3:10: routes[0].to: expected a prefix such as "10.0.0.0/8", with nothing behind its length']],
    ['{"routes": [{"to": "10.0.0.0/8", "dev": "eth9"}]}', ['1:13: routes[0].dev: there is no device eth9; add it to "devices"']],
    ['{"routes": [{"to": "10.0.0.0/8"}]}', ['1:13: routes[0].dev: is missing; a unicast route leaves through a device']],
    ['{"route": []}', ['1:2: route: there is no such member; there are bootTime, ticks, seed, cpus, cpu, numaNode, task, devices, routes, neighbours, sockets, cgroups, files, symbols, mocks']],
    ['{"devices": [{"name": "a"}]}', ['1:14: devices[0].ifindex: is missing']],
    ['{"devices": [{"ifindex": 1, "name": "a"}, {"ifindex": 1, "name": "a"}]}', ['1:43: devices[1].name: there are two devices a', '1:43: devices[1].ifindex: there are two devices of number 1']],
    ['{"cpus": 0}', ['1:10: cpus: expected a whole number from 1 to 1024']],
    ['{"cpus": 2, "cpu": 2}', ['1:1: cpu: there is no CPU 2 among 2']],
    ['[]', ['1:1: the file: expected an object in braces']],
    ['{"seed": 1', ["1:11: no valid JSON: expected '}'"]],
    ['{"mocks": {"bpf_nothing": 1}}', ['1:27: mocks.bpf_nothing: there is no helper or kernel function bpf_nothing']],
    ['{"mocks": {"bpf_map_lookup_elem": 0}}', ['1:35: mocks.bpf_map_lookup_elem: bpf_map_lookup_elem is always computed']],
    ['{"mocks": {"bpf_task_from_pid": 1}}', ['1:33: mocks.bpf_task_from_pid: bpf_task_from_pid returns a pointer, of which only 0 (null) can be told']],
    ['{"mocks": {"bpf_sk_lookup_tcp": 1}}', ['1:33: mocks.bpf_sk_lookup_tcp: bpf_sk_lookup_tcp returns a pointer, of which only 0 (null) can be told']],
    ['{"mocks": {"bpf_fib_lookup": {"writes": {"parms": "00"}}}}', ['1:30: mocks.bpf_fib_lookup: has no parameter parms; there are ctx, params, plen, flags']],
    ['{"mocks": {"bpf_strtol": {"writes": {"res": "000000000000000000"}}}}', ['1:26: mocks.bpf_strtol: res has room for 8 bytes only']],
    ['{"mocks": {"bpf_redirect": []}}', ['1:28: mocks.bpf_redirect: the list has no answer']],
    ['{"sockets": [{"protocol": "sctp", "local": "1.2.3.4"}]}', ['1:27: sockets[0].protocol: expected one of tcp, udp', '1:44: sockets[0].local: expected an address with a port: "10.0.0.1:80" or "[2001:db8::1]:80"']],
    ['{"sockets": [{"protocol": "tcp", "local": "1.2.3.4:5", "tcp": {"cwnd": 1}}]}', ['1:64: sockets[0].tcp.cwnd: struct bpf_tcp_sock has no such field']],
    ['{"task": {"comm": "a name that is too long"}}', ['1:10: task.comm: has more than 15 bytes']],
  ])('%s', (text, expected) => expect(problems(text)).toEqual(expected)); // prettier-ignore

  it('the example of the documentation is right', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/world.md'), 'utf8');
    const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? [];
    expect(world(example).routes).toHaveLength(2);
  });

  it('has room for so many sockets', () => {
    const sockets = Array.from({ length: 501 }, () => '{"protocol":"udp","local":"0.0.0.0:1"}');
    expect(problems(`{"sockets": [${sockets.join(',')}]}`)).toEqual(['1:1: sockets: there is room for 500 only']);
  });

  it('tells ten mistakes and counts the rest', () => {
    const text = `{"devices": [${Array.from({ length: 15 }, () => '5').join(',')}]}`;
    expect(problems(text)).toHaveLength(11);
    expect(problems(text).at(-1)).toBe('and 5 more');
  });
});

describe('addresses', () => {
  const shown = (bytes: Uint8Array | null): string | null => bytes && [...bytes].join('.');
  it.each([
    ['10.0.0.255', '10.0.0.255'],
    ['::', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0'],
    ['2001:db8::1', '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['::ffff:1.2.3.4', '0.0.0.0.0.0.0.0.0.0.255.255.1.2.3.4'],
    ['1:2:3:4:5:6:7:8', '0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.8'],
    ['10.0.0', null], ['10.0.0.256', null], ['1:2:3:4:5:6:7', null], ['1::2::3', null], [':1', null], ['1:2:3:4:5:6:7:8:9', null],
    ['::12345', null], ['', null], ['1:2:3:4:5:6:7::8', null],
  ])('%s', (text, bytes) => expect(shown(readAddress(text))).toBe(bytes)); // prettier-ignore

  it('prefixes and endpoints', () => {
    expect(readPrefix('10.0.0.0/8')).toMatchObject({ bits: 8 });
    expect(readPrefix('10.0.0.1')).toMatchObject({ bits: 32 });
    expect(['10.0.0.0/33', '10.0.0.1/31', '10.0.0.0/', '::1/127', '10.0.0.0/8/8'].map(readPrefix)).toEqual(
      Array(5).fill(null),
    );
    expect(readEndpoint('[::1]:80')).toMatchObject({ port: 80 });
    expect(['1.2.3.4', '1.2.3.4:65536', '::1:80', '[1.2.3.4]:5', '[::1]'].map(readEndpoint)).toEqual(
      Array(5).fill(null),
    );
  });
});
