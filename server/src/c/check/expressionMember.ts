/** `a.b` and `p->b`. Source: C11 6.5.2.3; clang's EmitLValueForField for what CO-RE relocates (v19). */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { Member, RecordType } from '../types.ts';
import type { Checker } from './checker.ts';
import { missing } from './conversions.ts';
import { closest } from './didYouMean.ts';
import { checkExpr } from './expression.ts';
import { foundAfter } from './found.ts';
import { memberNames, memberPath } from './layout.ts';
import { errorExpr, isLvalue, valueOf } from './nodes.ts';
import { forwardNotes } from './incomplete.ts';
import { quoteType } from './printType.ts';
import { asPointer, asRecord, qualifiersOf, qualify, isUnknown } from './typeQueries.ts';

type MemberSyntax = Extract<ExprSyntax, { kind: 'member' }>;

export function checkMember(c: Checker, syntax: MemberSyntax): Expr {
  const base = checkExpr(c, syntax.base);
  if (base.kind === 'error' || isUnknown(base.type)) return errorExpr(syntax);
  const whole = syntax.arrow ? behindArrow(c, base, syntax) : beforeDot(c, base, syntax);
  const record = whole === null ? null : asRecord(whole.type);
  if (whole === null || record === null) return errorExpr(syntax);
  return memberNamed(c, whole, record, syntax);
}

/** Where `.` or `->` stands. */
function operatorAt(c: Checker, syntax: MemberSyntax): Range {
  return foundAfter(c, syntax.base.end, syntax.arrow ? '->' : '.');
}

function behindArrow(c: Checker, base: Expr, syntax: MemberSyntax): Expr | null {
  if (asRecord(base.type) !== null) return otherOperator(c, base, syntax, '.');
  const pointer = valueOf(c, base);
  const to = asPointer(pointer.type)?.to;
  if (to === undefined) {
    if (pointer.kind !== 'error')
      reportError(c.problems, 'c-type', syntax.name, `member reference type ${quoteType(base.type)} is not a pointer`);
    return null;
  }
  if (asRecord(to) === null) return noRecord(c, to, syntax);
  const { start, end } = syntax.base;
  return { kind: 'deref', pointer, type: to, start, end };
}

function beforeDot(c: Checker, base: Expr, syntax: MemberSyntax): Expr | null {
  if (asRecord(base.type) !== null) return isLvalue(base) ? base : valueOf(c, base);
  const to = asPointer(base.type)?.to;
  if (to !== undefined && asRecord(to) !== null) return otherOperator(c, base, syntax, '->');
  return noRecord(c, base.type, syntax);
}

function noRecord(c: Checker, type: Expr['type'], syntax: MemberSyntax): null {
  const message = `member reference base type ${quoteType(type)} is not a structure or union`;
  reportError(c.problems, 'c-type', operatorAt(c, syntax), message);
  return null;
}

/** Says which operator was meant, and goes on as if it stood there. */
function otherOperator(c: Checker, base: Expr, syntax: MemberSyntax, right: '.' | '->'): Expr | null {
  const is = right === '.' ? 'is not a pointer' : 'is a pointer';
  const message = `member reference type ${quoteType(base.type)} ${is}; did you mean to use '${right}'?`;
  const at = operatorAt(c, syntax);
  reportError(c.problems, 'c-type', at, message, {
    fix: { title: `Change to ${right}`, edits: [{ at, text: right }] },
  });
  if (right === '.') return base;
  const to = asPointer(base.type)?.to;
  const { start, end } = syntax.base;
  return to === undefined ? null : { kind: 'deref', pointer: valueOf(c, base), type: to, start, end };
}

function memberNamed(c: Checker, whole: Expr, record: RecordType, syntax: MemberSyntax): Expr {
  if (record.layout === null) return incomplete(c, record, syntax);
  const path = memberPath(record, syntax.name.text);
  if (path === null) return noMember(c, whole, record, syntax);
  return accessPath(c, whole, path, syntax);
}

function incomplete(c: Checker, record: RecordType, syntax: MemberSyntax): Expr {
  if (c.problems.skipped.has(record.tag)) return errorExpr(syntax);
  const message = `incomplete definition of type ${quoteType(record)}`;
  reportError(c.problems, 'c-type', operatorAt(c, syntax), message, { notes: forwardNotes(record) });
  return errorExpr(syntax);
}

function noMember(c: Checker, whole: Expr, record: RecordType, syntax: MemberSyntax): Expr {
  const { text } = syntax.name;
  if (c.problems.skipped.has(text)) return errorExpr(syntax);
  const message = `no member named '${text}' in ${quoteType(record)}`;
  const better = closest(text, memberNames(record));
  const path = better === null ? null : memberPath(record, better);
  if (better === null || path === null) {
    reportError(c.problems, 'c-undeclared', syntax.name, message);
    return errorExpr(syntax);
  }
  const at = path.at(-1)?.declaredAt ?? null;
  reportError(c.problems, 'c-undeclared', syntax.name, `${message}; did you mean '${better}'?`, {
    notes: at === null ? [] : [{ at, message: `'${better}' declared here` }],
    fix: { title: `Change to '${better}'`, edits: [{ at: syntax.name, text: better }] },
  });
  return accessPath(c, whole, path, syntax);
}

/** Goes through anonymous records down to the member. */
export function accessPath(c: Checker, whole: Expr, path: readonly Member[], at: Range): Expr {
  let expr = whole;
  for (const member of path) {
    const owner = asRecord(expr.type);
    if (owner === null) return errorExpr(at);
    expr = memberOf(c, expr, owner, member, at);
  }
  return expr;
}

function memberOf(c: Checker, record: Expr, owner: RecordType, member: Member, { start, end }: Range): Expr {
  const type = isLvalue(record) ? qualify(member.type, missing(member.type, qualifiersOf(record.type))) : member.type;
  const preserve = !c.unevaluated && isLvalue(record) && (c.preserve || owner.preserveAccessIndex);
  return { kind: 'member', record, owner, member, preserve, type, start, end };
}
