import type { Diagnostic, Fix, Related } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import { FIRST_EXPANSION, type FilePlace, type Place, type Places, type Range } from './places.ts';
import type { Problem, ProblemFix, ProblemNote } from './problem.ts';

/**
 * The problems as the main file's reader sees them. A warning about a system header is none; an error in an included
 * file stands at the `#include` that leads there.
 */
export function diagnosticsOf(problems: readonly Problem[], places: Places): Diagnostic[] {
  return problems.flatMap((problem) => diagnosticOf(problem, places) ?? []);
}

function diagnosticOf(problem: Problem, places: Places): Diagnostic | null {
  const { code, severity, message } = problem;
  const at = places.written(problem.at.start);
  if (at !== null && at.file.system && severity !== 'error') return null;
  const span = spanOf(problem.at, places);
  const related = [...problem.notes.flatMap((note) => relatedOf(note, places)), ...macroNotes(problem, places)];
  const fix = fixOf(problem.fix, places);
  if (at === null || at.file.includedAt === null) return { code, severity, message, span, related, fix };
  const there = span === null ? [] : [{ path: at.file.path, span, message }];
  const include = includeOf(at, places);
  return { code, severity, message, span: include, related: [...there, ...related], fix: null };
}

/** The line in the main file through which a file came in. */
function includeOf(at: FilePlace, places: Places): Span | null {
  let { includedAt } = at.file;
  for (let depth = 0; includedAt !== null && depth < 300; depth++) {
    const outer = places.written(includedAt);
    if (outer === null) return null;
    if (outer.file.includedAt === null) return lineOf(outer);
    ({ includedAt } = outer.file);
  }
  return null;
}

function lineOf({ file, offset }: FilePlace): Span {
  const end = file.text.indexOf('\n', offset);
  return { start: offset, end: end === -1 ? file.text.length : end };
}

/** What a user would underline. Of what a macro gave, the macro's name. */
export function spanOf(range: Range, places: Places): Span | null {
  const start = places.written(range.start);
  if (start === null) return null;
  const end = endOf(range.end, places);
  if (end === null || end.file !== start.file || end.offset <= start.offset)
    return { start: start.offset, end: start.offset + macroLength(range.start, places) };
  return { start: start.offset, end: end.offset };
}

function endOf(place: Place, places: Places): FilePlace | null {
  const end = places.written(place);
  return end === null ? null : { file: end.file, offset: end.offset + macroLength(place, places) };
}

/** Of the name of the outermost macro; 0 for what stands in a file. */
function macroLength(place: Place, places: Places): number {
  return place < FIRST_EXPANSION ? 0 : (places.macros(place).at(-1)?.name.length ?? 0);
}

function relatedOf(note: ProblemNote, places: Places): Related[] {
  const at = places.written(note.at.start);
  const span = spanOf(note.at, places);
  if (at === null || span === null) return [];
  return [{ path: at.file.includedAt === null ? null : at.file.path, span, message: note.message }];
}

/** As clang does, where the macros of an error's place are defined. */
function macroNotes(problem: Problem, places: Places): Related[] {
  return places
    .macros(problem.at.start)
    .slice(0, MOST_MACROS)
    .flatMap(({ name, definedAt }) =>
      relatedOf(
        { at: { start: definedAt, end: definedAt + name.length }, message: `expanded from macro '${name}'` },
        places,
      ),
    );
}

const MOST_MACROS = 6;

/** Edits are made only where the user wrote the text in the main file. */
function fixOf(fix: ProblemFix | null, places: Places): Fix | null {
  if (fix === null) return null;
  const edits = fix.edits.map(({ at, text }) => ({ span: plainSpan(at, places), text }));
  const plain = edits.flatMap(({ span, text }) => (span === null ? [] : [{ span, text }]));
  return plain.length === edits.length ? { title: fix.title, edits: plain } : null;
}

function plainSpan({ start, end }: Range, places: Places): Span | null {
  if (start >= FIRST_EXPANSION || end >= FIRST_EXPANSION) return null;
  const from = places.written(start);
  const to = places.written(end);
  if (from === null || to === null || from.file.includedAt !== null || to.file !== from.file) return null;
  return { start: from.offset, end: to.offset };
}
