/** What the verifier asks of a map. Sources: kernel/bpf/arraymap.c, syscall.c and verifier.c, v6.18. */
import type { MapSpec } from '../program/program.ts';

/** BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG of include/uapi/linux/bpf.h. */
const RDONLY_PROG = 1 << 7;
const WRONLY_PROG = 1 << 8;

export function programMayRead(map: MapSpec): boolean {
  return (map.flags & WRONLY_PROG) === 0;
}

/** Frozen constants (.rodata) are made read-only for programs by every loader. */
export function programMayWrite(map: MapSpec): boolean {
  return (map.flags & RDONLY_PROG) === 0 && !isConstant(map);
}

/** Contents that can never change: read as constants. Mirrors `bpf_map_is_rdonly`. */
export function isConstant(map: MapSpec): boolean {
  return map.frozen && map.initial !== null;
}

/** Whether instructions may hold addresses inside the map's value. Mirrors `array_map_direct_value_addr`. */
export function hasDirectValue(map: MapSpec): boolean {
  return map.type === 'array';
}

/** Little-endian number of `size` bytes in a constant map. */
export function constantAt(map: MapSpec, off: number, size: number, signed: boolean): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(map.initial?.[off + i] ?? 0);
  return BigInt.asUintN(64, signed ? BigInt.asIntN(8 * size, value) : value);
}
