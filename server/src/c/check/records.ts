/** Structs and unions. Source: C11 6.7.2.1. */
import { reportError, reportWarning, type ProblemNote } from '../problem.ts';
import type { Range } from '../places.ts';
import type { MemberSyntax, RecordSyntax } from '../syntax.ts';
import type { CType, RecordLayout, RecordType } from '../types.ts';
import { alignmentOf, hasAttribute, reportAttributes, textsOf } from './attributes.ts';
import type { Checker } from './checker.ts';
import { derivedType, specifierType } from './declarator.ts';
import { laidOut, type LayoutRules, type NewMember } from './recordLayout.ts';
import { sizeOf } from './layout.ts';
import { printType, quoteType, tagWord } from './printType.ts';
import { lookupTag, lookupTagHere } from './scope.ts';
import { checkStaticAssert } from './statement.ts';
import { INT, asFunction, integerOf, isIncomplete, plainType } from './typeQueries.ts';

/** `alone`: no declarator follows, so `struct s;` declares a new tag. */
export function recordOf(c: Checker, syntax: RecordSyntax, alone: boolean): RecordType {
  const tag = syntax.tag?.text ?? '';
  if (syntax.defined) return define(c, syntax, tag);
  const known = tag === '' ? null : alone ? lookupTagHere(c.scope, tag) : lookupTag(c.scope, tag);
  if (known?.kind === 'record' && known.union === syntax.union) return known;
  if (known !== null) {
    const message = `use of '${tag}' with tag type that does not match previous declaration`;
    reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, message);
  }
  const made = newRecord(c, syntax.union, tag, syntax.tag ?? syntax, null);
  if (known === null && tag !== '') c.scope.tags.set(tag, made);
  return made;
}

type Open = { -readonly [K in keyof RecordType]: RecordType[K] };

/**
 * A record whose members are read when they are first asked for: most of those in headers never are. While that goes on
 * it is not defined, as inside its own braces.
 */
function newRecord(
  c: Checker,
  union: boolean,
  tag: string,
  declaredAt: Range,
  definedAt: Range | null,
): Open & { later: (() => RecordLayout) | null } {
  let layout: RecordLayout | null = null;
  const isFile = c.scope === c.fileScope;
  const made = {
    kind: 'record' as const,
    union,
    tag,
    later: null as (() => RecordLayout) | null,
    get layout(): RecordLayout | null {
      if (layout !== null) return layout;
      // A header that came later may define it.
      if (made.later === null && isFile && tag !== '') c.fileScope.fill?.tag(tag);
      const { later } = made;
      if (later === null) return null;
      made.later = null;
      layout = later();
      return layout;
    },
    set layout(value: RecordLayout | null) {
      layout = value;
    },
    preserveAccessIndex: false,
    declTags: [] as readonly string[],
    declaredAt: { start: declaredAt.start, end: declaredAt.end },
    definedAt,
  };
  records.set(made, made);
  return made;
}

const records = new WeakMap<RecordType, ReturnType<typeof newRecord>>();

function define(c: Checker, syntax: RecordSyntax, tag: string): RecordType {
  const record = begin(c, syntax, tag);
  reportAttributes(c, syntax.attributes);
  record.preserveAccessIndex =
    hasAttribute(syntax.attributes, 'preserve_access_index') || (c.inRecord?.preserveAccessIndex ?? false);
  record.declTags = textsOf(syntax.attributes, 'btf_decl_tag');
  const { scope } = c;
  record.later = () => inScope(c, scope, () => layoutOf(c, syntax, record));
  // Errors in what the user wrote are to be told whether it is used or not.
  if (!isLazy(c, syntax)) void record.layout;
  return record;
}

function isLazy(c: Checker, syntax: RecordSyntax): boolean {
  return c.scope === c.fileScope && (c.places.written(syntax.start)?.file.includedAt ?? null) !== null;
}

/** Does something as if it stood in that scope, outside of any function and expression. */
export function inScope<T>(c: Checker, scope: Checker['scope'], work: () => T): T {
  const { preserve, unevaluated, depth, inRecord } = c;
  const outer = c.scope;
  c.scope = scope;
  c.preserve = false;
  c.unevaluated = false;
  c.depth = 0;
  c.inRecord = null;
  const result = work();
  Object.assign(c, { preserve, unevaluated, depth, inRecord });
  c.scope = outer;
  return result;
}

function begin(c: Checker, syntax: RecordSyntax, tag: string): ReturnType<typeof newRecord> {
  const known = tag === '' ? null : lookupTagHere(c.scope, tag);
  const open = known?.kind === 'record' ? records.get(known) : undefined;
  const { start, end } = syntax.tag ?? syntax;
  if (open !== undefined && open.definedAt === null && open.union === syntax.union) {
    open.definedAt = { start, end };
    return open;
  }
  if (known !== null) {
    const notes = known.definedAt === null ? [] : [{ at: known.definedAt, message: 'previous definition is here' }];
    reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, `redefinition of '${tag}'`, { notes });
  }
  const made = newRecord(c, syntax.union, tag, { start, end }, { start, end });
  if (tag !== '' && known === null) c.scope.tags.set(tag, made);
  return made;
}

