import type { Diagnostic, Fix, Related, Severity } from '../../base/diagnostic.ts';
import { lineSpan, type SourceText, type Span } from '../../base/source.ts';

/**
 * Diagnostics from what clang wrote to standard error with the options of `clangArguments`. Places are turned into spans
 * of the main file; what is in an included file is told at its `#include`. `sources` gives the texts of files by path.
 */
export function readDiagnostics(
  output: string,
  main: SourceText,
  sources: (path: string) => SourceText | null,
): Diagnostic[] {
  const textOf = (path: string): SourceText | null => (samePath(path, main.path) ? main : sources(path));
  const found: Diagnostic[] = [];
  let included: Span | null = null;
  for (const line of output.split('\n').slice(0, MOST_LINES)) {
    const fix = FIX.exec(line);
    if (fix !== null) addFix(found, fix, main);
    const from = INCLUDED.exec(line);
    if (from !== null && samePath(from[1] ?? '', main.path)) included = lineSpan(main, Number(from[2]) - 1);
    const message = MESSAGE.exec(line);
    if (message === null) continue;
    if (message[5] === 'note') addNote(found, message, main, textOf);
    else found.push(diagnosticOf(message, main, textOf, included));
    included = null;
  }
  return found;
}

const MOST_LINES = 10_000;
/** path, line, column, ranges, severity, text. */
const MESSAGE = /^(.+?):(\d+):(\d+):((?:\{[\d:-]+\})*:?) ?(fatal error|error|warning|note|remark): (.*)$/;
const INCLUDED = /^(?:In file included| {17}) from (.+?):(\d+)[,:]$/;
/** path, lines and columns, text. */
const FIX = /^fix-it:"(.*)":\{(\d+):(\d+)-(\d+):(\d+)\}:"(.*)"$/;

const SEVERITIES: Readonly<Record<string, Severity>> = {
  'fatal error': 'error', error: 'error', warning: 'warning', remark: 'information',
}; // prettier-ignore

type Texts = (path: string) => SourceText | null;

function diagnosticOf(match: RegExpExecArray, main: SourceText, textOf: Texts, included: Span | null): Diagnostic {
  const [, path = '', , , , severity = 'error', message = ''] = match;
  const span = spanOf(match, textOf(path));
  const inMain = samePath(path, main.path);
  const there = inMain || span === null ? [] : [{ path, span, message }];
  return {
    code: 'clang-message',
    severity: SEVERITIES[severity] ?? 'error',
    message,
    span: inMain ? span : included,
    related: there,
    fix: null,
  };
}

function addNote(found: Diagnostic[], match: RegExpExecArray, main: SourceText, textOf: Texts): void {
  const last = found.at(-1);
  const [, path = '', , , , , message = ''] = match;
  const span = spanOf(match, textOf(path));
  if (last === undefined || span === null) return;
  const note: Related = { path: samePath(path, main.path) ? null : path, span, message };
  found[found.length - 1] = { ...last, related: [...last.related, note] };
}

/** The range that begins at the place where there is one; otherwise the word there. */
function spanOf(match: RegExpExecArray, source: SourceText | null): Span | null {
  if (source === null) return null;
  const [, , line, column, ranges = ''] = match;
  const start = offsetOf(source, Number(line), Number(column));
  const [, endLine, endColumn] = new RegExp(`\\{${line}:${column}-(\\d+):(\\d+)\\}`).exec(ranges) ?? [];
  if (endLine !== undefined)
    return { start, end: Math.max(start + 1, offsetOf(source, Number(endLine), Number(endColumn))) };
  const word = /^[\p{L}\p{N}_$]+/u.exec(source.text.slice(start, start + LONGEST_WORD));
  return { start, end: start + (word?.[0].length ?? 1) };
}

const LONGEST_WORD = 200;

/** clang counts columns in bytes of UTF-8. */
function offsetOf(source: SourceText, line: number, column: number): number {
  const { start, end } = lineSpan(source, line - 1);
  let bytes = column - 1;
  let at = start;
  for (const character of source.text.slice(start, end)) {
    if (bytes <= 0) break;
    bytes -= new TextEncoder().encode(character).length;
    at += character.length;
  }
  return at;
}

/** Edits of one message become one fix of it. */
function addFix(found: Diagnostic[], match: RegExpExecArray, main: SourceText): void {
  const last = found.at(-1);
  const [, path = '', line, column, endLine, endColumn, quoted = ''] = match;
  if (last === undefined || !samePath(path, main.path)) return;
  const text = quoted.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  const span = {
    start: offsetOf(main, Number(line), Number(column)),
    end: offsetOf(main, Number(endLine), Number(endColumn)),
  };
  const edits = [...(last.fix?.edits ?? []), { span, text }];
  const fix: Fix = { title: titleOf(edits, main), edits };
  found[found.length - 1] = { ...last, fix };
}

function titleOf(edits: Fix['edits'], main: SourceText): string {
  const [edit] = edits;
  if (edit === undefined || edits.length > 1) return 'apply what clang proposes';
  const old = main.text.slice(edit.span.start, edit.span.end);
  if (old === '') return `insert '${edit.text}'`;
  return edit.text === '' ? `remove '${old}'` : `replace '${old}' with '${edit.text}'`;
}

/** clang puts `./` before files that it found beside the main one. */
function samePath(a: string, b: string): boolean {
  return a.replace(/^\.\//, '') === b.replace(/^\.\//, '');
}
