import type { JsonNode } from '../base/json.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import type { EntryContext, InitialEntry } from './mapEntry.ts';

/** Maps whose slots hold things instead of bytes, and the members by which an entry says which thing. */
export const HOLDS: Readonly<Partial<Record<MapType, readonly string[]>>> = {
  prog_array: ['program'],
  array_of_maps: ['map', 'entries'],
  hash_of_maps: ['map', 'entries'],
  devmap: ['device', 'ifindex', 'program'],
  devmap_hash: ['device', 'ifindex', 'program'],
  sockmap: ['socket'],
  sockhash: ['socket'],
  reuseport_sockarray: ['socket'],
  cgroup_array: ['cgroup'],
  xskmap: ['queue'],
};

export function isHolder(type: MapType): boolean {
  return HOLDS[type] !== undefined;
}

type Held = Pick<InitialEntry, 'holds' | 'contents'>;

/** Which thing an entry names. Sockets go by their cookies, control groups by path or id. */
export function holdOf(context: EntryContext, node: JsonNode, where: string): Held {
  const { spec } = context;
  const [first, second] = HOLDS[spec.type] ?? [];
  const members = node.value.kind === 'object' ? node.value.members : new Map();
  const contents = spec.type.endsWith('_of_maps') ? (members.get('entries')?.node ?? null) : null;
  if (contents !== null) return { holds: null, contents };
  const given = [first, second].find((name) => name !== undefined && members.has(name));
  const value: JsonNode | undefined = given === undefined ? undefined : members.get(given)?.node;
  if (value === undefined || given === undefined) return wrong(context, node.at, `${where}: "${first}" is missing`);
  return { holds: FINDERS[given]?.(context, value, `${where}.${given}`) ?? null, contents: null };
}

function wrong({ problems }: EntryContext, at: number, message: string): Held {
  problems.push({ at, message });
  return { holds: null, contents: null };
}

type Finder = (context: EntryContext, node: JsonNode, where: string) => string | number | null;

const FINDERS: Readonly<Record<string, Finder>> = {
  program: (context, node, where) =>
    oneOf(context, node, where, 'program', context.object.programs.map(({ name }) => name)), // prettier-ignore
  map: (context, node, where) => oneOf(context, node, where, 'map', context.object.maps.map(({ name }) => name)), // prettier-ignore
  device: (context, node, where) => {
    const devices = context.world?.devices ?? [];
    const name = oneOf(context, node, where, 'device', devices.map((device) => device.name)); // prettier-ignore
    return devices.find((device) => device.name === name)?.ifindex ?? null;
  },
  ifindex: number,
  queue: number,
  socket: (context, node, where) => {
    const sockets = context.world?.sockets ?? [];
    const text = textOf(node);
    const index = sockets.findIndex(({ cookie }) => String(cookie) === text);
    return index < 0 ? missing(context, node, where, 'socket', sockets.map(({ cookie }) => String(cookie))) : index + 1; // prettier-ignore
  },
  cgroup: (context, node, where) => {
    const groups = context.world?.cgroups ?? [];
    const text = textOf(node);
    const index = groups.findIndex(({ id, path }) => path === text || String(id) === text);
    return index < 0 ? missing(context, node, where, 'control group', groups.map(({ path }) => path)) : index + 1; // prettier-ignore
  },
};

function textOf({ value }: JsonNode): string | null {
  return value.kind === 'string' || value.kind === 'number' ? value.text : null;
}

function number(context: EntryContext, node: JsonNode, where: string): number | null {
  const text = node.value.kind === 'number' ? node.value.text : '';
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return Number(text);
  context.problems.push({ at: node.at, message: `${where}: expected a whole number from 0 to 4294967295` });
  return null;
}

function oneOf(
  context: EntryContext,
  node: JsonNode,
  where: string,
  what: string,
  names: readonly string[],
): string | null {
  const text = textOf(node);
  return text !== null && names.includes(text) ? text : missing(context, node, where, what, names);
}

function missing(context: EntryContext, node: JsonNode, where: string, what: string, names: readonly string[]): null {
  const shown = names.length === 0 ? '; there is none' : `; there are ${names.slice(0, 20).join(', ')}`;
  context.problems.push({ at: node.at, message: `${where}: there is no ${what} ${textOf(node) ?? ''}${shown}` });
  return null;
}
