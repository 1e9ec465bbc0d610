import type { GivenCgroup } from './given.ts';
import type { World } from './world.ts';

/** The root of the hierarchy, which every machine has. */
const ROOT: GivenCgroup = { id: 1n, path: '/', classId: 0 };

export function cgroupOf({ given }: World, id: bigint): GivenCgroup | null {
  return given.cgroups.find((cgroup) => cgroup.id === id) ?? (id === ROOT.id ? ROOT : null);
}

/** Id of an ancestor: level 0 is the root, a cgroup's own level is its depth. 0 when there is none, or nobody knows. */
export function ancestorId(world: World, id: bigint, level: number): bigint {
  const parts = partsOf(cgroupOf(world, id));
  if (parts === null || level < 0 || level > parts.length) return 0n;
  if (level === parts.length) return id;
  const path = `/${parts.slice(0, level).join('/')}`;
  const known = world.given.cgroups.find((cgroup) => partsOf(cgroup)?.join('/') === path.slice(1));
  return known?.id ?? (level === 0 ? ROOT.id : 0n);
}

/** Whether a cgroup lies below another, or is it. */
export function isUnder(world: World, id: bigint, above: GivenCgroup): boolean {
  const parts = partsOf(cgroupOf(world, id));
  const prefix = partsOf(above) ?? [];
  return parts !== null && prefix.every((part, i) => parts[i] === part);
}

function partsOf(cgroup: GivenCgroup | null): string[] | null {
  return cgroup === null ? null : cgroup.path.split('/').filter(Boolean);
}
