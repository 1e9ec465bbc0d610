import { expect } from 'vitest';
import type { IrFunction, IrModule } from '../../../server/src/c/ir/ir.ts';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { printFunction } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';

/** The first function of the text becomes what is expected; indentation does not matter. */
export function checkPass(pass: (fn: IrFunction, module: IrModule) => unknown, text: string, expected: string): void {
  const module = parseModule(text);
  const fn = [...module.functions.values()].find(({ blocks }) => blocks.length > 0);
  if (!fn) throw new RangeError('no function in the text');
  pass(fn, module);
  expect(wellFormed(fn)).toEqual([]);
  expect(bodyOf(printFunction(fn))).toBe(bodyOf(expected));
}

function bodyOf(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}' && !line.startsWith('function '))
    .join('\n');
}
