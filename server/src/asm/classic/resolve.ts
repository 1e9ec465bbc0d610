import { CLASSIC_LIMITS, type ClassicInsn } from '../../isa/classic.ts';
import { shorten } from '../assembler/cursor.ts';
import type { Reference } from '../assembler/syntax.ts';
import { reportError, suggest, type Unit } from '../assembler/unit.ts';
import { numberOf } from './number.ts';
import type { ClassicText, JumpUse, Label, Statement } from './parsed.ts';

export interface Resolved {
  /** By statement; null where the text or a jump in it is wrong. */
  readonly insns: readonly (ClassicInsn | null)[];
  readonly references: readonly Reference[];
}

interface Scope {
  readonly unit: Unit;
  /** Index of an instruction by label and by the number in front of it. */
  readonly places: ReadonlyMap<string, number>;
  readonly labels: ReadonlyMap<string, number>;
  /** Where no instruction has a number, numbers count from 0. */
  readonly numbered: boolean;
  readonly count: number;
  readonly references: Reference[];
}

/** Fills in where jumps go. */
export function resolveJumps(unit: Unit, { statements, labels }: ClassicText): Resolved {
  const scope: Scope = {
    unit,
    places: collectPlaces(unit, statements, labels),
    labels: firstOf(labels),
    numbered: statements.some(({ number }) => number !== null),
    count: statements.length,
    references: [],
  };
  const insns = statements.map((statement, index) => resolve(scope, statement, index));
  return { insns, references: scope.references };
}

function firstOf(labels: readonly Label[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, { name }] of labels.entries()) if (!found.has(name)) found.set(name, index);
  return found;
}

function collectPlaces(unit: Unit, statements: readonly Statement[], labels: readonly Label[]): Map<string, number> {
  const places = new Map<string, number>();
  const declare = (name: string, at: number, span: Statement['span']): void => {
    if (!places.has(name)) places.set(name, at);
    else reportError(unit, 'duplicate-name', span, `${shorten(name)} stands before two instructions.`);
  };
  for (const { name, at, span } of labels) declare(name, at, span);
  for (const [index, { number, span }] of statements.entries())
    if (number !== null) declare(String(number), index, span);
  return places;
}

function resolve(scope: Scope, { insn, jumps }: Statement, index: number): ClassicInsn | null {
  if (insn === null) return null;
  const distances: { jt?: number; jf?: number; k?: number } = {};
  for (const jump of jumps) {
    const distance = distanceOf(scope, jump, index);
    if (distance === null) return null;
    distances[jump.field] = distance;
  }
  return { ...insn, ...distances };
}

function distanceOf(scope: Scope, jump: JumpUse, index: number): number | null {
  const { unit } = scope;
  const target = targetOf(scope, jump);
  if (target === null) return null;
  const distance = target - index - 1;
  if (jump.field === 'k') return distance >>> 0;
  if (distance < 0) {
    reportError(unit, 'backward-jump', jump.span, 'Comparisons jump only forward, to instructions further down.');
    return null;
  }
  if (distance <= CLASSIC_LIMITS.distance) return distance;
  const message = `The place is ${distance} instructions away; a comparison reaches ${CLASSIC_LIMITS.distance}, ja any distance.`;
  reportError(unit, 'value-out-of-range', jump.span, message);
  return null;
}

function targetOf(scope: Scope, { name, span }: JumpUse): number | null {
  const { unit, places, labels, numbered, count, references } = scope;
  const number = numberOf(name) ?? (/^\d{1,9}$/.test(name) ? Number(name) : null);
  if (number === null) references.push({ name, span, definition: labels.get(name) ?? null });
  const target = number === null ? places.get(name) : numbered ? places.get(String(number)) : within(number, count);
  if (target !== undefined) return target;
  const message =
    number === null
      ? `There is no label ${shorten(name)}${suggest(unit, name, labels.keys())}`
      : `There is no instruction ${number} in this filter.`;
  reportError(unit, 'unknown-label', span, message);
  return null;
}

function within(number: number, count: number): number | undefined {
  return number < count ? number : undefined;
}
