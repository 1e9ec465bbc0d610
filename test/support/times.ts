/**
 * How often a test with random input tries: `count` times, which is what every change is checked with, or TEST_TIMES as
 * often, for a long search by hand.
 */
export function times(count: number): number {
  return count * Number(process.env['TEST_TIMES'] ?? 1);
}
