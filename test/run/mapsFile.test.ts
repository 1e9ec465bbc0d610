import { describe, expect, it } from 'vitest';
import type { Btf } from '../../server/src/btf/btf.ts';
import type { BpfObject, MapSpec } from '../../server/src/program/program.ts';
import { fillMaps } from '../../server/src/run/fillMaps.ts';
import { parseInitialMaps, resolveInitialMaps } from '../../server/src/run/initialMaps.ts';
import { mapJson } from '../../server/src/run/mapJson.ts';
import { snapshotMaps } from '../../server/src/run/snapshotMaps.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import type { GivenWorld } from '../../server/src/vm/given.ts';
import { NOTHING_GIVEN } from '../../server/src/vm/given.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { parseWorldFile } from '../../server/src/run/worldFile.ts';
import { randomNumbers } from '../support/random.ts';
import { objectOf } from '../support/assembled.ts';

const END = '.section "xdp"\n.globl main\nmain: r0 = 0\nexit\n';

/** struct port { u16 number; u16 left; }, u32 and a data section with `limit` at 4. */
const btf: Btf = {
  types: [
    { kind: 'void' },
    { kind: 'int', name: 'u16', size: 2, bits: 16, offsetBits: 0, signed: false, char: false, bool: false },
    { kind: 'int', name: 'u32', size: 4, bits: 32, offsetBits: 0, signed: false, char: false, bool: false },
    {
      kind: 'struct',
      name: 'port',
      size: 4,
      members: [
        { name: 'number', type: 1, offsetBits: 0, bitSize: 0 },
        { name: 'left', type: 1, offsetBits: 16, bitSize: 0 },
      ],
    },
    { kind: 'var', name: 'limit', type: 2, linkage: 'global' },
    { kind: 'datasec', name: '.data', size: 8, vars: [{ type: 4, offset: 4, size: 4 }] },
  ],
};

function typed(object: BpfObject, types: Readonly<Record<string, Partial<MapSpec>>>): BpfObject {
  const maps = object.maps.map((map) => ({ ...map, ...types[map.name] }));
  return { ...object, btf, maps, programs: object.programs.map((program) => ({ ...program, maps, btf })) };
}

function world(file: object): GivenWorld {
  const given = parseWorldFile(JSON.stringify(file));
  if (!('mocks' in given)) throw new Error(given.join('\n'));
  return given;
}

/** The machine after the file, or what is wrong with the file. */
function filled(object: BpfObject, file: object | string, given = NOTHING_GIVEN, cpus = 1): Machine | string {
  const parsed = parseInitialMaps(typeof file === 'string' ? file : JSON.stringify(file));
  if (typeof parsed === 'string') return parsed;
  const initial = resolveInitialMaps(parsed, { object, world: given });
  if (typeof initial === 'string') return initial;
  const machine = createMachine(object, { cpus, given, innerMaps: initial.inner });
  return fillMaps(machine, initial) ?? machine;
}

function summary(machine: Machine | string, object: BpfObject): Record<string, unknown> {
  if (typeof machine === 'string') throw new Error(machine);
  const specs = machine.maps.map((map) => map?.spec ?? null);
  return Object.fromEntries(
    snapshotMaps(machine, 100).map((map) => [
      map.name,
      mapJson(map, specs.find((spec) => spec?.name === map.name) ?? null, object.btf),
    ]),
  );
}

