import type { Program } from '../program/program.ts';
import { profile } from '../run/profile.ts';
import type { RunSummary } from '../run/result.ts';
import type { RunSession } from '../run/session.ts';
import type { RunCounts } from './protocol.ts';

/** Lines of a report. */
const MOST_LINES = 100;

/** What the instructions of a run were spent on; null where nobody counted them. */
export function runCounts({ coverage }: RunSession, insns: RunSummary['insns']): RunCounts | null {
  if (coverage === null || insns === null) return null;
  const lines = profile(coverage)
    .slice(0, MOST_LINES)
    .map(({ program, pc, path, line, insns: taken, hits }) => {
      return { program: program.name, pc, path, line: line ?? 0, insns: taken, hits };
    });
  const { total, least, most, mostIndex } = insns;
  return {
    insns: total,
    leastPerEvent: least,
    mostPerEvent: most,
    mostEvent: mostIndex,
    lines,
    ...covered(coverage),
  };
}

function covered(coverage: ReadonlyMap<Program, Float64Array>): { covered: number; all: number } {
  let [ran, all] = [0, 0];
  for (const [{ insns }, counts] of coverage)
    for (const [pc, { kind }] of insns.entries()) {
      if (kind === 'wideSlot') continue;
      all++;
      if ((counts[pc] ?? 0) > 0) ran++;
    }
  return { covered: ran, all };
}
