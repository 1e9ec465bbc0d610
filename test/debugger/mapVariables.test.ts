import { describe, expect, it } from 'vitest';
import { mapVariable } from '../../server/src/debugger/mapVariables.ts';
import type { Variable } from '../../server/src/debugger/variables.ts';
import { fillMaps } from '../../server/src/run/fillMaps.ts';
import { parseInitialMaps, resolveInitialMaps } from '../../server/src/run/initialMaps.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { mapNamed } from '../vm/support.ts';
import { objectOf } from '../support/assembled.ts';
import { readSample } from '../elf/sample.ts';

function filled(object: BpfObject, file: object): Machine {
  const parsed = parseInitialMaps(JSON.stringify(file));
  if (typeof parsed === 'string') throw new Error(parsed);
  const initial = resolveInitialMaps(parsed, { object, world: null });
  if (typeof initial === 'string') throw new Error(initial);
  const machine = createMachine(object, { innerMaps: initial.inner, cpus: 2 });
  expect(fillMaps(machine, initial)).toBeNull();
  return machine;
}

/** Names and values, and what is inside. */
function tree({ name, value, children }: Variable): unknown {
  return children === null ? `${name}: ${value}` : [`${name}: ${value}`, ...children().map(tree)];
}

function shown(machine: Machine, name: string): unknown {
  return tree(mapVariable(machine, mapNamed(machine, name)));
}

describe('maps in the debugger', () => {
  it('show keys and values by their types', () => {
    const file = { flows: [{ key: { src: 1, dst: 2, ports: [80, 443] }, value: '0500000000000000' }] };
    const machine = filled(readSample('maps.clang19.o'), file);
    expect(shown(machine, 'flows')).toEqual([
      'flows: hash, 12 → 8 bytes, 128 at most',
      '[{src = 1, dst = 2, ports = [80, 443]}]: 5',
    ]);
  });

  it('show what slots hold', () => {
    const machine = filled(readSample('maps.clang19.o'), { jumps: [{ key: 0, program: 'entry' }] });
    expect(shown(machine, 'jumps')).toEqual([
      'jumps: prog_array, 4 → 4 bytes, 8 at most',
      '[0]: program entry',
      '[1]: program tail_one',
      '[6]: program tail_two',
    ]);
    expect(shown(machine, 'outer')).toEqual([
      'outer: array_of_maps, 4 → 4 bytes, 4 at most',
      '[0]: map inner_a',
      '[3]: map inner_b',
    ]);
  });

  it('show global variables by name, which can be evaluated', () => {
    const machine = filled(readSample('globals.clang19.o'), { 'globals.data': { variables: { limit: 7 } } });
    expect(shown(machine, 'globals.data')).toEqual(['globals.data: global variables', 'limit: 7', 'step: 3']);
    expect(shown(machine, 'globals.rodata')).toMatchObject([
      'globals.rodata: global variables',
      'debug: 1',
      ['config: {port = 8080, name = "lo"}', 'port: 8080', 'name: "lo"'],
      'globals.____fmt: "%s: %d"',
      ['table: [1, 10, 100, 1000]', '[0]: 1', '[1]: 10', '[2]: 100', '[3]: 1000'],
    ]);
    const data = mapVariable(machine, mapNamed(machine, 'globals.data'));
    expect(data.children?.()[0]).toMatchObject({ value: '7', evaluateName: 'limit' });
  });

  it('show queues in the order in which they are taken, and say where nothing can be listed', () => {
    const object = objectOf(`.map q, type=queue, value=4, entries=3
.map s, type=stack, value=4, entries=3
.map u, type=user_ringbuf, entries=4096
.map b, type=bloom_filter, value=4, entries=3
.section "xdp"
r0 = 0
exit
`);
    const two = [{ value: 1 }, { value: 2 }];
    const machine = filled(object, { q: two, s: two, u: [{ value: 'ff' }] });
    expect(shown(machine, 'q')).toEqual(['q: queue, 0 → 4 bytes, 3 at most', '[0]: 1', '[1]: 2']);
    expect(shown(machine, 's')).toEqual(['s: stack, 0 → 4 bytes, 3 at most', '[0]: 2', '[1]: 1']);
    expect(shown(machine, 'u')).toEqual(['u: user_ringbuf, 0 → 0 bytes, 4096 at most', '[0]: 0xff (255)']);
    expect(shown(machine, 'b')).toEqual([
      'b: bloom_filter, 0 → 4 bytes, 3 at most',
      '(not listed): a filter does not know its values',
    ]);
  });
});
