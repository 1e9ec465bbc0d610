/** The members of a struct or union, and what is wrong with them. Messages as clang's SemaDecl.cpp has them (v19). */
import { reportError } from '../problem.ts';
import type { DeclaratorSyntax, ExprSyntax, MemberSyntax, RecordSyntax, SpecifiersSyntax } from '../syntax.ts';
import type { CType } from '../types.ts';
import { alignmentOf, alignment, checkAttributes, hasAttribute, stringsOf } from './attributes.ts';
import type { Checker } from './checker.ts';
import { declaratorAttributes, derive, typeOfName } from './declarator.ts';
import { forwardNotes } from './incomplete.ts';
import { alignOf, sizeOf } from './layout.ts';
import { quoteType, tagWord } from './printType.ts';
import type { MemberShape } from './recordLayout.ts';
import { rangeOf } from './records.ts';
import { baseType, warnAboutEmpty } from './specifiers.ts';
import { checkStaticAssert } from './statement.ts';
import { UNKNOWN_TYPE, asArray, asRecord, integerOf, isIncomplete, isUnknown, plainType } from './typeQueries.ts';
import { warnAboutFolded } from './warnFolded.ts';

type Declared = Extract<MemberSyntax, { kind: 'member' }>;

export function memberShapes(c: Checker, syntax: RecordSyntax): MemberShape[] {
  const members = syntax.members ?? [];
  const shapes = members.flatMap((member, index) => {
    if (member.kind === 'member') return shapesOf(c, member, syntax.union ? null : (members[index + 1] ?? null));
    checkStaticAssert(c, member);
    return [];
  });
  reportDuplicates(c, shapes);
  return shapes;
}

/** `next`: what follows; null where a flexible array may stand. */
function shapesOf(c: Checker, member: Declared, next: MemberSyntax | null): MemberShape[] {
  const { specifiers, declarators } = member;
  const base = baseType(c, specifiers, declarators.length === 0 && specifiers.type.kind !== 'record');
  if (specifiers.storage !== null)
    reportError(c.problems, 'c-declaration', specifiers, 'type name does not allow storage class to be specified');
  if (declarators.length === 0) return anonymous(c, member, base);
  return declarators.flatMap((one) => shapeOf(c, specifiers, base, one, next) ?? []);
}

/** `struct { … };` inside: its members count as the outer one's. */
function anonymous(c: Checker, member: Declared, type: CType): MemberShape[] {
  const { specifiers } = member;
  const record = asRecord(type);
  if (record === null || specifiers.type.kind !== 'record' || record.tag !== '') {
    if (specifiers.type.kind !== 'enum' && specifiers.type.kind !== 'unknown') warnAboutEmpty(c, specifiers);
    return [];
  }
  return [{ ...common(c, specifiers, null, []), name: '', type, bits: null, declaredAt: rangeOf(member) }];
}

function common(
  c: Checker,
  specifiers: SpecifiersSyntax,
  declarator: DeclaratorSyntax | null,
  own: Declared['declarators'][number]['attributes'],
): Pick<MemberShape, 'packed' | 'alignBytes' | 'declTags'> {
  const attributes = declaratorAttributes(specifiers, declarator, own);
  if (attributes.length === 0 && specifiers.alignas.length === 0) return PLAIN;
  checkAttributes(c, attributes);
  return {
    packed: hasAttribute(attributes, 'packed'),
    alignBytes: largest(alignmentOf(c, attributes), alignasOf(c, specifiers)),
    declTags: stringsOf(c, attributes, 'btf_decl_tag'),
  };
}

const PLAIN = { packed: false, alignBytes: null, declTags: [] } as const;

export function largest(one: number | null, other: number | null): number | null {
  return Math.max(one ?? 0, other ?? 0) || null;
}

/** What `_Alignas` asks for. */
export function alignasOf(c: Checker, { alignas }: SpecifiersSyntax): number | null {
  let most: number | null = null;
  for (const one of alignas)
    most = largest(most, one.kind === 'typeName' ? alignOf(typeOfName(c, one)) : alignment(c, one));
  return most;
}

type MemberDeclarator = Declared['declarators'][number];

