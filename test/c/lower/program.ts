/** C text through preprocessor, parser, checker and lowering. */
import { expect } from 'vitest';
import { check } from '../../../server/src/c/check/check.ts';
import type { IrModule } from '../../../server/src/c/ir/ir.ts';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { runFunction } from '../../../server/src/c/ir/run.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { lower } from '../../../server/src/c/lower/lower.ts';
import { parse } from '../../../server/src/c/parse/parse.ts';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';
import { newProblems } from '../../../server/src/c/problem.ts';

/** Throws what is wrong with the text. */
export function lowered(text: string): IrModule {
  const { tokens, places } = preprocess({
    path: 'test.c',
    text,
    includes: () => null,
    options: { cpu: 3, defines: [] },
  });
  const problems = newProblems();
  const { unit } = parse(tokens, places, problems);
  const checked = check(unit, places, problems);
  const module = problems.errors === 0 ? lower(checked, problems)?.module : null;
  if (!module || problems.errors > 0) throw new Error(messagesOf(problems));
  for (const fn of module.functions.values()) expect(wellFormed(fn), fn.name).toEqual([]);
  return module;
}

function messagesOf({ list }: ReturnType<typeof newProblems>): string {
  return list
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message)
    .join('; ');
}

/** What `f` gives for its argument. */
export function checkResults(text: string, results: readonly (readonly [arg: bigint, result: bigint])[]): void {
  const module = lowered(text);
  const given = results.map(([arg]) => [arg, resultOf(module, arg)] as const);
  expect(given).toEqual(results);
}

function resultOf(module: IrModule, arg: bigint): bigint | string {
  const { outcome, value } = runFunction(module, 'f', [BigInt.asUintN(64, arg)]);
  return outcome === 'returned' ? BigInt.asIntN(64, value) : outcome;
}

/** The functions and data of the text; indentation does not matter. */
export function checkText(text: string, expected: string): void {
  expect(trimmed(printModule(lowered(text)))).toBe(trimmed(expected));
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
