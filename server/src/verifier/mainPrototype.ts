/** What the log says of the program's own function, before it is walked. Mirrors `do_check_common`, v6.18. */
import type { Env } from './env.ts';
import { readArguments } from './globalFunctions.ts';
import { say } from './log.ts';
import { Rejection, Unsupported } from './rejection.ts';

/** Its type is read as that of any global function; where it will not do, that is told and nothing follows from it. */
export function sayMainPrototype(env: Env): void {
  const [main] = env.subprogs;
  if (env.log.level === 0 || main === undefined || main.typeId === 0 || env.program.type === 'ext') return;
  if (env.program.subprogs[0]?.global !== true) return;
  try {
    readArguments(env, main);
  } catch (error) {
    if (error instanceof Rejection) for (const line of error.lines) say(env.log, `${line}\n`);
    else if (!(error instanceof Unsupported)) throw error;
  }
}