function shapeOf(
  c: Checker,
  specifiers: SpecifiersSyntax,
  base: CType,
  one: MemberDeclarator,
  next: MemberSyntax | null,
): MemberShape | null {
  const { declarator, bits, attributes } = one;
  const declared = derive(c, base, declarator);
  const name = declarator.name?.text ?? '';
  const at = declarator.name ?? { start: specifiers.start, end: one.end };
  const type = bits === null ? checkedField(c, declared, name, at, next) : declared;
  const width = bits === null ? null : checkedWidth(c, type, bits, name, at);
  if (type === null || (bits !== null && width === null)) return null;
  warnAboutFolded(c, type, at);
  const rest = common(c, specifiers, declarator, attributes);
  return { ...rest, name, type, bits: width, declaredAt: rangeOf(at) };
}

type At = { start: number; end: number };

function checkedField(c: Checker, type: CType, name: string, at: At, next: MemberSyntax | null): CType | null {
  const plain = plainType(type);
  if (plain.kind === 'function') {
    reportError(c.problems, 'c-declaration', at, `field '${name}' declared as a function`);
    return UNKNOWN_TYPE;
  }
  if (asArray(type)?.length === null) return flexible(c, type, name, at, next);
  if (!isIncomplete(type) || isUnknown(type)) return type;
  reportError(c.problems, 'c-type', at, `field has incomplete type ${quoteType(type)}`, {
    notes: forwardNotes(type),
  });
  return UNKNOWN_TYPE;
}

function flexible(c: Checker, type: CType, name: string, at: At, next: MemberSyntax | null): CType {
  if (next === null) return type;
  const message = `flexible array member '${name}' with type ${quoteType(type)} is not at the end of struct`;
  const [first] = next.kind === 'member' ? next.declarators : [];
  const notes = [{ at: rangeOf(first?.declarator.name ?? next), message: 'next field declaration is here' }];
  reportError(c.problems, 'c-declaration', at, message, { notes });
  return type;
}

/** Null after reporting what is wrong with a bit-field. */
function checkedWidth(c: Checker, type: CType | null, bits: ExprSyntax, name: string, at: At): number | null {
  const called = name === '' ? 'anonymous bit-field' : `bit-field '${name}'`;
  const stored = type === null ? null : integerOf(type);
  if (type === null || stored === null)
    return refuse(c, at, `${called} has non-integral type ${type === null ? '' : quoteType(type)}`);
  const constant = c.rules.integerConstant(c, bits, false);
  if (constant === null) return null;
  const width = Number(constant.value);
  const most = plainType(type).kind === 'bool' ? 1 : (sizeOf(type) ?? 0) * 8;
  if (width < 0) return refuse(c, at, `${called} has negative width (${width})`);
  if (width === 0 && name !== '') return refuse(c, at, `named ${called} has zero width`);
  if (width <= most) return width;
  return refuse(
    c,
    at,
    `width of ${called} (${width} bits) exceeds the width of its type (${most} bit${most === 1 ? '' : 's'})`,
  );
}

function refuse(c: Checker, at: At, message: string): null {
  reportError(c.problems, 'c-declaration', rangeOf(at), message);
  return null;
}

/** Members of anonymous structs and unions count, too. */
function reportDuplicates(c: Checker, shapes: readonly MemberShape[]): void {
  const seen = new Map<string, At | null>();
  for (const shape of shapes) visitNames(c, shape, seen, null, 0);
}

const DEEPEST = 256;

type Named = Pick<MemberShape, 'name' | 'type' | 'bits' | 'declaredAt'>;

/** `inside`: the word of the record without a name that has the member. */
function visitNames(
  c: Checker,
  shape: Named,
  seen: Map<string, At | null>,
  inside: string | null,
  depth: number,
): void {
  if (shape.name !== '') return reportDuplicate(c, shape, seen, inside);
  const record = shape.bits === null ? asRecord(shape.type) : null;
  if (record === null || depth >= DEEPEST) return;
  for (const member of record.layout?.members ?? []) visitNames(c, member, seen, tagWord(record), depth + 1);
}

function reportDuplicate(
  c: Checker,
  { name, declaredAt }: Named,
  seen: Map<string, At | null>,
  inside: string | null,
): void {
  const before = seen.get(name);
  if (before === undefined) seen.set(name, declaredAt);
  if (before === undefined || declaredAt === null) return;
  const notes = before === null ? [] : [{ at: before, message: 'previous declaration is here' }];
  const message = inside === null ? `duplicate member '${name}'` : `member of anonymous ${inside} redeclares '${name}'`;
  reportError(c.problems, 'c-redefinition', declaredAt, message, { notes });
}
