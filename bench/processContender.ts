import { spawnSync } from 'node:child_process';
import type { Contender } from './contender.ts';

/**
 * A program outside this process, which is given how many milliseconds to measure and prints what its first run returned
 * and the nanoseconds of a run. Null when it cannot be run here; `reason` is then told why.
 */
export function processContender(
  command: string,
  args: readonly string[],
  input: string,
  reason: (text: string) => void,
): Contender | null {
  const ask = (ms: number): { first: number; ns: number } | string => {
    const { stdout, stderr, status } = spawnSync(command, [...args, String(ms)], { input, encoding: 'utf8' });
    const [first, ns] = stdout.trim().split(' ').map(Number);
    return status === 0 && first !== undefined && ns !== undefined ? { first, ns } : stderr.trim();
  };
  const tried = ask(1);
  if (typeof tried === 'string') {
    reason(tried);
    return null;
  }
  const measure = (ms: number): number => {
    const answer = ask(ms);
    if (typeof answer === 'string') throw new Error(`${command}: ${answer}`);
    return answer.ns;
  };
  return { first: tried.first, measure };
}