describe('contents of maps', () => {
  const ports = typed(objectOf(`.map ports, type=hash, key=4, value=4, entries=4\n${END}`), {
    ports: { keyTypeId: 3, valueTypeId: 2 },
  });

  it('are bytes in hex, or values by their types', () => {
    const entry = { key: '50000100', value: '07000000', keyTyped: { number: 80, left: 1 }, valueTyped: 7 };
    const expected = { ports: { type: 'hash', entries: [entry] } };
    for (const file of [
      { ports: [{ key: '50000100', value: '07000000' }] },
      { ports: [{ key: { number: 80, left: 1 }, value: 7 }] },
      { ports: [{ keyTyped: { number: 80, left: 1 }, valueTyped: '0x7' }] },
    ])
      expect(summary(filled(ports, file), ports)).toEqual(expected);
  });

  it('that a run ends with are what another can begin with', () => {
    const text = `.map ports, type=hash, key=4, value=4, entries=4
.map counts, type=percpu_array, value=4, entries=3
.map queue, type=queue, value=4, entries=3
.map jumps, type=prog_array, entries=2
.section .data
.long 5, 6
${END}`;
    const object = typed(objectOf(text), {
      ports: { keyTypeId: 3, valueTypeId: 2 },
      counts: { valueTypeId: 2 },
      '.data': { valueTypeId: 5 },
    });
    const file = {
      ports: [
        { key: { number: 1 }, value: 3 },
        { key: { left: 9 }, value: 4 },
      ],
      counts: [{ key: 2, value: [7, 8] }],
      queue: [{ value: 1 }, { value: 2 }],
      jumps: [{ key: 1, program: 'main' }],
      '.data': { variables: { limit: 99 } },
    };
    const first = summary(filled(object, file, NOTHING_GIVEN, 2), object);
    expect(first).toMatchObject({
      counts: { entries: [{ key: '02000000', value: ['07000000', '08000000'], valueTyped: [7, 8] }] },
      queue: {
        entries: [
          { key: '', value: '01000000' },
          { key: '', value: '02000000' },
        ],
      },
      jumps: { entries: [{ key: '01000000', program: 'main' }] },
      '.data': { variables: { limit: 99 } },
    });
    expect(summary(filled(object, first, NOTHING_GIVEN, 2), object)).toEqual(first);
  });

  it('without types may be numbers of the right size', () => {
    const object = objectOf(`.map m, type=hash, key=2, value=8, entries=4\n${END}`);
    expect(summary(filled(object, { m: [{ key: 258, value: -1 }] }), object)).toEqual({
      m: { type: 'hash', entries: [{ key: '0201', value: 'ffffffffffffffff' }] },
    });
    expect(filled(object, { m: [{ key: 65_536, value: {} }] })).toBe(
      'maps:1:14: m[0].key: expected 2 bytes in hex or a whole number that fits; the object has no type for it\n' +
        'maps:1:28: m[0].value: expected 8 bytes in hex or a whole number that fits; the object has no type for it',
    );
  });

  it.each([
    [{ nothing: [] }, 'maps:1:2: there is no map nothing; there are ports'],
    [{ ports: 1 }, 'maps:1:10: ports: expected a list of {"key": …, "value": …}'],
    [{ ports: {} }, 'maps:1:10: ports: expected a list of entries, or an object with "entries"'],
    [{ ports: { type: 'array', entries: [] } }, 'maps:1:18: ports.type: the map is of type hash'],
    [{ ports: [1] }, 'maps:1:11: ports[0]: expected {"key": "…", "value": "…"}'],
    [{ ports: [{ value: 1 }] }, 'maps:1:11: ports[0]: "key" is missing'],
    [{ ports: [{ key: '5000', value: 1 }] }, 'maps:1:18: ports[0].key: expected 4 bytes in hex, not 2'],
    [{ ports: [{ key: '0', value: 1 }] }, 'maps:1:18: ports[0].key: expected 4 bytes in hex'],
    [{ ports: [{ key: '00000000', value: 1, velue: 1 }] }, 'maps:1:39: ports[0].velue: there is no such member; there are key, keyTyped, value, valueTyped'],
    [{ ports: { entries: [{ key: { number: 70_000 }, value: 1 }] } }, 'maps:1:39: ports.entries[0].key.number: expected a whole number from 0 to 65535'],
    [{ ports: Array.from({ length: 5 }, (_, i) => ({ key: { number: i }, value: i })) }, 'map ports: ports[4]: the map is full, or has no such place (error 7)'],
  ])('%j: %s', (file, message) => {
    expect(filled(ports, file)).toBe(message);
  }); // prettier-ignore

  it('of maps that user space may only read are refused', () => {
    const object = objectOf(`.map m, type=array, value=4, entries=1, flags=BPF_F_RDONLY\n${END}`);
    expect(filled(object, { m: [{ key: 0, value: 1 }] })).toBe(
      'map m: user space may only read it (BPF_F_RDONLY), so nobody can put contents into it',
    );
  });

  it('of constants are refused: the verifier knew them', () => {
    const object = objectOf(`.section .rodata\n.long 5\n${END}`);
    expect(typeof filled(object, { '.rodata': [{ value: '05000000' }] })).toBe('object');
    expect(filled(object, { '.rodata': [{ value: '06000000' }] })).toBe(
      'maps:1:13: .rodata[0]: these variables are constants, which the program was verified with',
    );
  });
});

describe('damaged files', () => {
  it('are refused or read, whatever was done to them', () => {
    const object = typed(
      objectOf(`.map ports, type=hash, key=4, value=4, entries=4\n.map q, type=queue, value=4, entries=9\n${END}`),
      {
        ports: { keyTypeId: 3, valueTypeId: 2 },
      },
    );
    const text = JSON.stringify({
      ports: [{ key: { number: 80, left: 1 }, value: '07000000' }],
      q: { type: 'queue', entries: [{ value: 1 }] },
    });
    const random = randomNumbers(5);
    const signs = '{}[]",:0x-.eE7 \\\u0000';
    let read = 0;
    for (let round = 0; round < 3000; round++) {
      let damaged = text;
      for (let n = random(4); n >= 0; n--) {
        const at = random(damaged.length);
        damaged = damaged.slice(0, at) + signs.charAt(random(signs.length)) + damaged.slice(at + random(3));
      }
      const result = filled(object, damaged);
      if (typeof result !== 'string') read++;
      else expect(result).toMatch(/^maps:\d+:\d+: |^map /);
    }
    expect(read).toBeGreaterThan(10);
  });
});

