import { isWorld, parseWorldFile } from '../../server/src/run/worldFile.ts';
import type { GivenWorld } from '../../server/src/vm/given.ts';

/** The world that a file's text describes. */
export function givenWorld(text: string): GivenWorld {
  const parsed = parseWorldFile(text);
  if (!isWorld(parsed)) throw new Error(parsed.join('\n'));
  return parsed;
}
