import type { RunJob } from './run.ts';

/** What people call the events of a recording. */
export function nounOf({ recording }: RunJob): 'packet' | 'event' {
  return recording.head === null ? 'packet' : 'event';
}
