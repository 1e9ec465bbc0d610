import type { Span } from '../../base/source.ts';
import { macroAt } from '../../c/preprocess/macroFacts.ts';
import type { CFile } from './cFile.ts';
import { describedAt, wordAt } from './hover.ts';

export interface CPlace {
  /** As the workspace calls it; our own headers have paths of their own. */
  readonly path: string;
  readonly text: string;
  readonly span: Span;
}

/** Where what stands at an offset is defined: in the file or in a header; of an `#include` the file. */
export function cDefinitionAt(file: CFile, offset: number): CPlace | null {
  const { places, preprocessed } = file.result;
  const inclusion = preprocessed.inclusions.find(({ at }) => at.start <= offset && offset <= at.end);
  if (inclusion !== undefined) {
    const included = places.files.find(
      ({ includedAt }) =>
        includedAt !== null && includedAt >= inclusion.at.start - 200 && includedAt <= inclusion.at.end,
    );
    return included === undefined ? null : { path: included.path, text: included.text, span: { start: 0, end: 0 } };
  }
  const macro = macroAt(preprocessed, offset)?.definedAt ?? null;
  if (macro !== null)
    return { path: macro.file.path, text: macro.file.text, span: { start: macro.start, end: macro.end } };
  const word = wordAt(file.source.text, offset);
  const declaredAt = word === null ? null : (describedAt(file, offset, word)?.declaredAt ?? null);
  const span = declaredAt === null ? null : places.span(declaredAt);
  return span === null
    ? null
    : { path: span.file.path, text: span.file.text, span: { start: span.start, end: span.end } };
}

/** All places in the main file where the name at an offset is used for the same thing. */
export function cOccurrencesAt(file: CFile, offset: number): Span[] {
  const word = wordAt(file.source.text, offset);
  const target = word === null ? null : (describedAt(file, offset, word)?.declaredAt ?? null);
  if (word === null || target === null) return [];
  const name = file.source.text.slice(word.start, word.end);
  const found: Span[] = [];
  for (const { index } of file.source.text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
    const span = { start: index, end: index + name.length };
    if (describedAt(file, index, span)?.declaredAt?.start === target.start) found.push(span);
    if (found.length > 2000) break;
  }
  return found;
}
