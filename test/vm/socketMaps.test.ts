import { describe, expect, it } from 'vitest';
import { setMapValue } from '../../server/src/vm/maps/contents.ts';
import { LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import { givenWorld } from '../support/givenWorld.ts';
import { fixture, mapNamed } from './support.ts';

const WORLD = givenWorld(`{"sockets": [
  {"protocol": "tcp", "local": "10.0.0.1:80", "cookie": 7},
  {"protocol": "tcp", "local": "10.0.0.1:81", "remote": "10.0.0.2:1234", "cookie": 8}
]}`);

function program(map: string, body: string, section = 'sk_skb'): string {
  return `.license "GPL"\n.map m, ${map}\n.section "${section}"\n.globl main\nmain:\n*(u32 *)(r10 - 4) = 1\nr6 = r1\n${body}\nexit\n`;
}

/** Runs the body with the first socket under key 0 and the second under key 1. */
function run(map: string, body: string, section?: string): { outcome: Outcome; target: number | null } {
  const { machine, interpreter } = fixture(program(map, body, section), { machine: { given: WORLD } });
  for (const n of [0, 1]) setMapValue(mapNamed(machine, 'm'), 1, Uint8Array.of(n), [Uint8Array.of(n + 1)]);
  return { outcome: interpreter.run(LAYOUT.ctx, 1000), target: machine.redirect?.target ?? null };
}

const ARRAY = 'type=sockmap, key=4, value=4, entries=4';
const HASH = 'type=sockhash, key=4, value=4, entries=4';
const LOOKUP = 'r1 = m ll\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem';

describe('maps of sockets', () => {
  it.each([
    ['bpf_sk_redirect_map', ARRAY, 'r3 = 1', 1n],
    ['bpf_sk_redirect_map', ARRAY, 'r3 = 0', 0n],
    ['bpf_sk_redirect_map', ARRAY, 'r3 = 3', 0n],
    ['bpf_msg_redirect_map', ARRAY, 'r3 = 1', 1n],
    ['bpf_sk_redirect_hash', HASH, 'r3 = r10\nr3 += -4', 1n],
    ['bpf_msg_redirect_hash', HASH, 'r3 = r10\nr3 += -4', 1n],
  ])('%s of %s with %s answers %i', (helper, map, key, answer) => {
    const { outcome, target } = run(map, `r1 = r6\nr2 = m ll\n${key}\nr4 = 0\ncall ${helper}`);
    expect(outcome).toMatchObject({ kind: 'exit', r0: answer });
    expect(target !== null).toBe(answer === 1n);
  });

  it('unknown flags drop', () => {
    expect(run(ARRAY, 'r1 = r6\nr2 = m ll\nr3 = 1\nr4 = 2\ncall bpf_sk_redirect_map').outcome).toMatchObject({
      r0: 0n,
    });
  });

  it.each([ARRAY, HASH])('a lookup in %s yields the socket, which is given back', (map) => {
    const body = `${LOOKUP}\nif r0 == 0 goto none\nr7 = *(u32 *)(r0 + 44)\nr1 = r0\ncall bpf_sk_release\nr0 = r7\nnone:`;
    expect(run(map, body).outcome).toMatchObject({ kind: 'exit', r0: 81n });
  });

  it.each([ARRAY, HASH])('a program can put a socket into %s', (map) => {
    const update = (flags: number): string =>
      `${LOOKUP}\nif r0 == 0 goto none\nr7 = r0\n*(u32 *)(r10 - 4) = 2\nr1 = m ll\nr2 = r10\nr2 += -4\nr3 = r7\nr4 = ${flags}\ncall bpf_map_update_elem\nr8 = r0\nr1 = r7\ncall bpf_sk_release\nr0 = r8\nnone:`;
    expect(run(map, update(0)).outcome).toMatchObject({ r0: 0n });
    expect(run(map, update(1)).outcome).toMatchObject({ r0: 0n });
    expect(run(map, update(2)).outcome).toMatchObject({ r0: BigInt.asUintN(64, -2n) });
    expect(run(map, `${update(0)}\n${LOOKUP}\nr0 = *(u32 *)(r0 + 44)`).outcome).toMatchObject({
      r0: 81n,
    });
  });

  it('a socket of a reuseport group is chosen by its place', () => {
    const map = 'type=reuseport_sockarray, key=4, value=4, entries=4';
    const body = (key: number): string =>
      `*(u32 *)(r10 - 4) = ${key}\nr1 = r6\nr2 = m ll\nr3 = r10\nr3 += -4\nr4 = 0\ncall bpf_sk_select_reuseport`;
    expect(run(map, body(1), 'sk_reuseport')).toMatchObject({ outcome: { r0: 0n }, target: 1 });
    expect(run(map, body(2), 'sk_reuseport')).toMatchObject({ outcome: { r0: BigInt.asUintN(64, -2n) }, target: null });
  });

  it('values that hang on a socket are found through each of its views', () => {
    const storage = `.license "GPL"\n.map m, type=sockmap, key=4, value=4, entries=4\n.map kept, type=sk_storage, value=4\n.section "sk_skb"\n.globl main\nmain:\n*(u32 *)(r10 - 4) = 1\n${LOOKUP}\nif r0 == 0 goto none\nr6 = r0\nr1 = kept ll\nr2 = r6\nr3 = 0\nr4 = 1\ncall bpf_sk_storage_get\n*(u32 *)(r0 + 0) = 5\nr1 = r6\ncall bpf_tcp_sock\nr1 = kept ll\nr2 = r0\nr3 = 0\nr4 = 0\ncall bpf_sk_storage_get\nr7 = *(u32 *)(r0 + 0)\nr1 = r6\ncall bpf_sk_release\nr0 = r7\nnone:\nexit\n`;
    const { machine, interpreter } = fixture(storage, { machine: { given: WORLD } });
    setMapValue(mapNamed(machine, 'm'), 1, Uint8Array.of(1), [Uint8Array.of(2)]);
    expect(interpreter.run(LAYOUT.ctx, 1000)).toMatchObject({ kind: 'exit', r0: 5n });
    expect(mapNamed(machine, 'kept').keys(9)).toEqual([Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0)]);
  });
});
