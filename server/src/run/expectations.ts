import { sameBytes, toHex } from '../base/bytes.ts';
import type { Event } from '../events/event.ts';
import type { EventResult } from './result.ts';

/** What came out otherwise than the recording expects, in plain words; null when nothing did, or nothing is expected. */
export function unexpected({ recorded }: Event, result: EventResult): string | null {
  const expected = recorded?.expected ?? null;
  if (expected === null) return null;
  const { returnValue, trap, skipped, context, packet } = result;
  if (trap !== null || skipped !== null || returnValue === null)
    return trap === null ? 'it was not given to the program' : `the program faulted: ${trap.message}`;
  if (expected.returned !== null && Number(BigInt.asUintN(32, expected.returned)) !== returnValue)
    return `returned ${returnValue}, expected ${BigInt.asIntN(32, expected.returned)}`;
  return bytesOtherwise('context', context?.bytes, expected.context) ?? bytesOtherwise('data', packet, expected.data);
}

function bytesOtherwise(
  what: string,
  bytes: Uint8Array | null | undefined,
  expected: Uint8Array | null,
): string | null {
  if (expected === null || sameBytes(bytes ?? new Uint8Array(), expected)) return null;
  return `the ${what} is ${shown(bytes ?? new Uint8Array())}, expected ${shown(expected)}`;
}

function shown(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, 32));
  return bytes.length > 32 ? `${hex}… (${bytes.length} bytes)` : hex || 'empty';
}
