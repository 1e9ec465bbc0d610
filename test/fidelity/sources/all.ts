import type { Judged } from '../judged.ts';
import type { FidelityOptions } from '../options.ts';
import { openWorkshop } from '../workshop.ts';
import { ownPrograms } from './ownPrograms.ts';
import { realPrograms } from './realPrograms.ts';
import { selftests } from './selftests.ts';
import { CannotAsk, type Source } from './source.ts';
import { tables } from './tables.ts';

export const SOURCES: readonly Source[] = [ownPrograms, selftests, tables, realPrograms];

/** The programs of the wanted sources with the running kernel's verdicts, by source. */
export async function collect(options: FidelityOptions): Promise<Map<string, Judged[]>> {
  const workshop = openWorkshop(options);
  const known = SOURCES.map(({ name }) => name);
  const strange = options.sources.find((name) => !known.includes(name));
  if (strange !== undefined) throw new CannotAsk(`no source ${strange}; there are ${known.join(', ')}`);
  const collected = new Map<string, Judged[]>();
  for (const source of SOURCES) {
    if (options.sources.length > 0 && !options.sources.includes(source.name)) continue;
    console.log(`${source.name}: asking the kernel …`);
    collected.set(source.name, await source.collect(workshop));
  }
  return collected;
}
