import type { VariableLocation } from '../machine.ts';
import type { Code } from './code.ts';
import type { Emitted } from './emit.ts';

/** Where variables are at each slot. */
export function locationsOf(_code: Code, _emitted: Emitted): VariableLocation[] {
  return [];
}
