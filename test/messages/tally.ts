/** Adds up comparisons: by option, and by how many errors each side has. */
import { compare, type Message } from './messages.ts';

interface Row {
  same: number;
  wrong: number;
  missed: number;
}

export interface Tally {
  /** Of texts in which neither finds an error, or where clang's are the errors: warnings by option. */
  readonly warnings: Map<string, Row>;
  readonly errors: { texts: number; equal: number; sameWords: number; missed: number; wrong: number; more: number };
}

export function newTally(): Tally {
  return { warnings: new Map(), errors: { texts: 0, equal: 0, sameWords: 0, missed: 0, wrong: 0, more: 0 } };
}

export function take(tally: Tally, ours: readonly Message[], theirs: readonly Message[]): void {
  const [mine, others] = [errorsOf(ours), errorsOf(theirs)];
  const { errors } = tally;
  errors.texts++;
  if (mine.length === others.length) errors.equal++;
  if (mine.length > 0 && compare(mine.slice(0, 1), others.slice(0, 1)).same.length === 1) errors.sameWords++;
  if (mine.length === 0 && others.length > 0) errors.missed++;
  if (mine.length > 0 && others.length === 0) errors.wrong++;
  if (others.length > 0 && mine.length >= others.length + 2) errors.more++;
  if (mine.length === 0 && others.length === 0) addWarnings(tally, ours, theirs);
}

function addWarnings({ warnings }: Tally, ours: readonly Message[], theirs: readonly Message[]): void {
  const { same, wrong, missed } = compare(ours, theirs);
  for (const [kind, list] of Object.entries({ same, wrong, missed }) as [keyof Row, readonly Message[]][])
    for (const { flag } of list) {
      const row = warnings.get(flag ?? 'none') ?? { same: 0, wrong: 0, missed: 0 };
      warnings.set(flag ?? 'none', row);
      row[kind]++;
    }
}

function errorsOf(said: readonly Message[]): Message[] {
  return said.filter(({ severity }) => severity === 'error');
}

export function tableOf({ warnings, errors }: Tally): string {
  const rows = [...warnings].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = rows.map(([flag, { same, wrong, missed }]) => `| ${flag} | ${same} | ${wrong} | ${missed} |`);
  const sum = (kind: keyof Row): number => rows.reduce((total, [, row]) => total + row[kind], 0);
  return [
    '| warning | both | ours alone | clang alone |',
    '| ------- | ---- | ---------- | ----------- |',
    ...lines,
    `| all | ${sum('same')} | ${sum('wrong')} | ${sum('missed')} |`,
    '',
    `texts ${errors.texts}: equally many errors ${errors.equal}, first error the same ${errors.sameWords}, ` +
      `missed ${errors.missed}, wrong ${errors.wrong}, two or more too many ${errors.more}`,
  ].join('\n');
}
