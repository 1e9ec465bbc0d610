/** Declaration specifiers: what stands before the declarators. Source: C11 6.7p1, 6.7.1 to 6.7.5. */
import { reportWarning } from '../problem.ts';
import type { Place, Range } from '../places.ts';
import type {
  AttributeSyntax,
  ExprSyntax,
  SpecifiersSyntax,
  StorageClass,
  TypeNameSyntax,
  TypeSpecifierSyntax,
} from '../syntax.ts';
import { atAttributes, parseAttributes } from './attributes.ts';
import { parseTypeName } from './declarators.ts';
import { parseAssignment, parseExpression } from './expressions.ts';
import { advance, isTypeName, nextWord, rangeOf, since, startOf, takeName, type Parser } from './parser.ts';
import { parseEnum } from './enums.ts';
import { parseRecord } from './records.ts';
import { complain, enterBracket, expect, expectClose, leaveBracket } from './recover.ts';
import { BASIC_WORDS, DECLARATION_WORDS, QUALIFIER_WORDS, STORAGE_WORDS, TYPE_WORDS } from './words.ts';

/** A type name, or the specifiers of a member or parameter, can begin here. */
export function startsType(p: Parser): boolean {
  return TYPE_WORDS.has(p.word) || isTypeName(p);
}

/** A declaration can begin here; attributes do not count. */
export function startsDeclaration(p: Parser): boolean {
  return DECLARATION_WORDS.has(p.word) || isTypeName(p);
}

/** What has been read of the specifiers. */
interface Reading {
  storage: StorageClass | null;
  storageWord: string;
  const: boolean;
  volatile: boolean;
  restrict: boolean;
  atomic: boolean;
  inline: boolean;
  inlineAt?: Range;
  noreturn: boolean;
  readonly alignas: (TypeNameSyntax | ExprSyntax)[];
  readonly attributes: AttributeSyntax[];
  words: string[];
  type: TypeSpecifierSyntax | null;
  readonly start: Place;
  basicStart: Place;
  basicEnd: Place;
}

/** `before`: attributes that were already read. Gives a type of kind `missing` when there is none, without a report. */
export function parseSpecifiers(p: Parser, before: readonly AttributeSyntax[] = []): SpecifiersSyntax {
  const start = before[0]?.start ?? startOf(p);
  const r: Reading = {
    storage: null,
    storageWord: '',
    const: false,
    volatile: false,
    restrict: false,
    atomic: false,
    inline: false,
    noreturn: false,
    alignas: [],
    attributes: [...before],
    words: [],
    type: null,
    start,
    basicStart: start,
    basicEnd: start,
  };
  while (takeSpecifier(p, r) && !p.forgotten);
  return finished(p, r);
}

function finished(p: Parser, r: Reading): SpecifiersSyntax {
  const { storage, inline, noreturn, alignas, attributes, atomic } = r;
  return {
    storage,
    inline,
    ...(r.inlineAt === undefined ? {} : { inlineAt: r.inlineAt }),
    noreturn,
    alignas,
    attributes,
    type: r.type ?? typeOfWords(p, r),
    const: r.const,
    volatile: r.volatile,
    restrict: r.restrict,
    atomic,
    start: r.start,
    end: p.lastEnd,
  };
}

function typeOfWords(p: Parser, r: Reading): TypeSpecifierSyntax {
  if (r.words.length === 0) return { kind: 'missing', start: p.lastEnd, end: p.lastEnd };
  return { kind: 'basic', words: r.words, start: r.basicStart, end: r.basicEnd };
}

/** Reads one; false when none stands here. */
function takeSpecifier(p: Parser, r: Reading): boolean {
  const { word } = p;
  if (word === '') return takeTypedefName(p, r);
  if (BASIC_WORDS.has(word)) return takeBasic(p, r);
  if (QUALIFIER_WORDS.has(word)) return takeQualifier(p, r);
  if (STORAGE_WORDS.has(word)) return takeStorage(p, r);
  return takeOther(p, r);
}

function takeTypedefName(p: Parser, r: Reading): boolean {
  if (r.type !== null || r.words.length > 0 || !isTypeName(p)) return false;
  const name = takeName(p);
  r.type = { kind: 'typedefName', name, start: name.start, end: name.end };
  return true;
}

function takeBasic(p: Parser, r: Reading): boolean {
  if (r.type !== null) complainCombination(p, describe(r.type));
  else if (r.words.includes(p.word) && UNIQUE.has(p.word)) warnAboutDuplicate(p);
  else if (!fits(r.words, p.word)) complainCombination(p, lastWord(r.words));
  else {
    if (r.words.length === 0) r.basicStart = startOf(p);
    r.words.push(p.word);
  }
  advance(p);
  r.basicEnd = p.lastEnd;
  return true;
}

/** Saying these twice changes nothing. */
const UNIQUE = new Set(['unsigned', 'signed', 'short']);

function warnAboutDuplicate(p: Parser): void {
  reportWarning(p.problems, 'duplicate-decl-specifier', rangeOf(p), `duplicate '${p.word}' declaration specifier`);
}

/** Which words may stand together (C11 6.7.2p2). */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  short: ['int', 'signed', 'unsigned'],
  long: ['int', 'signed', 'unsigned', 'long', 'double', '_Complex'],
  signed: ['char', 'short', 'int', 'long', '__int128'],
  unsigned: ['char', 'short', 'int', 'long', '__int128'],
  int: ['short', 'long', 'signed', 'unsigned'],
  char: ['signed', 'unsigned'],
  double: ['long', '_Complex'],
  float: ['_Complex'],
  _Complex: ['float', 'double', 'long'],
  __int128: ['signed', 'unsigned'],
};

