import { describe, expect, it } from 'vitest';
import { brokenPrograms, PROGRAM } from '../parse/tortured.ts';
import { checkedProgram } from './checkedProgram.ts';

/** Broken programs: the front end always ends and says where what is wrong. */

function checkSurvives(text: string): void {
  const { problems, places } = checkedProgram(text);
  for (const { at, message } of problems) {
    const span = places.span(at);
    expect(message.length).toBeGreaterThan(0);
    expect(span === null || (span.start >= 0 && span.end <= span.file.text.length)).toBe(true);
  }
}

describe('a program', () => {
  it('is checked without errors', () => {
    const { problems } = checkedProgram(PROGRAM);
    expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  });

  it('ends anywhere', () => {
    for (let end = 0; end < PROGRAM.length; end += 7) checkSurvives(PROGRAM.slice(0, end));
  });

  it.each([1, 2, 3])('has words left out, doubled and exchanged (seed %i)', (seed) => {
    for (const text of brokenPrograms(seed, 300)) checkSurvives(text);
  });

  it('has many static variables of one name', () => {
    checkSurvives(`int f(void) { ${'{ static int a; }'.repeat(30_000)} return 0; }`);
  });
});
