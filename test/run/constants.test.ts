import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { withConstants } from '../../server/src/run/constants.ts';

/** `debug` has 4 bytes at 0, `config` 12 at 4. */
const file = path.resolve(import.meta.dirname, '../data/elf/globals.clang19.o');
const object = readObject('globals.clang19.o', new Uint8Array(readFileSync(file)));

function set(constants: object): { hex: string; notes: readonly string[] } {
  const { object: changed, notes } = withConstants(object, new Map(Object.entries(constants)));
  expect(changed.programs.every(({ maps }) => maps === changed.maps || constants === NONE)).toBe(true);
  const map = changed.maps.find(({ name }) => name === 'globals.rodata');
  return { hex: toHex(map?.initial?.subarray(0, 16) ?? new Uint8Array()), notes };
}

const NONE = {};

describe('constants of a recording', () => {
  it.each([
    [NONE, '01000000901f6c6f0000000000000000'],
    [{ debug: 7 }, '07000000901f6c6f0000000000000000'],
    [{ debug: '-2' }, 'feffffff901f6c6f0000000000000000'],
    [{ debug: false }, '00000000901f6c6f0000000000000000'],
    [{ config: '000102030405060708090a0b', debug: '0x10' }, '10000000000102030405060708090a0b'],
  ])('%o: %s', (constants, expected) => {
    expect(set(constants)).toEqual({ hex: expected, notes: [] });
  });

  it.each([
    [{ nope: 1 }, 'the recording sets nope, but the program has no constant variable of that name'],
    [{ counter: 1 }, 'the recording sets counter, but the program has no constant variable of that name'],
    [{ debug: 2 ** 40 }, 'the recording’s value of debug does not fit its 4 bytes'],
    [{ config: '00' }, 'the recording’s value of config does not fit its 12 bytes'],
    [{ debug: [1] }, 'the recording’s value of debug does not fit its 4 bytes'],
  ])('%o: %s', (constants, note) => {
    expect(set(constants)).toEqual({ hex: '01000000901f6c6f0000000000000000', notes: [note] });
  });

  it('leave the object as it was', () => {
    set({ debug: 9 });
    expect(set(NONE).hex.startsWith('01')).toBe(true);
  });
});
