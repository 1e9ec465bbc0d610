/** Lists in braces, and values that stand for whole aggregates without them. Source: C11 6.7.9p17 to p22. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { InitItemSyntax, InitListSyntax } from '../syntax.ts';
import type { Expr, InitEntry } from '../typed.ts';
import type { CType, Member } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import { checkExpr } from './expression.ts';
import { type Filling, constantValue } from './initializer.ts';
import { type DesignatorStep, stepsOf } from './initializerDesignator.ts';
import { stringEntry, stringFor } from './initializerString.ts';
import { sizeOf } from './layout.ts';
import { valueOf } from './nodes.ts';
import { asArray, asRecord } from './typeQueries.ts';
import { warnAboutField } from './warnConversion.ts';

/** How far a list has been read. */
interface Cursor {
  readonly items: readonly InitItemSyntax[];
  at: number;
  /** The item whose designators have been followed already. */
  followed: number;
  /** The value of an item that has been checked already. */
  checked: { readonly at: number; readonly expr: Expr } | null;
  /** Of an array without a length: one more than the highest index. */
  longest: number;
}

/** Initialisers nest as deep as brackets may. */
const DEEPEST = 256;
/** No array of a BPF program has more elements that differ. */
const MOST_COPIES = 1 << 20;

/** An object from a list of its own; gives the number of elements when it is an array. */
export function fillBraced(
  filling: Filling,
  type: CType,
  offset: number,
  list: InitListSyntax,
  field: Member | null,
  outermost: boolean,
): number | null {
  const cursor: Cursor = { items: list.items, at: 0, followed: -1, checked: null, longest: 0 };
  const [first] = list.items;
  if (first !== undefined && asArray(type) !== null && isText(type, first))
    return bracedString(filling, type, offset, list);
  if (asArray(type) === null && asRecord(type) === null) {
    fillScalar(filling, type, offset, list, field, outermost);
    return null;
  }
  fillAggregate(filling, type, offset, 0, cursor, true, 0);
  return asArray(type) === null ? null : cursor.longest;
}

function isText(type: CType, item: InitItemSyntax): boolean {
  return item.designators.length === 0 && item.value.kind !== 'initList' && stringFor(type, item.value) !== null;
}

function bracedString(filling: Filling, type: CType, offset: number, list: InitListSyntax): number {
  const [first, extra] = list.items;
  if (extra !== undefined) excess(filling, 'char array', extra.value);
  return first === undefined || first.value.kind === 'initList' ? 0 : stringEntry(filling, type, offset, first.value);
}

/** `{ 1 }` for a scalar. */
function fillScalar(
  filling: Filling,
  type: CType,
  offset: number,
  list: InitListSyntax,
  field: Member | null,
  outermost: boolean,
): void {
  const [first, extra] = list.items;
  if (first === undefined) return;
  if (first.designators.length > 0) {
    reportError(filling.c.problems, 'c-initializer', first, 'designator in initializer for scalar type');
    return;
  }
  if (!outermost) warnAboutBraces(filling, list);
  if (extra !== undefined) excess(filling, 'scalar', extra.value);
  if (first.value.kind !== 'initList') return store(filling, type, offset, checkExpr(filling.c, first.value), field);
  const message = 'too many braces around scalar initializer';
  reportWarning(filling.c.problems, 'many-braces-around-scalar-init', first.value, message);
  if (first.value.items[0]?.value.kind !== 'initList') fillScalar(filling, type, offset, first.value, field, true);
}

function warnAboutBraces(filling: Filling, list: InitListSyntax): void {
  reportWarning(filling.c.problems, 'braced-scalar-init', list, 'braces around scalar initializer');
}

function excess(filling: Filling, what: string, at: Range): void {
  reportWarning(filling.c.problems, 'excess-initializers', at, `excess elements in ${what} initializer`);
}

/** One value into a scalar, a bit-field or a record. */
function store(filling: Filling, type: CType, offset: number, written: Expr, field: Member | null): void {
  const { c } = filling;
  const at = { start: written.start, end: written.end };
  const converted = assignTo(c, type, written, { kind: 'initializing', at });
  if (converted === null) return;
  const bits = field?.bits ?? null;
  if (bits !== null) warnAboutField(c, type, bits, valueOf(c, written), at);
  const value = filling.constant ? constantValue(c, converted, at) : converted;
  const bitField = field === null || bits === null ? null : { offsetBits: field.offsetBits, bits };
  filling.entries.push({ offsetBytes: offset, bitField, type, value });
}

interface Part {
  readonly type: CType;
  readonly offset: number;
  /** Null unless it is a bit-field; its offset counts from the record's. */
  readonly field: Member | null;
  /** The only member of its record. */
  readonly alone?: boolean;
}

/** What a list goes through: elements, or members that have a name or hold some. */
function partCount(type: CType): number {
  const array = asArray(type);
  if (array !== null) return array.length ?? Infinity;
  const record = asRecord(type);
  const members = membersOf(type);
  return record?.union === true ? Math.min(1, members.length) : members.length;
}

