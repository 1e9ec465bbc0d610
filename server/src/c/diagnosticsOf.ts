import type { Diagnostic, Fix, Related } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import { FIRST_EXPANSION, type FilePlace, type Places, type Range, type SourceFile } from './places.ts';
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
  if (at === null || isMain(at.file, places)) return { code, severity, message, span, related, fix };
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
    if (isMain(outer.file, places)) return lineOf(outer);
    ({ includedAt } = outer.file);
  }
  return null;
}

function lineOf({ file, offset }: FilePlace): Span {
  const end = file.text.indexOf('\n', offset);
  return { start: offset, end: end === -1 ? file.text.length : end };
}

/** The main file is the first one; definitions of the command line and of the compiler are in files of their own. */
function isMain(file: SourceFile, places: Places): boolean {
  return file === places.files[0];
}

/** What a user would underline. Of what a macro gave, the macro's name. */
export function spanOf(range: Range, places: Places): Span | null {
  const span = places.span(range);
  return span === null ? null : { start: span.start, end: span.end };
}

function relatedOf(note: ProblemNote, places: Places): Related[] {
  const at = places.written(note.at.start);
  const span = spanOf(note.at, places);
  if (at === null || span === null) return [];
  return [{ path: isMain(at.file, places) ? null : at.file.path, span, message: note.message }];
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
  if (from === null || to === null || !isMain(from.file, places) || to.file !== from.file) return null;
  return { start: from.offset, end: to.offset };
}
