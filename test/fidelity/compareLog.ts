/** The verifier's log beside the kernel's, line by line. */

export interface LogDifference {
  /** Of the lines that are compared, from 1. */
  readonly line: number;
  readonly kernel: string;
  readonly ours: string;
}

/** Closing statistics: time and memory are the machine's; what was processed is compared as a number. */
const CLOSING = /^(verification time |stack depth |processed \d+ insns )/;

/** Addresses of maps and variables, which no two runs share, move the column behind them. */
const WIDE_LOAD = /\(18\) r\d+ = 0x/;
const ADDRESS = /\b0xffff[0-9a-f]{12}\b/;

/** Where two logs begin to differ; null where they are the same. */
export function firstDifference(kernel: string, ours: string): LogDifference | null {
  const theirs = comparedLines(kernel);
  const mine = comparedLines(ours);
  for (let i = 0; i < Math.max(theirs.length, mine.length); i++)
    if (theirs[i] !== mine[i]) return { line: i + 1, kernel: theirs[i] ?? '(end)', ours: mine[i] ?? '(end)' };
  return null;
}

/** Lines of source text are told from what the compiler left, which is not part of the verifier's work. */
export function comparedLines(log: string): string[] {
  return log
    .replaceAll(/(?<!\n)verification time /g, '\nverification time ')
    .split('\n')
    .map((line) => (WIDE_LOAD.test(line) ? line.replace(ADDRESS, '0x0').replace(/ +;/, ' ;') : line).trimEnd())
    .filter((line) => line !== '' && !line.startsWith('; ') && !CLOSING.test(line));
}
