/** Exit statuses; the smaller of two is not the weaker, so `worst` decides. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unsupported: 3 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Unreadable input outweighs a refusal, and a refusal outweighs something unsupported. */
const WEIGHT: Record<ExitStatus, number> = { 0: 0, 3: 1, 1: 2, 2: 3 };

export function worst(a: ExitStatus, b: ExitStatus): ExitStatus {
  return WEIGHT[a] >= WEIGHT[b] ? a : b;
}
