import { MAP_FLAGS } from '../kernel/mapRules.ts';
import { ERRNO } from '../vm/errno.ts';
import type { Machine } from '../vm/createMachine.ts';
import { setMapValue } from '../vm/maps/contents.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { UserRingbufMap } from '../vm/maps/userRingbuf.ts';
import type { InitialMaps } from './initialMaps.ts';
import type { InitialEntry } from './mapEntry.ts';

/** Puts the contents into a machine; a string says which entry the map does not take. */
export function fillMaps(machine: Machine, initial: InitialMaps): string | null {
  for (const { map: name, entries } of initial.contents) {
    const map = machine.maps.find((one) => one?.spec.name === name);
    if (map === undefined || map === null) return `there is no map ${name}`;
    if (entries.length > 0 && (map.spec.flags & MAP_FLAGS.rdonly) !== 0)
      return `map ${name}: user space may only read it (BPF_F_RDONLY), so nobody can put contents into it`;
    for (const entry of entries) {
      const answer = put(machine, map, entry);
      if (answer !== 0) return `map ${name}: ${entry.where}: the map ${reason(answer)}`;
    }
  }
  return null;
}

function put(machine: Machine, map: GuestMap, entry: InitialEntry): number {
  const { key, values, holds } = entry;
  if (map instanceof UserRingbufMap) return map.add(values[0] ?? new Uint8Array());
  if (map.spec.keySize === 0) return map.push(values[0] ?? new Uint8Array(), 0, 0);
  if (holds === null) return setMapValue(map, machine.cpus, key, values);
  return setMapValue(map, machine.cpus, key, [words(numberOf(machine, map, holds))]);
}

/** What stands for the thing: its number, plus one where it is a place in a list. */
function numberOf({ programs, maps }: Machine, { spec }: GuestMap, holds: string | number): number {
  if (typeof holds === 'number') return holds;
  if (spec.type === 'prog_array') return programs.findIndex(({ name }) => name === holds) + 1;
  return maps.findIndex((one) => one?.spec.name === holds) + 1;
}

function words(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

function reason(answer: number): string {
  const text = REASONS[-answer] ?? 'does not take it';
  return `${text} (error ${-answer})`;
}

const REASONS: Readonly<Record<number, string>> = {
  [ERRNO.E2BIG]: 'is full, or has no such place',
  [ERRNO.ENOSPC]: 'is full',
  [ERRNO.ENOMEM]: 'is full',
  [ERRNO.EINVAL]: 'takes no such key or value',
  [ERRNO.ENODEV]: 'has no such processor; --cpus says how many there are',
  [ERRNO.EOVERFLOW]: 'takes no queue as long as that',
  [ERRNO.EOPNOTSUPP]: 'takes no contents from outside',
};
