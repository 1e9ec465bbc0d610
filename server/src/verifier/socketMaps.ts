/** Maps of sockets. Mirrors `resolve_map_arg_type` and `may_update_sockmap`, v6.18. */
import type { HelperArg } from '../kernel/helpers.ts';
import { mapFitsHelper, mapHelperMessage, mayUpdateSockets } from '../kernel/mapHelpers.ts';
import type { MapSpec } from '../program/program.ts';
import type { Env } from './env.ts';
import { reject } from './rejection.ts';

const MAP_PEEK = 89;
const MAP_UPDATE = 2;
const MAP_DELETE = 3;

export function holdsSockets(map: MapSpec): boolean {
  return map.type === 'sockmap' || map.type === 'sockhash';
}

/** What an argument that is a map's value must be with this map. */
export function argumentWith(map: MapSpec | null, helper: number, arg: HelperArg): HelperArg {
  if (map === null || arg.type !== 'mapValue') return arg;
  // A Bloom filter is asked about the value, which another map would fill in.
  if (map.type === 'bloom_filter' && helper === MAP_PEEK) return { ...arg, uninit: false, write: false };
  if (!holdsSockets(map)) return arg;
  if (arg.uninit || arg.write || arg.orNull) reject('invalid arg_type for sockmap/sockhash');
  return { ...arg, type: 'btfIdSockCommon' };
}

/** Whether the helper takes a map of this type at all. */
export function checkMapFits({ program }: Env, map: MapSpec, helper: number): void {
  if (holdsSockets(map) && (helper === MAP_UPDATE || helper === MAP_DELETE)) {
    if (mayUpdateSockets(program.type, program.attachType, helper === MAP_DELETE)) return;
    reject('cannot update sockmap in this context', mapHelperMessage(map.type, helper));
  }
  if (!mapFitsHelper(map.type, helper)) reject(mapHelperMessage(map.type, helper));
}
