import { expect } from 'vitest';
import { parse, type ParsedUnit } from '../../../server/src/c/parse/parse.ts';
import type { Places } from '../../../server/src/c/places.ts';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';

/** Parsing for tests: trees printed short, errors marked with `^` below their line. */

export interface Parsed extends ParsedUnit {
  readonly places: Places;
}

/** Headers are system headers, so that they are read only when asked for. */
export function parseText(text: string, headers: Readonly<Record<string, string>> = {}): Parsed {
  const includes = (name: string) => {
    const found = headers[name];
    return found === undefined ? null : { path: name, text: found, system: true, folder: 0 };
  };
  const { tokens, places } = preprocess({ path: 'main.c', text, includes, options: { cpu: 3, defines: [] } });
  return { ...parse(tokens, places), places };
}

/** A node as `kind(parts)`; leaves by their text. What is null, false or empty is left out. */
export function printSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printSyntax).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const { kind, start, end, opAt, templateAt, tokens, ...rest } = value as Record<string, unknown>;
  void [start, end, opAt, templateAt, tokens];
  if ((kind === 'number' || kind === 'char') && typeof rest['text'] === 'string') return rest['text'];
  if (kind === 'identifier') return String(rest['name']);
  if (kind === undefined && Object.keys(rest).length === 1 && typeof rest['text'] === 'string') return rest['text'];
  const parts = Object.entries(rest).flatMap(([name, part]) => printPart(name, part));
  return `${typeof kind === 'string' ? kind : ''}(${parts.join(' ')})`;
}

function printPart(name: string, part: unknown): string[] {
  if (part === null || part === false) return [];
  if (Array.isArray(part) && part.length === 0) return [];
  if (part === true) return [name];
  const text = printSyntax(part);
  return text === '()' ? [] : [`${name}=${text}`];
}

/**
 * A program with a line of `^` and a message below each line that has an error. Nothing else may be reported. An error of
 * no width has one `^`.
 */
export function checkErrors(marked: string): void {
  const text = marked
    .split('\n')
    .filter((line) => !MARK.test(line))
    .join('\n');
  expect(mark(text)).toBe(marked);
}

const MARK = /^ *\^+ /;

function mark(text: string): string {
  const { problems, places } = parseText(text);
  const marks = new Map<number, string[]>();
  for (const { at, message } of problems.list) {
    const span = places.span(at);
    if (span === null) throw new Error(message);
    const before = text.slice(0, span.start).split('\n');
    const column = before.at(-1)?.length ?? 0;
    const found = `${' '.repeat(column)}${'^'.repeat(Math.max(1, span.end - span.start))} ${message}`;
    marks.set(before.length, [...(marks.get(before.length) ?? []), found]);
  }
  return text
    .split('\n')
    .flatMap((line, index) => [line, ...(marks.get(index + 1) ?? [])])
    .join('\n');
}