function layoutOf(c: Checker, syntax: RecordSyntax, record: RecordType): RecordLayout {
  const members: NewMember[] = [];
  const seen = new Map<string, Range>();
  const outer = c.inRecord;
  c.inRecord = record;
  for (const one of syntax.members ?? []) {
    if (one.kind === 'staticAssert') checkStaticAssert(c, one);
    else for (const member of membersOf(c, one)) if (isNew(c, seen, member)) members.push(member);
  }
  c.inRecord = outer;
  reportFlexible(c, members, record);
  const rules: LayoutRules = {
    union: record.union,
    packed: hasAttribute(syntax.attributes, 'packed'),
    packBytes: syntax.packBytes,
    alignBytes: alignmentOf(c, syntax.attributes),
  };
  return laidOut(members, rules);
}

function isNew(c: Checker, seen: Map<string, Range>, { name, declaredAt }: NewMember): boolean {
  const before = seen.get(name);
  if (name === '' || declaredAt === null) return true;
  if (before === undefined) {
    seen.set(name, declaredAt);
    return true;
  }
  const notes = [{ at: before, message: 'previous declaration is here' }];
  reportError(c.problems, 'c-redefinition', declaredAt, `duplicate member '${name}'`, { notes });
  return false;
}

type Member = Extract<MemberSyntax, { kind: 'member' }>;

function membersOf(c: Checker, syntax: Member): NewMember[] {
  const { specifiers, declarators } = syntax;
  const base = specifierType(c, specifiers, declarators.length === 0);
  if (declarators.length === 0) return anonymous(c, syntax, base);
  const ofAll = specifiers.attributes;
  return declarators.map(({ declarator, bits, attributes, start, end }) => {
    const own = [...ofAll, ...attributes];
    reportAttributes(c, own);
    const at = declarator.name ?? { start, end };
    const type = memberType(c, derivedType(c, base, declarator), declarator.name?.text ?? '', at);
    return {
      name: declarator.name?.text ?? '',
      type,
      bits: bits === null ? null : widthOf(c, bits, type, declarator.name?.text ?? ''),
      packed: hasAttribute(own, 'packed'),
      alignBytes: alignmentOf(c, own),
      declTags: textsOf(own, 'btf_decl_tag'),
      declaredAt: { start: at.start, end: at.end },
    };
  });
}

function anonymous(c: Checker, syntax: Member, base: CType): NewMember[] {
  const { specifiers } = syntax;
  const plain = plainType(base);
  if (plain.kind === 'record' && plain.tag === '' && specifiers.type.kind === 'record') {
    const own = specifiers.attributes;
    const { start, end } = syntax;
    const declTags = textsOf(own, 'btf_decl_tag');
    return [{ name: '', type: base, bits: null, packed: hasAttribute(own, 'packed'), alignBytes: alignmentOf(c, own), declTags, declaredAt: { start, end } }]; // prettier-ignore
  }
  if (plain.kind !== 'enum' && !(plain.kind === 'record' && plain.tag !== ''))
    reportWarning(c.problems, 'missing-declarations', syntax, 'declaration does not declare anything');
  else if (plain.kind === 'record')
    reportWarning(c.problems, 'missing-declarations', syntax, 'declaration does not declare anything');
  return [];
}

function memberType(c: Checker, type: CType, name: string, at: Range): CType {
  if (asFunction(type) !== null) {
    reportError(c.problems, 'c-type', at, `field '${name}' declared as a function`);
    return INT;
  }
  const flexible = type.kind === 'array' && type.length === null && !isIncomplete(type.of);
  if (flexible || !isIncomplete(type)) return type;
  reportError(c.problems, 'c-type', at, `field has incomplete type ${quoteType(type)}`, { notes: forwardNote(type) });
  return INT;
}

function forwardNote(type: CType): ProblemNote[] {
  const plain = plainType(type);
  if (plain.kind !== 'record' || plain.definedAt === null) return [];
  return [
    {
      at: plain.definedAt,
      message: `definition of '${tagWord(plain)} ${plain.tag}' is not complete until the closing '}'`,
    },
  ];
}

type Bits = NonNullable<Member['declarators'][number]['bits']>;

function widthOf(c: Checker, bits: Bits, type: CType, name: string): number {
  const constant = c.rules.integerConstant(c, bits, false);
  const what = name === '' ? 'anonymous bit-field' : `bit-field '${name}'`;
  const integer = integerOf(type);
  if (integer === null) {
    reportError(c.problems, 'c-type', bits, `${what} has non-integral type '${printType(type)}'`);
    return 1;
  }
  if (constant === null) return 1;
  const width = Number(BigInt.asIntN(64, constant.value));
  const most = plainType(type).kind === 'bool' ? 1 : (sizeOf(type) ?? 4) * 8;
  const problem =
    width < 0 ? `${what} has negative width (${width})`
    : width === 0 && name !== '' ? `named ${what} has zero width`
    : width > most ? `width of ${what} (${width} bits) exceeds the width of its type (${most} bits)`
    : null; // prettier-ignore
  if (problem === null) return width;
  reportError(c.problems, 'c-type', bits, problem);
  return 1;
}

/** `[]` may only be the last member. */
function reportFlexible(c: Checker, members: readonly NewMember[], { union }: RecordType): void {
  if (union) return;
  for (const { type, name, declaredAt } of members.slice(0, -1))
    if (type.kind === 'array' && type.length === null && declaredAt !== null) {
      const message = `flexible array member '${name}' with type ${quoteType(type)} is not at the end of struct`;
      reportError(c.problems, 'c-type', declaredAt, message);
    }
}
