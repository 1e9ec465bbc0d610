import { lineAt } from '../program/program.ts';
import type { RunSession } from '../run/session.ts';
import type { StoppedPlace } from './protocol.ts';

/** Where a stopped run was, for the user: event, program, instruction and line of the source. */
export function stoppedPlace({ stopped, programs }: RunSession): StoppedPlace | null {
  if (stopped === null) return null;
  const { event, program: name, trap } = stopped;
  const program = programs.find((one) => one.name === name);
  const pc = trap?.pc ?? null;
  const line = program === undefined || pc === null ? null : lineAt(program, pc);
  const place = { event, program: name, pc, path: line?.path ?? null, line: line?.line ?? 0 };
  // The view counts events from 1.
  const shown = (event + 1).toLocaleString('en-US');
  if (trap === null) return { ...place, message: `Stopped before event ${shown}; the results are of those before it.` };
  const where =
    pc === null ? '' : ` at instruction ${pc}${line === null ? '' : ` (${fileOf(line.path)} line ${line.line})`}`;
  const loop = trap.message.replace(/^was stopped by the user/, '');
  return {
    ...place,
    message: `Stopped in event ${shown}: ${name} was${where}${loop}. The results are of the events before it.`,
  };
}

function fileOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
