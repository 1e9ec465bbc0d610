import type { Event } from '../events/event.ts';
import type { EventResult, RunSummary } from '../run/result.ts';
import type { RunEnd, RunJob } from './run.ts';
import { jsonReport } from './runJson.ts';
import { textReport } from './runText.ts';
import type { World } from './world.ts';

/** Turns results into output as they come. */
export interface RunReport {
  readonly begin: () => string;
  /** Takes what it needs from the result, which is gone with the next event. */
  readonly event: (result: EventResult, event: Event) => void;
  /** What can be written by now. */
  readonly take: () => string;
  readonly end: (summary: RunSummary, end: RunEnd) => string;
  /** There were traps, and all of them because something is not modelled. */
  readonly onlyUnsupportedTraps: () => boolean;
}

export function runReport(format: string, job: RunJob, world: World): RunReport {
  return format === 'text' ? textReport(job, world) : jsonReport(job, format === 'jsonl');
}
