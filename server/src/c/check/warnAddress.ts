/** Addresses that are never null, and indices that are outside. Mirrors clang's DiagnoseAlwaysNonNullPointer and CheckArrayAccess (SemaChecking.cpp, v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { CompareOp, Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { writtenText } from './found.ts';
import { printType } from './printType.ts';
import { INT, asArray } from './typeQueries.ts';
import { forgetAddress } from './warnPacked.ts';

/** `if (array)`: `written` is what stands there, before it became a pointer. */
export function warnAboutTruth(c: Checker, written: Expr): void {
  forgetAddress(c, INT, written);
  const what = neverNull(c, written);
  if (what === null || c.unevaluated || written.start >= FIRST_EXPANSION) return;
  const isFunction = written.kind === 'function';
  const notes = isFunction
    ? [{ at: what.at, message: 'prefix with the address-of operator to silence this warning' }]
    : [];
  const message = `address of ${what.name} will always evaluate to 'true'`;
  reportWarning(c.problems, 'pointer-bool-conversion', what.at, message, { notes });
}

/** `array == NULL`. */
export function warnAboutNull(c: Checker, op: CompareOp, written: Expr): void {
  const what = neverNull(c, written);
  if (what === null || c.unevaluated || written.start >= FIRST_EXPANSION) return;
  const name = what.name.startsWith("'") ? `address of ${what.name}` : what.name;
  const [relation, outcome] = op === 'eq' ? ['equal', 'false'] : ['not equal', 'true'];
  const message = `comparison of ${name} ${relation} to a null pointer is always ${outcome}`;
  reportWarning(c.problems, 'tautological-pointer-compare', what.at, message);
}

interface Named {
  readonly name: string;
  readonly at: Range;
}

/** Weak symbols may be null: that is what they are for. */
function neverNull(c: Checker, written: Expr): Named | null {
  const { start, end } = written;
  if (written.kind === 'addressOf') return addressed(c, written.object);
  if (written.kind === 'function')
    return written.symbol.linkage === 'weak' ? null : { name: `function '${written.symbol.name}'`, at: { start, end } };
  if (asArray(written.type) === null) return null;
  if (written.kind === 'member') return memberArray(c, written);
  if (written.kind !== 'variable') return null;
  const { variable } = written;
  if (variable.kind === 'global' && variable.linkage === 'weak') return null;
  return { name: `array '${variable.name}'`, at: { start, end } };
}

/** Named as it is written. */
function memberArray(c: Checker, member: Expr): Named | null {
  const text = writtenText(c, member);
  const start = member.caret ?? member.start;
  return text === null ? null : { name: `array '${text}'`, at: { start, end: member.end } };
}

function addressed(c: Checker, object: Expr): Named | null {
  if (object.kind === 'function') return neverNull(c, object);
  if (object.kind === 'member') return addressedMember(c, object);
  if (object.kind !== 'variable') return null;
  const { variable, start, end } = object;
  if (variable.kind === 'global' && (variable.linkage === 'weak' || variable.external)) return null;
  return { name: `'${variable.name}'`, at: { start, end } };
}

/** Brackets around it would be told, too. */
function addressedMember(c: Checker, member: Extract<Expr, { kind: 'member' }>): Named | null {
  const text = member.start === member.record.start ? writtenText(c, member) : null;
  if (text === null) return null;
  return { name: `'${text}'`, at: { start: member.caret ?? member.start, end: member.end } };
}

/** A known index into an array of known length; arrays at the end of a record may go on behind it. */
export function warnAboutIndex(c: Checker, array: Expr, index: Expr, addressed: boolean): void {
  const length = asArray(array.type)?.length ?? null;
  const value =
    length === null || c.unevaluated || c.dead || array.start >= FIRST_EXPANSION ? null : evaluateInt(index, true);
  if (length === null || value === null || isLastMember(array)) return;
  const limit = BigInt(length) + (addressed ? 1n : 0n);
  if (value >= 0n && value < limit) return;
  const type = `(that has type '${printType(array.type)}')`;
  const message =
    value < 0n
      ? `array index ${value} is before the beginning of the array`
      : `array index ${value} is past the end of the array ${type}`;
  const name = array.kind === 'variable' ? array.variable : array.kind === 'member' ? array.member : null;
  const at = name?.declaredAt ?? null;
  reportWarning(c.problems, 'array-bounds', array, message, {
    notes: name === null || at === null ? [] : [{ at, message: `array '${name.name}' declared here` }],
  });
}

function isLastMember(array: Expr): boolean {
  if (array.kind === 'element') return isLastMember(array.array);
  if (array.kind !== 'member') return array.kind !== 'variable';
  return array.owner.union || array.owner.layout?.members.at(-1) === array.member;
}
