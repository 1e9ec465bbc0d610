/**
 * Addresses of members that `packed` has moved off their alignment. Mirrors RefersToMemberWithReducedAlignment and
 * DiscardMisalignedMemberAddress of clang's SemaChecking.cpp (v19).
 */
import { reportWarning } from '../problem.ts';
import type { Place, Range } from '../places.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { alignOf } from './layout.ts';
import { asPointer, isIncomplete, isInteger } from './typeQueries.ts';

/** Told when it is known that nothing converts it to a pointer that may be so. */
export interface Misaligned {
  readonly at: Range;
  readonly member: string;
  readonly owner: string;
  /** What a pointer to it may ask for; 0 where no conversion helps: inside of a builtin. */
  readonly alignBytes: number;
}

type MemberExpr = Extract<Expr, { kind: 'member' }>;

/** `&object`. */
export function noteAddress(c: Checker, object: Expr): void {
  if (object.kind !== 'member') return;
  const chain = chainOf(object);
  const culprit = chain.find(({ member, owner }) => isPacked({ member, owner }));
  const top = chain.at(-1)!;
  const base = baseAlignment(top.record);
  const wanted = alignOf(object.type);
  if (culprit === undefined || base === null || wanted === 1) return;
  const offset = chain.reduce((sum, { member }) => sum + member.offsetBits / 8, 0);
  const whole = Math.max(top.owner.layout?.alignBytes ?? 1, base);
  if (offset % wanted === 0 && whole >= wanted) return;
  const { member, owner } = culprit;
  const alignBytes = Math.min(alignOf(member.type), owner.layout?.alignBytes ?? 1);
  const at = { start: startOf(object), end: object.end };
  const name = member.name || object.member.name;
  c.misaligned.set(at.start, { at, member: name, owner: ownerName(culprit), alignBytes: c.preserve ? 0 : alignBytes });
}

/** Without brackets around it. */
function startOf(object: MemberExpr): Place {
  return chainOf(object).at(-1)!.record.start;
}

/** Members from the last one to the first. */
function chainOf(object: MemberExpr): MemberExpr[] {
  const chain: MemberExpr[] = [];
  for (let at: Expr = object; at.kind === 'member'; at = at.record) chain.push(at);
  return chain;
}

function isPacked({ member, owner }: Pick<MemberExpr, 'member' | 'owner'>): boolean {
  return owner.layout?.packed === true || member.packed === true;
}

/** Of a variable, or of what a variable points to (0: nothing beyond its type); null for all else. */
function baseAlignment(base: Expr): number | null {
  if (base.kind === 'variable') return base.variable.alignBytes;
  if (base.kind !== 'deref' || base.start !== base.pointer.start) return null;
  const { pointer } = base;
  const named = pointer.kind === 'load' ? pointer.object : pointer.kind === 'decay' ? pointer.array : null;
  return named?.kind === 'variable' ? 0 : null;
}

/** A struct without a tag is called as its typedef is. */
function ownerName({ owner, record }: MemberExpr): string {
  if (owner.tag !== '') return owner.tag;
  let at: CType = record.type;
  while (at.kind === 'qualified') at = at.type;
  return at.kind === 'typedef' ? at.name : '';
}

/** The address becomes a number, or a pointer that asks for no more than there is. */
export function forgetAddress(c: Checker, type: CType, written: Expr): void {
  if (c.misaligned.size === 0 || written.kind !== 'addressOf' || written.object.kind !== 'member') return;
  const start = startOf(written.object);
  const known = c.misaligned.get(start);
  const to = asPointer(type)?.to;
  if (known === undefined || (to === undefined && !isInteger(type))) return;
  if (known.alignBytes === 0) return;
  if (to === undefined || isIncomplete(to) || alignOf(to) <= known.alignBytes) c.misaligned.delete(start);
}

export function warnAboutMisaligned(c: Checker): void {
  for (const { at, member, owner } of c.misaligned.values()) {
    const message = `taking address of packed member '${member}' of class or structure '${owner}' may result in an unaligned pointer value`;
    reportWarning(c.problems, 'address-of-packed-member', at, message);
  }
  c.misaligned.clear();
}
