/** What the statements of one function's body share. */
import type { Range } from '../places.ts';
import type { Label } from '../typed.ts';
import type { IntType } from '../types.ts';

export interface BodyState {
  /** Labels are known in the whole function (C11 6.2.1p3); `__label__` makes a scope of its own. */
  labels: LabelScope;
  /** What `break` and `continue` would leave, the innermost last. */
  readonly inside: (LoopState | SwitchState)[];
  /** How many errors there were before it: with more of them, what is unused says little. */
  readonly errors: number;
}

export interface LabelScope {
  readonly parent: LabelScope | null;
  readonly labels: Map<string, LabelState>;
}

export interface LabelState {
  readonly label: Label;
  /** Null while it was only used. */
  definedAt: Range | null;
  used: boolean;
}

export interface LoopState {
  readonly kind: 'loop';
}

export interface SwitchState {
  readonly kind: 'switch';
  /** Promoted type of the value. */
  readonly type: IntType;
  /** Of the value before it was promoted. */
  readonly narrow: IntType;
  readonly cases: { readonly first: bigint; readonly last: bigint; readonly at: Range }[];
  fallback: Range | null;
}
