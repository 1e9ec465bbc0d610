import { summarize } from './dissect.ts';
import type { Event, HookEvent } from './event.ts';
import { LINKTYPE } from './linkTypes.ts';

/** One line that says what an event is: addresses and ports of a packet; hook and task otherwise. */
export function summaryOf(event: Event): string {
  if (event.kind === 'packet') return summarize(event.data, event.linkType === LINKTYPE.ethernet ? 'ethernet' : 'ip');
  return hookSummary(event);
}

/** "kprobe:do_sys_openat2 · cat (135)". */
function hookSummary({ recorded: { hook, comm, tgid, tid } }: HookEvent): string {
  const ids = tgid === null ? '' : tid === tgid ? ` (${tgid})` : ` (${tgid}, thread ${tid})`;
  const task = `${comm ?? ''}${ids}`.trim();
  return [hook ?? 'hook', task].filter(Boolean).join(' · ');
}