function fits(words: readonly string[], word: string): boolean {
  if (word === 'long' && words.filter((other) => other === 'long').length >= 2) return false;
  return words.every((other) => SIZES[other]?.includes(word) ?? false);
}

function complainCombination(p: Parser, previous: string): void {
  const message = `cannot combine with previous '${previous}' declaration specifier`;
  complain(p, 'c-syntax', rangeOf(p), message);
}

/** `long long` counts as one. */
function lastWord(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return last === 'long' && words.at(-2) === 'long' ? 'long long' : last;
}

function describe(type: TypeSpecifierSyntax): string {
  switch (type.kind) {
    case 'record':
      return type.union ? 'union' : 'struct';
    case 'enum':
      return 'enum';
    case 'typedefName':
      return 'type-name';
    case 'typeofExpr':
    case 'typeofType':
      return 'typeof';
    case 'autoType':
      return '__auto_type';
    case 'basic':
    case 'missing':
    case 'unknown':
      return 'int';
  }
}

function takeQualifier(p: Parser, r: Reading): boolean {
  if (p.word === 'const') r.const = true;
  else if (p.word === 'volatile') r.volatile = true;
  else r.restrict = true;
  advance(p);
  return true;
}

const STORAGES: Readonly<Record<string, StorageClass>> = {
  typedef: 'typedef',
  extern: 'extern',
  static: 'static',
  auto: 'auto',
  register: 'register',
  _Thread_local: 'threadLocal',
};

function takeStorage(p: Parser, r: Reading): boolean {
  const storage = STORAGES[p.word] ?? 'auto';
  if (r.storage === null || r.storage === 'threadLocal') r.storage = storage;
  else if (storage !== 'threadLocal' && storage !== r.storage) complainCombination(p, r.storageWord);
  r.storageWord = p.word;
  advance(p);
  return true;
}

function takeOther(p: Parser, r: Reading): boolean {
  switch (p.word) {
    case 'inline':
      r.inline = true;
      r.inlineAt ??= rangeOf(p);
      advance(p);
      return true;
    case '_Noreturn':
      r.noreturn = true;
      advance(p);
      return true;
    case '__extension__':
      advance(p);
      return true;
    case '_Alignas':
      takeAlignas(p, r);
      return true;
    case '_Atomic':
      return takeAtomic(p, r);
    default:
      return atAttributes(p) ? takeAttributes(p, r) : takeTypeWord(p, r);
  }
}

function takeAttributes(p: Parser, r: Reading): boolean {
  r.attributes.push(...parseAttributes(p));
  return true;
}

function takeTypeWord(p: Parser, r: Reading): boolean {
  const read = TYPE_READERS[p.word];
  if (read === undefined) return false;
  if (r.type !== null) complainCombination(p, describe(r.type));
  else if (r.words.length > 0) complainCombination(p, lastWord(r.words));
  const type = read(p);
  r.type ??= type;
  return true;
}

const TYPE_READERS: Readonly<Record<string, (p: Parser) => TypeSpecifierSyntax>> = {
  struct: parseRecord,
  union: parseRecord,
  enum: parseEnum,
  typeof: parseTypeof,
  __typeof_unqual__: parseTypeof,
  __auto_type: (p) => {
    const at = rangeOf(p);
    advance(p);
    return { kind: 'autoType', ...at };
  },
};

/** `_Atomic` is a qualifier unless a parenthesis follows (C11 6.7.2.4p4). */
function takeAtomic(p: Parser, r: Reading): boolean {
  const start = startOf(p);
  r.atomic = true;
  const specifier = nextWord(p) === '(';
  advance(p);
  if (!specifier) return true;
  const inner = parenthesised(p, () => parseTypeName(p));
  if (inner !== null) r.type ??= { kind: 'typeofType', type: inner, unqualified: true, ...since(p, start) };
  return true;
}

function takeAlignas(p: Parser, r: Reading): void {
  advance(p);
  const inner = parenthesised(p, () => (startsType(p) ? parseTypeName(p) : parseAssignment(p)));
  if (inner !== null) r.alignas.push(inner);
}

function parseTypeof(p: Parser): TypeSpecifierSyntax {
  const start = startOf(p);
  const unqualified = p.word !== 'typeof';
  advance(p);
  const inner = parenthesised(p, () => (startsTypeName(p) ? parseTypeName(p) : parseExpression(p)));
  const range = since(p, start);
  if (inner === null) return { kind: 'unknown', name: { ...range, text: 'typeof' }, ...range };
  return inner.kind === 'typeName'
    ? { kind: 'typeofType', type: inner, unqualified, ...range }
    : { kind: 'typeofExpr', expr: inner, unqualified, ...range };
}

/** `__extension__` may stand before a type name as before an expression. */
function startsTypeName(p: Parser): boolean {
  return startsType(p) || atAttributes(p);
}

/** Something in parentheses; null after reporting that there are none. */
export function parenthesised<T>(p: Parser, read: () => T): T | null {
  const open: Range = rangeOf(p);
  if (p.word !== '(') {
    expect(p, '(');
    return null;
  }
  if (!enterBracket(p)) return null;
  advance(p);
  const result = read();
  leaveBracket(p);
  expectClose(p, ')', open);
  return result;
}
