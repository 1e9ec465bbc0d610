import { ABILITIES, certaintyOf, LONG_TERM, reaches } from '../../server/src/kernel/releases.ts';
import { table } from './table.mts';

/** What verifiers learned, oldest first. */
export function abilityTable(): string {
  const rows = Object.values(ABILITIES).toSorted((a, b) => (reaches(a.since, b.since) ? 1 : -1));
  return table(
    ['since', 'what the verifier is able to do'],
    rows.map(({ since, doc }) => [since, doc]),
  );
}

const MEANING = {
  exact: 'The rules are those of this kernel.',
  checked: 'The tables below, compared with this kernel on the programs of its own tests.',
  predicted: 'The tables below.',
} as const;

export function certaintyTable(): string {
  return table(
    ['Linux', 'verdicts are', 'and come from'],
    LONG_TERM.toReversed().map((kernel) => {
      const certainty = certaintyOf(kernel);
      return [kernel, certainty, MEANING[certainty]];
    }),
  );
}
