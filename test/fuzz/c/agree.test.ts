import { describe, expect, it } from 'vitest';
import { compareCompilers } from './compare.ts';
import { cProgram } from './cProgram.ts';
import { printProgram } from './tree.ts';

/** All builds of a made-up program do the same, in the kernel, too, where it can be asked; it takes all of them. */
function checkAgreement(seed: number): void {
  const { kind, difference } = compareCompilers(printProgram(cProgram(seed, 6)), false);
  expect({ kind, difference }).toEqual({ kind: 'same', difference: '' });
}

describe('every build of a made-up C program does the same', () => {
  it.each([1, 2, 5, 7, 8, 9, 10, 12])('%i', (seed) => checkAgreement(seed));
});
