import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { deleteMapValue, mapContents, mapValues, setMapValue } from '../../server/src/vm/maps/contents.ts';
import type { GuestMap } from '../../server/src/vm/maps/guestMap.ts';
import { HashMap } from '../../server/src/vm/maps/hash.ts';
import { fixture, mapNamed, object } from './support.ts';

const ENOENT = -2;
const E2BIG = -7;
const EEXIST = -17;
const EINVAL = -22;
const ENOSPC = -28;

function machineWith(declaration: string, cpus = 1): { machine: Machine; map: GuestMap } {
  const text = `.license "GPL"\n.map m, ${declaration}\n.section "xdp"\n.globl main\nmain: r0 = 0\nexit\n`;
  const machine = createMachine(object(text), { cpus });
  expect(machine.diagnostics).toEqual([]);
  return { machine, map: mapNamed(machine, 'm') };
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex)!;
}

/** Runs steps like "set 01000000 0a 0", "delete 01000000", "get 01000000" and shows their answers. */
function answers({ machine, map }: { machine: Machine; map: GuestMap }, steps: readonly string[]): string[] {
  return steps.map((step) => {
    const [verb, key = '', value = '', flags = '0'] = step.split(' ');
    if (verb === 'set') return String(setMapValue(map, machine.cpus, bytes(key), [bytes(value)], Number(flags)));
    if (verb === 'delete') return String(deleteMapValue(map, bytes(key)));
    if (verb === 'use') return String(map.lookup(bytes(key), 0) !== 0);
    return mapValues(map, machine.cpus, bytes(key))?.map(toHex).join(' ') ?? 'none';
  });
}

function entries({ machine, map }: { machine: Machine; map: GuestMap }): string[] {
  const found = mapContents(map, machine.cpus);
  return found.entries.map(({ key, values }) => `${toHex(key)}=${values.map(toHex).join(' ')}`);
}

function key(n: number): Uint8Array {
  return Uint8Array.of(n, 0, 0, 0);
}

describe('maps answer as the kernel does', () => {
  it('array', () => {
    const it = machineWith('type=array, key=4, value=2, entries=2');
    expect(
      answers(it, ['get 01000000', 'set 01000000 0102 0', 'set 01000000 0304 2', 'set 01000000 0506 1', 'set 02000000 0102 0', 'set 00000000 00 3', 'set 00000000 00 4', 'delete 00000000', 'get 01000000', 'get 02000000']), // prettier-ignore
    ).toEqual([
      '0000',
      '0',
      '0',
      String(EEXIST),
      String(E2BIG),
      String(EINVAL),
      String(EINVAL),
      String(EINVAL),
      '0304',
      'none',
    ]);
    expect(entries(it)).toEqual(['00000000=0000', '01000000=0304']);
  });

  it('hash', () => {
    const it = machineWith('type=hash, key=2, value=1, entries=2');
    expect(
      answers(it, ['set 0100 aa 2', 'set 0100 aa 1', 'set 0100 bb 1', 'set 0200 cc 0', 'set 0300 dd 0', 'set 0100 ee 2', 'delete 0200', 'delete 0200', 'set 0300 dd 0', 'get 0100', 'get 0200', 'set 0100 00 4']), // prettier-ignore
    ).toEqual([
      String(ENOENT),
      '0',
      String(EEXIST),
      '0',
      String(E2BIG),
      '0',
      '0',
      String(ENOENT),
      '0',
      'ee',
      'none',
      String(EINVAL),
    ]);
    expect(entries(it)).toEqual(['0100=ee', '0300=dd']);
  });

  it('per-CPU maps hold a value for each CPU', () => {
    const array = machineWith('type=percpu_array, key=4, value=4, entries=2', 3);
    expect(
      setMapValue(
        array.map,
        3,
        bytes('00000000'),
        [1, 2, 3].map((n) => Uint8Array.of(n)),
      ),
    ).toBe(0);
    expect(entries(array)).toEqual(['00000000=01000000 02000000 03000000', '01000000=00000000 00000000 00000000']);
    const hash = machineWith('type=percpu_hash, key=1, value=1, entries=2', 2);
    hash.machine.world.cpu = 1;
    expect(hash.map.update(Uint8Array.of(5), 0, Uint8Array.of(9), 0, 0, 1)).toBe(0);
    expect(entries(hash)).toEqual(['05=00 09']);
    expect(hash.map.update(Uint8Array.of(5), 0, Uint8Array.of(7), 0, 0, 0)).toBe(0);
    expect(entries(hash)).toEqual(['05=07 09']);
    expect(hash.machine.memory.u8[hash.map.lookup(Uint8Array.of(5), 0)]).toBe(9);
  });

  it('lru_hash makes room: what was looked up while it was pending is not the first to go', () => {
    const it = machineWith('type=lru_hash, key=1, value=1, entries=3');
    answers(it, ['set 01 01', 'set 02 02', 'set 03 03', 'use 01', 'set 04 04', 'set 03 33', 'set 05 05']);
    expect(entries(it)).toEqual(['01=01', '03=33', '05=05']);
  });

  it('lpm_trie finds the longest prefix', () => {
    const it = machineWith('type=lpm_trie, key=8, value=1, entries=3, flags=1');
    expect(
      answers(it, ['set 080000000a000000 08', 'set 180000000a010200 18', 'set 00000000ffffffff 00', 'set 200000000a010203 20', 'set 2100000000000000 00', 'get 200000000a010277', 'get 200000000a020277', 'get 20000000c0000001', 'get 100000000a010277', 'set 080000000affffff 80', 'delete 180000000a010299', 'delete 180000000a010299']), // prettier-ignore
    ).toEqual(['0', '0', '0', String(ENOSPC), String(EINVAL), '18', '08', '00', '08', '0', '0', String(ENOENT)]);
    expect(entries(it)).toEqual(['00000000ffffffff=00', '080000000affffff=80']);
  });

  it.each([
    ['queue', ['1', '2', '3']],
    ['stack', ['3', '2', '1']],
  ])('%s', (type, order) => {
    const { machine, map } = machineWith(`type=${type}, key=0, value=1, entries=3`);
    const take = (): string => {
      const at = map.pop(true);
      return at === 0 ? 'none' : String(machine.memory.u8[at]);
    };
    for (const n of [1, 2, 3]) expect(map.push(Uint8Array.of(n), 0, 0)).toBe(0);
    expect(map.push(Uint8Array.of(4), 0, 0)).toBe(E2BIG);
    expect(map.push(Uint8Array.of(4), 0, 1)).toBe(EINVAL);
    expect(String(machine.memory.u8[map.pop(false)])).toBe(order[0]);
    expect([take(), take(), take(), take()]).toEqual([...order, 'none']);
    for (const n of [1, 2, 3, 4]) expect(map.push(Uint8Array.of(n), 0, 2)).toBe(0);
    expect(take()).toBe(type === 'queue' ? '2' : '4');
  });

  it('values keep their addresses while others come and go', () => {
    const it = machineWith('type=hash, key=4, value=8, entries=64');
    for (let n = 0; n < 64; n++) setMapValue(it.map, 1, key(n), [Uint8Array.of(n)]);
    const before = it.map.lookup(key(7), 0);
    for (let n = 8; n < 64; n++) deleteMapValue(it.map, key(n));
    for (let n = 100; n < 156; n++) expect(setMapValue(it.map, 1, key(n), [Uint8Array.of(n)])).toBe(0);
    expect(it.map.lookup(key(7), 0)).toBe(before);
    expect(it.machine.memory.u8[before]).toBe(7);
    expect((it.map as HashMap).count).toBe(64);
  });

  it('hash behaves like a Map under many random operations', () => {
    const it = machineWith('type=hash, key=4, value=4, entries=50');
    const model = new Map<string, string>();
    let state = 1;
    for (let i = 0; i < 20_000; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const key = Uint8Array.of((state >>> 16) % 80, 0, 1, 0);
      const text = toHex(key);
      if ((state >>> 8) % 3 === 0) {
        expect(deleteMapValue(it.map, key)).toBe(model.delete(text) ? 0 : ENOENT);
        continue;
      }
      const value = Uint8Array.of(i, i >> 8, 0, 0);
      const full = model.size >= 50 && !model.has(text);
      expect(setMapValue(it.map, 1, key, [value])).toBe(full ? E2BIG : 0);
      if (!full) model.set(text, toHex(value));
    }
    const expected = [...model].map(([key, value]) => `${key}=${value}`).sort();
    expect(entries(it)).toEqual(expected);
  });
});

