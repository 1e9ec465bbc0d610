import type { MapType } from '../../kernel/mapTypes.ts';
import { arrayKind, percpuArrayKind } from './array.ts';
import type { MapKind } from './guestMap.ts';

/** How each supported map type is made; a type that is missing here is unsupported. */
export const MAP_KINDS: Readonly<Partial<Record<MapType, MapKind>>> = {
  array: arrayKind,
  percpu_array: percpuArrayKind,
};
