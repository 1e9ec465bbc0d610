import { BaseMap } from './baseMap.ts';
import type { MapKind } from './guestMap.ts';

/** Maps that a program may name, but whose contents belong to a running kernel: struct_ops and arenas. */
export const declaredKind: MapKind = {
  plan: () => 0,
  create: (world, spec, index) => new DeclaredMap(world, spec, index),
};

class DeclaredMap extends BaseMap {}
