import { profile, type ProfileEntry } from '../run/profile.ts';
import type { RunSummary } from '../run/result.ts';
import { insnTitle } from './checkText.ts';
import { placeOf } from './place.ts';
import type { RunJob } from './run.ts';
import { columns, counted, grouped, type Style } from './style.ts';

/** Lines that a person is shown. */
const MOST_LINES = 20;

/** Instructions by source line, for people: the lines that took most come first. */
export function profileText(job: RunJob, { insns }: RunSummary, style: Style): string {
  if (!job.profile || insns === null) return '';
  const entries = profile(job.session.coverage ?? new Map());
  const total = totalOf(entries);
  const rows = entries.slice(0, MOST_LINES).map((entry) => {
    const { path, line, text } = rowPlace(entry, job);
    return [`${((100 * entry.insns) / total).toFixed(1)} %`, grouped(entry.insns), `${path}:${line}`, text];
  });
  const about =
    `${counted(insns.total, 'instruction')}; a packet took ${grouped(insns.least)} to ${grouped(insns.most)}, ` +
    `packet ${insns.mostIndex} the most`;
  const lines = columns(rows, [0, 1]).map((row) => `  ${row}\n`);
  const more = entries.length > MOST_LINES ? `  … ${counted(entries.length - MOST_LINES, 'more line')}\n` : '';
  return `\n${style.bold('Profile')}  ${style.dim(about)}\n${lines.join('')}${more}`;
}

/** The same for programs, complete. */
export function profileJson(job: RunJob, { insns }: RunSummary): object | null {
  if (!job.profile || insns === null) return null;
  const entries = profile(job.session.coverage ?? new Map());
  const total = totalOf(entries);
  const lines = entries.map((entry) => {
    const { program, subprog, pc, path, line, hits } = entry;
    const share = Math.round((entry.insns / total) * 1e6) / 1e6;
    return { program: program.name, function: subprog, path, line, pc, insns: entry.insns, hits, share };
  });
  const { least, most, mostIndex } = insns;
  return { insns: insns.total, leastPerEvent: least, mostPerEvent: most, mostEvent: mostIndex, lines };
}

function totalOf(entries: readonly ProfileEntry[]): number {
  return entries.reduce((sum, { insns }) => sum + insns, 0);
}

function rowPlace({ program, pc }: ProfileEntry, { input }: RunJob): { path: string; line: number; text: string } {
  const place = placeOf(program, pc, input.source);
  if (place === null) return { path: program.name, line: pc, text: insnTitle(program, pc) };
  return { path: place.path, line: place.line, text: (place.text ?? insnTitle(program, pc)).trim() };
}
