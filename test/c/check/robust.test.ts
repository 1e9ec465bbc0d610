import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../support/random.ts';
import { checkedProgram } from './checkedProgram.ts';

/** Programs with pieces missing, doubled and exchanged: there are findings, never exceptions or endless work. */

const TOKEN = /\w+|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=!<>]=|\.\.\.|\s+|./gs;

const programs = ['diagnostics.txt', 'declarations.txt'].flatMap((file) =>
  readFileSync(path.join(import.meta.dirname, file), 'utf8')
    .split(/^={3}\n/m)
    .map((block) => block.split(/^--.*\n/m)[0] ?? ''),
);

function mutated(text: string, next: (below: number) => number): string {
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token);
  for (let changes = 1 + next(4); changes > 0; changes--) {
    const at = next(tokens.length);
    const other = tokens[next(tokens.length)] ?? '';
    const kind = next(4);
    if (kind === 0) tokens.splice(at, 1);
    else if (kind === 1) tokens.splice(at, 0, other);
    else if (kind === 2) tokens[at] = other;
    else tokens.splice(at, 0, ...tokens.slice(at, at + next(6)));
  }
  return tokens.join('');
}

describe('mutated programs', () => {
  it.each([1, 2, 3, 4])('seed %i', { timeout: 60_000 }, (seed) => {
    const next = randomNumbers(seed);
    let found = 0;
    for (let i = 0; i < 500; i++) {
      const text = mutated(programs[next(programs.length)]! + programs[next(programs.length)]!, next);
      try {
        found += checkedProgram(text).problems.length;
      } catch (error) {
        throw new Error(`thrown for:\n${text}`, { cause: error });
      }
    }
    expect(found).toBeGreaterThan(500);
  });
});