function membersOf(type: CType): readonly Member[] {
  return (asRecord(type)?.layout?.members ?? []).filter(({ name, bits }) => name !== '' || bits === null);
}

function partAt(type: CType, offset: number, index: number): Part | null {
  const array = asArray(type);
  if (array !== null) return { type: array.of, offset: offset + index * (sizeOf(array.of) ?? 0), field: null };
  const member = membersOf(type)[index];
  if (member === undefined) return null;
  if (member.bits !== null) return { type: member.type, offset, field: member };
  const alone = membersOf(type).length === 1;
  return { type: member.type, offset: offset + member.offsetBits / 8, field: null, alone };
}

/** Takes items for parts from `start` on, until the list or the aggregate ends, or a designator leads elsewhere. */
function fillAggregate(
  filling: Filling,
  type: CType,
  offset: number,
  start: number,
  cursor: Cursor,
  isBraced: boolean,
  depth: number,
): void {
  const count = partCount(type);
  let index = start;
  while (cursor.at < cursor.items.length) {
    const item = cursor.items[cursor.at];
    if (item === undefined) return;
    if (item.designators.length > 0 && cursor.followed !== cursor.at) {
      if (!isBraced) return;
      index = followDesignators(filling, type, offset, item, cursor, depth) ?? index;
    } else if (index < count) {
      fillPart(filling, type, offset, index, cursor, depth);
      index++;
    } else if (isBraced) skipExcess(filling, type, cursor);
    else return;
    if (isBraced && Number.isFinite(index)) cursor.longest = Math.max(cursor.longest, index);
    if (!isBraced && index >= count) return;
  }
}

function skipExcess(filling: Filling, type: CType, cursor: Cursor): void {
  const item = cursor.items[cursor.at];
  const record = asRecord(type);
  const what = record === null ? 'array' : record.union ? 'union' : 'struct';
  if (item !== undefined) excess(filling, what, item.value);
  while (cursor.at < cursor.items.length && cursor.items[cursor.at]?.designators.length === 0) cursor.at++;
}

function fillPart(filling: Filling, type: CType, offset: number, index: number, cursor: Cursor, depth: number): void {
  const part = partAt(type, offset, index);
  if (part === null) cursor.at++;
  else {
    chooseMember(filling, type, offset, index);
    fillObject(filling, part, cursor, depth);
  }
}

/** The next item of the list, or as many as the object takes. */
function fillObject(filling: Filling, part: Part, cursor: Cursor, depth: number): void {
  const item = cursor.items[cursor.at];
  if (item === undefined) return;
  const { value } = item;
  if (value.kind === 'initList') {
    cursor.at++;
    forgetEarlier(filling, part, value);
    fillNested(filling, part, value);
    return;
  }
  if (stringFor(part.type, value) !== null) {
    cursor.at++;
    forgetEarlier(filling, part, value);
    stringEntry(filling, part.type, part.offset, value);
    return;
  }
  const expr = cursor.checked?.at === cursor.at ? cursor.checked.expr : checkExpr(filling.c, value);
  cursor.checked = { at: cursor.at, expr };
  const isAggregate = asArray(part.type) !== null || asRecord(part.type) !== null;
  const takesMore = isAggregate && expr.kind !== 'error' && !isWhole(part.type, expr) && partCount(part.type) > 0;
  if (takesMore && depth < DEEPEST) {
    warnAboutFlexible(filling, part, value);
    warnAboutMissingBraces(filling, part, cursor.items, value);
    fillAggregate(filling, part.type, part.offset, 0, cursor, false, depth + 1);
    return;
  }
  cursor.at++;
  if (expr.kind === 'error') return;
  forgetEarlier(filling, part, value);
  if (expr.kind === 'compoundLiteral' && filling.constant && isAggregate) spliceLiteral(filling, part, expr);
  else store(filling, part.type, part.offset, expr, part.field);
}

/** `{ 0 }` and the only member of a struct are written without. Mirrors clang's CheckImplicitInitList (v19). */
function warnAboutMissingBraces(filling: Filling, part: Part, items: Cursor['items'], at: Range): void {
  const [first, second] = items;
  const lone = second === undefined && first?.value.kind === 'number' ? first.value.text : '';
  if (part.alone === true || /^0[xXbB0uUlL]*$/.test(lone)) return;
  const message = 'suggest braces around initialization of subobject';
  reportWarning(filling.c.problems, 'missing-braces', at, message);
}

/** A value of the record's own type fills it as a whole. */
function isWhole(type: CType, expr: Expr): boolean {
  const record = asRecord(type);
  if (record !== null) return record === asRecord(expr.type);
  return expr.kind === 'compoundLiteral' && asArray(expr.type) !== null;
}

