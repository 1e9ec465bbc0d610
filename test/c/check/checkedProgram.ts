import { check } from '../../../server/src/c/check/check.ts';
import type { Includes } from '../../../server/src/c/compile.ts';
import { parse } from '../../../server/src/c/parse/parse.ts';
import type { Place, Places } from '../../../server/src/c/places.ts';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';
import { applyWarningLevels, askedWarnings, levelEvents } from '../../../server/src/c/warningLevels.ts';
import { newProblems, type Problem } from '../../../server/src/c/problem.ts';
import type { CheckedUnit } from '../../../server/src/c/typed.ts';

export interface CheckedProgram {
  readonly unit: CheckedUnit;
  readonly places: Places;
  readonly problems: readonly Problem[];
}

/** A text through the front end. */
export function checkedProgram(text: string, includes: Includes = () => null, path = 'main.c'): CheckedProgram {
  const { tokens, places, problems: first } = preprocess({ path, text, includes, options: { cpu: 3, defines: [] } });
  const levels = levelEvents(tokens);
  const problems = newProblems(askedWarnings(levels));
  const { unit: syntax } = parse(tokens, places, problems);
  const unit = check(syntax, places, problems);
  applyWarningLevels(problems, tokens, levels);
  return { unit, places, problems: [...first, ...problems.list] };
}

/** One line for each problem and each of its notes, as clang prints them with -fno-caret-diagnostics. */
export function problemLines({ problems, places }: CheckedProgram): string[] {
  return problems.flatMap(({ at, severity, message, code, notes }) => [
    `${positionOf(at.start, places)}: ${severity}: ${message}${CLANG_GROUP.test(code) ? ` [-W${code}]` : ''}`,
    ...notes.map((note) => `${positionOf(note.at.start, places)}: note: ${note.message}`),
  ]);
}

/** Other codes are our own names for errors, for which clang has no option. */
const CLANG_GROUP = /^(?!c-|syntax|unsupported-c|static-assertion-failed|declaration-|literal-|redefinition)/;

function positionOf(place: Place, places: Places): string {
  const at = places.written(place);
  if (at === null) return 'nowhere';
  const before = at.file.text.slice(0, at.offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