describe('maps that cannot be', () => {
  it.each([
    ['type=array, key=8, value=4, entries=1', "map m: an array's key is 4 bytes, not 8"],
    ['type=hash, key=0, value=4, entries=1', 'map m: needs keys of at least one byte'],
    ['type=ringbuf, entries=5000', "map m: a ring buffer's max_entries is a power of two from 4096 bytes on, not 5000"],
    ['type=unspec, key=0, value=0, entries=1', 'map m: has no type'],
  ])('%s', (declaration, expected) => {
    const text = `.license "GPL"\n.map m, ${declaration}\n.section "xdp"\n.globl main\nmain: r0 = 0\nexit\n`;
    const parsed = object(text.replace(declaration, 'type=array, key=4, value=4, entries=1'));
    const [, ...fields] = /type=(\w+)(?:, key=(\d+), value=(\d+))?, entries=(\d+)/.exec(declaration) ?? [];
    const [type, key, value, count] = fields;
    const spec = {
      ...parsed.maps[0]!,
      type: type as 'array',
      keySize: Number(key ?? 0),
      valueSize: Number(value ?? 0),
      maxEntries: Number(count),
    };
    const machine = createMachine({ ...parsed, maps: [spec] });
    expect(machine.diagnostics.map(({ message }) => message)).toEqual([expected]);
    expect(machine.maps).toEqual([null]);
  });
});

describe('ring buffers', () => {
  it('refuse records while the reader has not caught up, and hand them out in order', () => {
    const { machine, interpreter } = fixture(`
      .license "GPL"
      .map lines, type=ringbuf, entries=4096
      .section "xdp"
      .globl main
      main:
        r6 = 0
      again:
        r1 = lines ll
        r2 = 1000
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto full
        *(u64 *)(r0 + 0) = r6
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        r6 += 1
        if r6 < 10 goto again
      full:
        r0 = r6
        exit
    `);
    for (let round = 0; round < 3; round++) {
      expect(interpreter.run(0x3_0000, 1000)).toMatchObject({ kind: 'exit', r0: 4n });
      expect(machine.output.map(({ bytes: record }) => [record.length, record[0]])).toEqual(
        [0, 1, 2, 3].map((n) => [1000, n]),
      );
      machine.output = [];
    }
  });
});
