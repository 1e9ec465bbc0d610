import type { Stop } from '../debugger/moves.ts';
import type { ReplaySession } from '../debugger/session.ts';

/** The `stopped` event's words for a stop. VS Code opens the disassembly by itself at an `instruction breakpoint`. */
export function stopBody(stop: Stop, replay: ReplaySession): object {
  const verdict = replay.describeVerdict();
  const event = `event ${replay.event + 1}/${replay.eventCount}`;
  const where = verdict === '' ? event : `${event} · ${verdict}`;
  switch (stop.kind) {
    case 'breakpoint': {
      const [kind] = stop.kinds.includes('source') ? ['source' as const] : stop.kinds;
      const reason = kind === 'function' || kind === 'instruction' ? `${kind} breakpoint` : 'breakpoint';
      return { reason, description: `breakpoint, ${where}`, hitBreakpointIds: stop.ids };
    }
    case 'trap':
      return { reason: 'exception', description: `fault in ${event}`, text: stop.trap.message };
    case 'end':
      return { reason: 'step', description: `end of recording, ${where}` };
    case 'start':
      return { reason: 'step', description: `start of recording, ${where}` };
    case 'event':
      return { reason: 'step', description: where };
    case 'entry':
    case 'step':
    case 'pause':
      return { reason: stop.kind, description: where };
  }
}
