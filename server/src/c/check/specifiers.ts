/** The type that declaration specifiers stand for. Source: C11 6.7.2, 6.7.3. */
import { reportError, reportWarning } from '../problem.ts';
import type { AttributeSyntax, SpecifiersSyntax, TypeSpecifierSyntax } from '../syntax.ts';
import type { CType, FloatType, IntName } from '../types.ts';
import { numberOf, hasAttribute, stringsOf } from './attributes.ts';
import type { Checker } from './checker.ts';
import { unqualified } from './conversions.ts';
import { typeOfName } from './declarator.ts';
import { enumType } from './enums.ts';
import { quoteType } from './printType.ts';
import { recordType } from './records.ts';
import { warnAboutUse } from './usage.ts';
import { lookup } from './scope.ts';
import { BOOL, INT, UNKNOWN_TYPE, VOID, intType, qualify, qualifiersOf, plainType } from './typeQueries.ts';

/** `alone`: there are no declarators, so that `struct s;` declares a tag of this scope. */
export function baseType(c: Checker, specifiers: SpecifiersSyntax, alone = false): CType {
  const named = specifiedType(c, specifiers, alone);
  const { const: isConst, volatile, restrict, attributes } = specifiers;
  const moded = hasAttribute(attributes, 'mode') ? withMode(c, named, attributes) : named;
  const qualified = qualify(moded, { const: isConst, volatile, restrict });
  if (restrict && plainType(named).kind !== 'pointer')
    reportError(
      c.problems,
      'c-declaration',
      specifiers,
      `restrict requires a pointer or reference (${quoteType(named)} is invalid)`,
    );
  if (specifiers.atomic)
    reportError(
      c.problems,
      'unsupported-c',
      specifiers,
      '_Atomic is not supported; use the __sync and __atomic builtins',
    );
  return withTypeAttributes(c, qualified, attributes);
}

/** `btf_type_tag` and `address_space`. */
export function withTypeAttributes(c: Checker, type: CType, attributes: readonly AttributeSyntax[]): CType {
  if (attributes.length === 0) return type;
  const typeTags = stringsOf(c, attributes, 'btf_type_tag');
  const addressSpace = numberOf(c, attributes, 'address_space') ?? 0;
  return qualify(type, { typeTags, addressSpace });
}

/** `mode(DI)` and its kin: an integer of that width. Source: GCC manual, machine modes. */
const MODES: Readonly<Record<string, readonly [signed: IntName, unsigned: IntName]>> = {
  QI: ['signed char', 'unsigned char'],
  byte: ['signed char', 'unsigned char'],
  HI: ['short', 'unsigned short'],
  SI: ['int', 'unsigned int'],
  DI: ['long', 'unsigned long'],
  word: ['long', 'unsigned long'],
  pointer: ['long', 'unsigned long'],
  TI: ['__int128', 'unsigned __int128'],
};

export function withMode(c: Checker, type: CType, attributes: readonly AttributeSyntax[]): CType {
  const attribute = attributes.find(({ name }) => name === 'mode');
  if (attribute === undefined) return type;
  const argument = attribute?.args[0];
  const name = argument?.kind === 'identifier' ? argument.name.replaceAll('_', '') : '';
  const pair = MODES[name];
  const plain = plainType(type);
  if (pair !== undefined && plain.kind === 'int')
    return qualify(intType(pair[plain.signed ? 0 : 1]), { ...qualifiersOf(type), typeTags: [] });
  const message =
    pair === undefined
      ? `unknown machine mode '${name}'`
      : 'mode attribute only supported for integer and floating-point types';
  reportError(c.problems, 'c-attribute', attribute ?? { start: 0, end: 0 }, message);
  return type;
}

function specifiedType(c: Checker, specifiers: SpecifiersSyntax, alone: boolean): CType {
  const { type } = specifiers;
  switch (type.kind) {
    case 'basic':
      return basicType(c, type);
    case 'typedefName':
      return typedefType(c, type);
    case 'record':
      return recordType(c, type, alone);
    case 'enum':
      return enumType(c, type, alone);
    case 'typeofExpr':
      return unless(type.unqualified, c.rules.typeOfExpr(c, type.expr));
    case 'typeofType':
      return unless(type.unqualified, typeOfName(c, type.type));
    case 'autoType':
      reportError(
        c.problems,
        'c-declaration',
        type,
        "'__auto_type' is only allowed in a declaration with an initializer",
      );
      return UNKNOWN_TYPE;
    case 'missing':
      return INT;
    case 'unknown':
      return UNKNOWN_TYPE;
  }
}

function unless(stripped: boolean, type: CType): CType {
  return stripped ? unqualified(type) : type;
}

function typedefType(c: Checker, { name }: Extract<TypeSpecifierSyntax, { kind: 'typedefName' }>): CType {
  const entity = lookup(c.scope, name.text);
  if (entity?.kind === 'typedef') {
    c.named.add(entity);
    warnAboutUse(c, entity, entity.name, name, entity.declaredAt);
    return entity;
  }
  if (name.text === '__builtin_va_list') return BUILTIN_VA_LIST;
  if (entity?.kind !== 'poisoned') reportError(c.problems, 'c-unknown-type', name, `unknown type name '${name.text}'`);
  return UNKNOWN_TYPE;
}

/** BPFTargetInfo: a plain pointer. */
const BUILTIN_VA_LIST: CType = {
  kind: 'typedef',
  name: '__builtin_va_list',
  type: { kind: 'pointer', to: VOID },
  declaredAt: null,
};

/** By the words, sorted, without `int` and `signed` where they add nothing. */
const BASIC: Readonly<Record<string, IntName>> = {
  '': 'int',
  char: 'char',
  'char signed': 'signed char',
  'char unsigned': 'unsigned char',
  short: 'short',
  'short unsigned': 'unsigned short',
  unsigned: 'unsigned int',
  long: 'long',
  'long unsigned': 'unsigned long',
  'long long': 'long long',
  'long long unsigned': 'unsigned long long',
  __int128: '__int128',
  '__int128 unsigned': 'unsigned __int128',
  __int128_t: '__int128',
  __uint128_t: 'unsigned __int128',
};

/** Bytes of a floating-point type. Source: BPFTargetInfo, which takes clang's defaults. */
const FLOATS: Readonly<Record<string, FloatType>> = {
  float: { kind: 'float', name: 'float', bytes: 4 },
  double: { kind: 'float', name: 'double', bytes: 8 },
  'double long': { kind: 'float', name: 'long double', bytes: 8 },
  _Float16: { kind: 'float', name: '_Float16', bytes: 2 },
};

function basicType(c: Checker, type: Extract<TypeSpecifierSyntax, { kind: 'basic' }>): CType {
  const key = [...type.words].sort().join(' ');
  const integer = BASIC[withoutFillers(type.words)];
  if (integer !== undefined) return intType(integer);
  if (key === 'void') return VOID;
  if (key === '_Bool') return BOOL;
  const float = FLOATS[key];
  if (float !== undefined) return float;
  reportError(c.problems, 'unsupported-c', type, `type '${type.words.join(' ')}' is not supported by the BPF target`);
  return UNKNOWN_TYPE;
}

function withoutFillers(words: readonly string[]): string {
  const isChar = words.includes('char');
  return words
    .filter((word) => word !== 'int' && (word !== 'signed' || isChar))
    .sort()
    .join(' ');
}

export function warnAboutEmpty(c: Checker, specifiers: SpecifiersSyntax): void {
  reportWarning(c.problems, 'missing-declarations', specifiers, 'declaration does not declare anything');
}
