import { describe, expect, it } from 'vitest';
import { parseText, printSyntax } from './parsing.ts';
import { PROGRAM, brokenPrograms } from './tortured.ts';

/** Broken programs: the parser always ends, within the text, with at least one error for what cannot be C. */

function checkSurvives(text: string): void {
  const { unit, problems, places } = parseText(text);
  printSyntax(unit.externals);
  for (const { at } of problems.list) {
    const span = places.span(at);
    expect(span === null || (span.start >= 0 && span.end <= span.file.text.length)).toBe(true);
  }
}

describe('a program', () => {
  it('is read without errors', () => {
    expect(parseText(PROGRAM).problems.list.map(({ message }) => message)).toEqual([]);
  });

  it('ends anywhere', () => {
    for (let end = 0; end < PROGRAM.length; end += 3) checkSurvives(PROGRAM.slice(0, end));
  });

  it.each([1, 2, 3, 4])('has words left out, doubled and exchanged (seed %i)', (seed) => {
    for (const text of brokenPrograms(seed, 400)) checkSurvives(text);
  });

  it.each([
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ';',
    ',',
    '*',
    'struct',
    'enum {',
    '= {',
    '__attribute__((',
    'T x',
    '({',
    ': ',
  ])('is many times %s', (text) => {
    const from = performance.now();
    checkSurvives(`int f(void) { ${`${text} `.repeat(20_000)}`);
    checkSurvives(`${text} `.repeat(20_000));
    expect(performance.now() - from).toBeLessThan(5000);
  });
});
