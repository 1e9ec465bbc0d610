/** A `*` or `&` that would make a conversion right. Mirrors clang's ConversionFixItGenerator (v19). */
import type { ProblemFix } from '../problem.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { compatibleUnqualified } from './compatible.ts';
import { fieldBits, isLvalue, isNullConstant } from './nodes.ts';
import { asPointer, qualifiersOf } from './typeQueries.ts';

export interface ConversionHint {
  readonly kind: 'dereference' | 'takeAddress' | 'removeDereference' | 'removeAddress';
  readonly fix: ProblemFix | null;
}

export function hintFor(to: CType, written: Expr): ConversionHint | null {
  const from = asPointer(written.type);
  if (from !== null && simplySame(from.to, to)) return isNullConstant(written) ? null : withoutPointer(written);
  if (asPointer(to) === null || !isLvalue(written) || fieldBits(written) !== null) return null;
  return simplySame(pointerToType(written.type), to) ? withPointer(written) : null;
}

function pointerToType(to: CType): CType {
  return { kind: 'pointer', to };
}

/** The same type, or pointers to the same type that add qualifiers only. */
function simplySame(from: CType, to: CType): boolean {
  const [one, other] = [asPointer(from)?.to ?? null, asPointer(to)?.to ?? null];
  const [a, b] = one !== null && other !== null ? [one, other] : [from, to];
  const [have, given] = [qualifiersOf(b), qualifiersOf(a)];
  return compatibleUnqualified(a, b) && (have.const || !given.const) && (have.volatile || !given.volatile);
}

function withoutPointer(written: Expr): ConversionHint {
  const { start } = written;
  if (written.kind === 'addressOf') return { kind: 'removeAddress', fix: removal('&', start) };
  return { kind: 'dereference', fix: insertion('*', written) };
}

function withPointer(written: Expr): ConversionHint {
  if (written.kind === 'deref' && written.pointer.kind !== 'pointerAdd')
    return { kind: 'removeDereference', fix: removal('*', written.start) };
  return { kind: 'takeAddress', fix: insertion('&', written) };
}

function removal(char: string, start: number): ProblemFix {
  return { title: `Remove ${char}`, edits: [{ at: { start, end: start + 1 }, text: '' }] };
}

function insertion(char: string, written: Expr): ProblemFix {
  const { start, end } = written;
  const title = char === '&' ? 'Take the address with &' : 'Dereference with *';
  const before = { start, end: start };
  if (SIMPLE.has(written.kind)) return { title, edits: [{ at: before, text: char }] };
  const after = { start: end, end };
  return {
    title,
    edits: [
      { at: before, text: `${char}(` },
      { at: after, text: ')' },
    ],
  };
}

/** Kinds that bind tighter than a prefix operator. */
const SIMPLE: ReadonlySet<Expr['kind']> = new Set(['variable', 'element', 'member', 'call', 'load', 'convert']);