describe('slots', () => {
  it('of maps of maps get maps of their own', () => {
    const object = objectOf(`.license "GPL"
.map inside, type=array, value=4, entries=2
.map outer, type=hash_of_maps, key=4, entries=4, inner=inside
.section "xdp"
.globl main
main:
  *(u32 *)(r10 - 4) = 7
  r1 = outer ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto none
  *(u32 *)(r10 - 4) = 1
  r1 = r0
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto none
  r0 = *(u32 *)(r0 + 0)
  exit
none:
  r0 = -1
  exit
`);
    const file = {
      outer: [
        { key: 7, entries: [{ key: 1, value: 42 }] },
        { key: 8, map: 'inside' },
      ],
    };
    const machine = filled(object, file);
    if (typeof machine === 'string') throw new Error(machine);
    expect(createInterpreter(machine, object.programs[0]!).run(LAYOUT.ctx, 100)).toMatchObject({
      kind: 'exit',
      r0: 42n,
    });
    expect(summary(machine, object)).toMatchObject({
      outer: {
        entries: [
          { key: '07000000', map: 'outer[0]' },
          { key: '08000000', map: 'inside' },
        ],
      },
      'outer[0]': { type: 'array', entries: [{ key: '01000000', value: '2a000000' }] },
    });
  });

  const given = world({
    devices: [{ ifindex: 7, name: 'eth7' }],
    sockets: [{ protocol: 'udp', local: '10.0.0.1:53', cookie: 99 }],
    cgroups: [{ id: 5, path: '/app' }],
  });

  it.each([
    ['devmap', 'key=4, value=4, entries=2', { key: 1, device: 'eth7' }],
    ['devmap_hash', 'key=4, value=8, entries=2', { key: 1, ifindex: 9 }],
    ['sockmap', 'key=4, value=4, entries=2', { key: 1, socket: 99 }],
    ['sockhash', 'key=4, value=8, entries=2', { key: 1, socket: 99 }],
    ['reuseport_sockarray', 'key=4, value=8, entries=2', { key: 1, socket: 99 }],
    ['cgroup_array', 'entries=2', { key: 1, cgroup: '/app' }],
    ['xskmap', 'entries=2', { key: 1, queue: 0 }],
  ])('of a %s are named', (type, declaration, entry) => {
    const object = objectOf(`.map m, type=${type}, ${declaration}\n${END}`);
    const shown = summary(filled(object, { m: [entry] }, given), object);
    expect(shown).toEqual({ m: { type, entries: [{ ...entry, key: '01000000' }] } });
    expect(summary(filled(object, shown, given), object)).toEqual(shown);
  });

  it.each([
    ['devmap, key=4, value=4, entries=2', { key: 1, device: 'eth8' }, 'maps:1:25: m[0].device: there is no device eth8; there are eth7'],
    ['sockmap, key=4, value=4, entries=2', { key: 1, socket: 5 }, 'maps:1:25: m[0].socket: there is no socket 5; there are 99'],
    ['cgroup_array, entries=2', { key: 1, cgroup: '/' }, 'maps:1:25: m[0].cgroup: there is no control group /; there are /app'],
    ['prog_array, entries=2', { key: 1, program: 'other' }, 'maps:1:26: m[0].program: there is no program other; there are main'],
    ['prog_array, entries=2', { key: 1 }, 'maps:1:7: m[0]: "program" is missing'],
    ['prog_array, entries=2', { key: 2, program: 'main' }, 'map m: m[0]: the map is full, or has no such place (error 7)'],
  ])('%s refuses %j', (declaration, entry, message) => {
    expect(filled(objectOf(`.map m, type=${declaration}\n${END}`), { m: [entry] }, given)).toBe(message);
  }); // prettier-ignore

  it('samples of a user ring buffer have any length', () => {
    const object = objectOf(`.map ring, type=user_ringbuf, entries=4096\n${END}`);
    expect(summary(filled(object, { ring: [{ value: '0102' }, { value: '030405' }] }), object)).toEqual({
      ring: {
        type: 'user_ringbuf',
        entries: [
          { key: '', value: '0102' },
          { key: '', value: '030405' },
        ],
      },
    });
  });
});
