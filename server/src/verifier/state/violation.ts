import { boundsSane, withoutRanges } from './bounds.ts';
import type { Bounds } from './bounds.ts';

/** Bounds as the kernel goes on with them, and what it says where they were contradictory. */
export interface Checked {
  readonly bounds: Bounds;
  readonly complaint: string | null;
}

/**
 * Contradictory bounds lose their ranges. `where` names the register in the kernel's complaint. Mirrors
 * `reg_bounds_sanity_check` of kernel/bpf/verifier.c, v6.18.
 */
export function checkedBounds(where: string, b: Bounds): Checked {
  const what = boundsSane(b);
  if (what === null) return { bounds: b, complaint: null };
  const ranges = [
    `u64=[${hex64(b.umin)}, ${hex64(b.umax)}]`,
    `s64=[${hex64(b.smin)}, ${hex64(b.smax)}]`,
    `u32=[${hex32(b.u32Min)}, ${hex32(b.u32Max)}]`,
    `s32=[${hex32(b.s32Min)}, ${hex32(b.s32Max)}]`,
    `var_off=(${hex64(b.varOff.value)}, ${hex64(b.varOff.mask)})`,
  ];
  const complaint = `verifier bug: REG INVARIANTS VIOLATION (${where}): ${what} ${ranges.join(' ')}`;
  return { bounds: withoutRanges(b), complaint };
}

function hex64(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
