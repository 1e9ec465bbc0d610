import type { Machine } from '../vm/createMachine.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import type { MapSnapshot } from './result.ts';

/** What stands in a slot of a map of programs, maps, devices, sockets and the like. */
export type Thing = NonNullable<MapSnapshot['entries'][number]['holds']>;

/** The member by which the maps file names the thing, with its name or number. */
export function thingInSlot(machine: Machine, { spec }: GuestMap, number: number): Thing {
  const { devices, sockets, cgroups } = machine.world.given;
  switch (spec.type) {
    case 'prog_array':
      return { what: 'program', name: machine.programs[number - 1]?.name ?? number };
    case 'array_of_maps':
    case 'hash_of_maps':
      return { what: 'map', name: machine.maps[number - 1]?.spec.name ?? number };
    case 'devmap':
    case 'devmap_hash': {
      const device = devices.find(({ ifindex }) => ifindex === number);
      return device === undefined ? { what: 'ifindex', name: number } : { what: 'device', name: device.name };
    }
    case 'cgroup_array':
      return { what: 'cgroup', name: cgroups[number - 1]?.path ?? number };
    case 'xskmap':
      return { what: 'queue', name: number };
    default:
      return { what: 'socket', name: Number(sockets[number - 1]?.cookie ?? number) };
  }
}
