/** Variables that are read before anything was stored in them. */
import type { Statement } from '../typed.ts';
import type { Checker } from './checker.ts';

export function warnAboutUninitialised(c: Checker, body: Statement): void {
  void [c, body];
}