function spliceLiteral(filling: Filling, part: Part, literal: Expr & { kind: 'compoundLiteral' }): void {
  const { init } = literal;
  if (init.kind !== 'entries') return store(filling, part.type, part.offset, literal, part.field);
  const moved = init.entries.map((entry) => ({ ...entry, offsetBytes: entry.offsetBytes + part.offset }));
  filling.entries.push(...moved);
  if (literal.variable.kind !== 'global') return;
  filling.c.variables.delete(literal.variable.name);
  filling.c.used.delete(literal.variable);
}

function fillNested(filling: Filling, part: Part, list: InitListSyntax): void {
  warnAboutFlexible(filling, part, list);
  fillBraced(filling, part.type, part.offset, list, part.field, false);
}

/** A flexible array member has room only where the object is laid out with it. */
function warnAboutFlexible(filling: Filling, part: Part, at: Range): void {
  const array = asArray(part.type);
  if (array === null || array.length !== null || filling.constant) return;
  reportError(filling.c.problems, 'c-initializer', at, 'initialization of flexible array member is not allowed');
}

/** Gives the index of the part after the designated one; null when the designators are wrong. */
function followDesignators(
  filling: Filling,
  type: CType,
  offset: number,
  item: InitItemSyntax,
  cursor: Cursor,
  depth: number,
): number | null {
  cursor.followed = cursor.at;
  const steps = stepsOf(filling.c, type, item.designators, (record) => membersOf(record));
  if (steps === null) {
    cursor.at++;
    return null;
  }
  return fillSteps(filling, type, offset, steps, cursor, depth);
}

function fillSteps(
  filling: Filling,
  type: CType,
  offset: number,
  steps: readonly DesignatorStep[],
  cursor: Cursor,
  depth: number,
): number {
  const [step, ...rest] = steps;
  const part = step === undefined ? null : partAt(type, offset, step.first);
  if (step === undefined || part === null) {
    cursor.at++;
    return 0;
  }
  chooseMember(filling, type, offset, step.first);
  const before = filling.entries.length;
  if (rest.length > 0) {
    const next = fillSteps(filling, part.type, part.offset, rest, cursor, depth + 1);
    if (depth < DEEPEST) fillAggregate(filling, part.type, part.offset, next, cursor, false, depth + 1);
  } else {
    fillObject(filling, part, cursor, depth);
  }
  copyRange(filling, step, part, before);
  return asRecord(type)?.union === true ? Infinity : step.last + 1;
}

/** `[1 ... 3] = x` stores it three times. */
function copyRange(filling: Filling, step: DesignatorStep, { type, offset }: Part, before: number): void {
  const copies = step.last - step.first;
  if (copies === 0) return;
  const made = filling.entries.splice(before);
  if (copies * made.length > MOST_COPIES) {
    reportError(filling.c.problems, 'c-limit', step.at, 'this range initialises too many elements; use a loop');
    return;
  }
  const size = sizeOf(type) ?? 0;
  const rest: CType = { kind: 'array', of: type, length: copies };
  forgetEarlier(filling, { type: rest, offset: offset + size, field: null }, null);
  for (let i = 0; i <= copies; i++)
    for (const entry of made) filling.entries.push({ ...entry, offsetBytes: entry.offsetBytes + i * size });
}

/** Of a union, one member holds a value: what another one got before is gone. */
function chooseMember(filling: Filling, type: CType, offset: number, index: number): void {
  const record = asRecord(type);
  if (record?.union !== true) return;
  const chosen = filling.chosen.get(record) ?? new Map<number, number>();
  filling.chosen.set(record, chosen);
  const before = chosen.get(offset);
  chosen.set(offset, index);
  if (before !== undefined && before !== index) forgetEarlier(filling, { type, offset, field: null }, null);
}

/** What is named again is initialised anew (C11 6.7.9p19). `at` is null where clang does not warn. */
function forgetEarlier(filling: Filling, part: Part, at: Range | null): void {
  const { entries, c } = filling;
  const start = part.offset * 8 + (part.field?.offsetBits ?? 0);
  const end = start + (part.field?.bits ?? (sizeOf(part.type) ?? 0) * 8);
  const isInside = ({ offsetBytes, bitField }: InitEntry): boolean => {
    const first = offsetBytes * 8 + (bitField?.offsetBits ?? 0);
    return first >= start && first < end;
  };
  if (start >= filling.reach) {
    filling.reach = end;
    return;
  }
  filling.reach = Math.max(filling.reach, end);
  const earlier = entries.find((entry) => isInside(entry));
  if (earlier === undefined) return;
  const kept = entries.filter((entry) => !isInside(entry));
  entries.splice(0, entries.length, ...kept);
  if (at === null) return;
  const notes = [
    { at: { start: earlier.value.start, end: earlier.value.end }, message: 'previous initialization is here' },
  ];
  const message = 'initializer overrides prior initialization of this subobject';
  reportWarning(c.problems, 'initializer-overrides', at, message, { notes });
}
