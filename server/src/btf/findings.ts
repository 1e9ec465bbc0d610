import { type Diagnostic, warningAt } from '../base/diagnostic.ts';

/** Collects findings up to a limit, so that damaged input does not yield a million of them. */
export interface Findings {
  add(diagnostic: Diagnostic): void;
  all(): readonly Diagnostic[];
}

/** `subject` names what is read, for the closing note about findings that were too many to keep. */
export function collectFindings(subject: string, limit = 50): Findings {
  const kept: Diagnostic[] = [];
  let dropped = 0;
  return {
    add(diagnostic) {
      if (kept.length < limit) kept.push(diagnostic);
      else dropped++;
    },
    all() {
      if (dropped === 0) return kept;
      return [
        ...kept,
        warningAt('more-findings', null, `${subject} has ${dropped} more such faults, which are not listed`),
      ];
    },
  };
}
