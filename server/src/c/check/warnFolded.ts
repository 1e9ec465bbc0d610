/** Arrays whose length only clang's folding knows. Mirrors SemaDecl.cpp (`tryToFixVariablyModifiedVarType`, v19). */
import { reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { asArray } from './typeQueries.ts';

/** Where an array of variable length may not stand: with static storage, as a member, with an initialiser. */
export function warnAboutFolded(c: Checker, type: CType, name: Range): void {
  for (let array = asArray(type); array !== null; array = asArray(array.of)) {
    if (array.folded !== true) continue;
    const message = 'variable length array folded to constant array as an extension';
    return reportWarning(c.problems, 'gnu-folding-constant', name, message);
  }
}
