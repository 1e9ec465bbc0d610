/**
 * Conversions as by assignment: of what is stored, passed, returned or put into a new variable. Source: C11 6.5.16.1;
 * the words are those of clang's `Sema::DiagnoseAssignmentResult` (v19).
 */
import { type ProblemNote, reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { type ConversionHint, hintFor } from './assignHints.ts';
import type { Checker } from './checker.ts';
import { compatibleUnqualified } from './compatible.ts';
import { unqualified, unsignedOf } from './conversions.ts';
import { convertTo, isNullConstant, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import {
  asEnum,
  asFunction,
  asPointer,
  integerOf,
  isArithmetic,
  isInteger,
  isVoid,
  plainType,
  qualifiersOf,
} from './typeQueries.ts';
import { forgetAddress } from './warnPacked.ts';
import { warnAboutOtherEnum } from './warnEnum.ts';
import { warnAboutConstant } from './warnConversion.ts';

/** What the value is converted for, and where clang points to. */
export interface AssignContext {
  readonly kind: 'assigning' | 'passing' | 'returning' | 'initializing';
  readonly at: Range;
  /** Where the parameter is declared that a value is passed to. */
  readonly notes?: readonly ProblemNote[];
}

/** The value in the target's type; null after an error was reported (or the value is one). */
export function assignTo(c: Checker, type: CType, written: Expr, context: AssignContext): Expr | null {
  const value = valueOf(c, written);
  if (value.kind === 'error') return null;
  forgetAddress(c, type, written);
  const to = plainType(type);
  const problem = problemOf(to, value);
  if (problem !== null) report(c, problem, type, written, context);
  if (problem === 'incompatible' || problem === 'addressSpace') return null;
  if (to.kind === 'record') return value;
  if (problem === null && isInteger(to)) warnAboutConstant(c, type, value);
  if (problem === null && to.kind === 'enum') warnAboutOtherEnum(c, type, value);
  const converted = convertTo(c, value, unqualified(type));
  return converted.kind === 'error' ? null : converted;
}

type AssignProblem =
  | 'incompatible'
  | 'addressSpace'
  | 'pointerToInt'
  | 'intToPointer'
  | 'pointers'
  | 'functionPointers'
  | 'sign'
  | 'plainChar'
  | 'qualifiers'
  | 'nestedQualifiers';

function problemOf(to: ReturnType<typeof plainType>, value: Expr): AssignProblem | null {
  const from = plainType(value.type);
  if (to.kind === 'record') return to === from ? null : 'incompatible';
  if (to.kind === 'pointer') {
    if (from.kind === 'pointer') return isNullConstant(value) ? null : pointerProblem(to.to, from.to);
    if (!isInteger(from)) return 'incompatible';
    return isNullConstant(value) ? null : 'intToPointer';
  }
  if (!isArithmetic(to)) return 'incompatible';
  if (from.kind === 'pointer') return to.kind === 'bool' ? null : isInteger(to) ? 'pointerToInt' : 'incompatible';
  return isArithmetic(from) ? null : 'incompatible';
}

/** Of what two pointers point to. */
function pointerProblem(to: CType, from: CType): AssignProblem | null {
  const [have, given] = [qualifiersOf(to), qualifiersOf(from)];
  if (have.addressSpace !== given.addressSpace) return 'addressSpace';
  const lost = (given.const && !have.const) || (given.volatile && !have.volatile);
  const qualifiers = lost ? 'qualifiers' : null;
  if (isVoid(to) || isVoid(from) || compatibleUnqualified(to, from)) return qualifiers;
  if (sameButSign(to, from)) return qualifiers ?? signProblem(to, from);
  if (asFunction(to) !== null && asFunction(from) !== null) return 'functionPointers';
  return sameButNestedQualifiers(to, from) ? 'nestedQualifiers' : 'pointers';
}

function sameButSign(to: CType, from: CType): boolean {
  if ([to, from].some((type) => asEnum(type)?.underlying.signed === false)) return false;
  const [one, other] = [integerOf(to), integerOf(from)];
  if (one === null || other === null || plainType(to).kind === 'bool' || plainType(from).kind === 'bool') return false;
  return unsignedOf(one).name === unsignedOf(other).name;
}

function signProblem(to: CType, from: CType): AssignProblem {
  const plainChar = integerOf(to)?.name === 'char' || integerOf(from)?.name === 'char';
  return plainChar ? 'plainChar' : 'sign';
}

function sameButNestedQualifiers(to: CType, from: CType): boolean {
  const [one, other] = [asPointer(to)?.to, asPointer(from)?.to];
  if (one === undefined || other === undefined) return false;
  return compatibleUnqualified(one, other) || sameButNestedQualifiers(one, other);
}

type Phrase = (to: string, from: string) => string;

const FROM: Readonly<Record<AssignContext['kind'], Phrase>> = {
  assigning: (to, from) => `assigning to ${to} from ${from}`,
  passing: (to, from) => `passing ${from} to parameter of type ${to}`,
  returning: (to, from) => `returning ${from} from a function with result type ${to}`,
  initializing: (to, from) => `initializing ${to} with an expression of type ${from}`,
};

const INCOMPATIBLE: Readonly<Record<AssignContext['kind'], Phrase>> = {
  assigning: (to, from) => `assigning to ${to} from incompatible type ${from}`,
  passing: (to, from) => `passing ${from} to parameter of incompatible type ${to}`,
  returning: (to, from) => `returning ${from} from a function with incompatible result type ${to}`,
  initializing: (to, from) => `initializing ${to} with an expression of incompatible type ${from}`,
};

const ADDRESS_SPACE: Readonly<Record<AssignContext['kind'], Phrase>> = {
  assigning: (to, from) => `assigning ${from} to ${to} changes address space of pointer`,
  passing: (to, from) => `passing ${from} to parameter of type ${to} changes address space of pointer`,
  returning: (to, from) => `returning ${from} from a function with result type ${to} changes address space of pointer`,
  initializing: (to, from) => `initializing ${to} with an expression of type ${from} changes address space of pointer`,
};

const SIGN = 'converts between pointers to integer types';

function report(c: Checker, problem: AssignProblem, type: CType, written: Expr, context: AssignContext): void {
  const names = [quoteType(type), quoteType(written.type)] as const;
  const usual = FROM[context.kind](...names);
  const { at, notes = [] } = context;
  const hint = hintFor(unqualified(type), written);
  const more = { notes, fix: hint?.fix ?? null };
  const hinted = hint === null ? '' : HINTS[hint.kind];
  switch (problem) {
    case 'incompatible':
      return reportError(c.problems, 'c-type', at, INCOMPATIBLE[context.kind](...names) + hinted, more);
    case 'addressSpace':
      return reportError(c.problems, 'c-type', at, ADDRESS_SPACE[context.kind](...names), { notes });
    case 'pointerToInt':
      return reportError(
        c.problems,
        'int-conversion',
        at,
        `incompatible pointer to integer conversion ${usual}${hinted}`,
        more,
      );
    case 'intToPointer':
      return reportError(
        c.problems,
        'int-conversion',
        at,
        `incompatible integer to pointer conversion ${usual}${hinted}`,
        more,
      );
    case 'functionPointers':
      return reportError(
        c.problems,
        'incompatible-function-pointer-types',
        at,
        `incompatible function pointer types ${usual}`,
        more,
      );
    case 'pointers':
      return reportWarning(
        c.problems,
        'incompatible-pointer-types',
        at,
        `incompatible pointer types ${usual}${hinted}`,
        more,
      );
    case 'sign':
      return reportWarning(c.problems, 'pointer-sign', at, `${usual} ${SIGN} with different sign`, { notes });
    case 'plainChar':
      return reportWarning(
        c.problems,
        'pointer-sign',
        at,
        `${usual} ${SIGN} where one is of the unique plain 'char' type and the other is not`,
        { notes },
      );
    case 'qualifiers':
      return reportWarning(
        c.problems,
        'incompatible-pointer-types-discards-qualifiers',
        at,
        `${usual} discards qualifiers`,
        { notes },
      );
    case 'nestedQualifiers':
      return reportWarning(
        c.problems,
        'incompatible-pointer-types-discards-qualifiers',
        at,
        `${usual} discards qualifiers in nested pointer types`,
        { notes },
      );
  }
}

const HINTS: Readonly<Record<ConversionHint['kind'], string>> = {
  dereference: '; dereference with *',
  takeAddress: '; take the address with &',
  removeDereference: '; remove *',
  removeAddress: '; remove &',
};
