import { returnValueName } from '../kernel/returnValues.ts';
import type { Program } from './program.ts';

/** The name of what a program returned: `XDP_PASS`; null where it has none. */
export function verdictName({ type, attachType, classic }: Program, value: number): string | null {
  // A filter returns how many bytes of the packet to keep.
  if (classic !== undefined) return value === 0 ? 'drop' : 'accept';
  return returnValueName(type, attachType, value);
}
