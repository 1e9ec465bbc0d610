/** Enum specifiers become types, their enumerators names. Source: C11 6.7.2.2; clang's Sema::ActOnEnumBody (v19). */
import { reportError } from '../problem.ts';
import type { EnumSyntax } from '../syntax.ts';
import type { CType, Enumerator, EnumType, IntType } from '../types.ts';
import { checkAttributes, hasAttribute } from './attributes.ts';
import type { Checker } from './checker.ts';
import { wrapTo } from './conversions.ts';
import { typeOfName } from './declarator.ts';
import { declaredRange } from './previous.ts';
import { quoteType } from './printType.ts';
import { rangeOf } from './records.ts';
import { lookupHere } from './scope.ts';
import { findTag, previous } from './tags.ts';
import { INT, UNSIGNED_INT, UNSIGNED_LONG, LONG, intType, plainType } from './typeQueries.ts';

type Defined = { -readonly [K in keyof EnumType]: EnumType[K] };

export function enumType(c: Checker, syntax: EnumSyntax, alone: boolean): EnumType {
  const type = declaredEnum(c, syntax, alone);
  if (syntax.values !== null) define(c, type, syntax);
  return type;
}

function declaredEnum(c: Checker, syntax: EnumSyntax, alone: boolean): Defined {
  const { tag } = syntax;
  const defines = syntax.values !== null;
  const here = defines || (alone && syntax.underlying !== null);
  const { entity: found, mismatch } =
    tag === null ? { entity: null, mismatch: false } : findTag(c, tag, syntax, 'enum', here);
  if (found?.kind === 'enum' && !(defines && isDefined(c, found, syntax))) return found;
  const type: Defined = { kind: 'enum', tag: tag?.text ?? '', values: null, underlying: UNSIGNED_INT, definedAt: null };
  if (tag !== null && found === null && !mismatch) c.scope.tags.set(tag.text, type);
  return type;
}

function isDefined(c: Checker, type: EnumType, syntax: EnumSyntax): boolean {
  if (type.values === null) return false;
  const notes = previous(type, 'previous definition is here');
  reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, `redefinition of '${type.tag}'`, { notes });
  return true;
}

function define(c: Checker, type: Defined, syntax: EnumSyntax): void {
  type.definedAt = rangeOf(syntax.tag ?? syntax);
  checkAttributes(c, syntax.attributes);
  const fixed = syntax.underlying === null ? null : fixedType(typeOfName(c, syntax.underlying));
  if (fixed !== null) type.underlying = fixed;
  const values: Enumerator[] = [];
  let next = 0n;
  for (const one of syntax.values ?? []) {
    const given = one.value === null ? null : c.rules.integerConstant(c, one.value, false);
    const value = given?.value ?? next;
    if (fixed !== null && wrapTo(fixed, value) !== value) {
      const message = `enumerator value is not representable in the underlying type ${quoteType(fixed)}`;
      reportError(c.problems, 'c-constant', one.name, message);
    }
    const enumerator = { name: one.name.text, value, declaredAt: rangeOf(one.name) };
    values.push(enumerator);
    declare(c, type, enumerator);
    next = value + 1n;
  }
  type.values = values;
  if (fixed === null) type.underlying = underlyingOf(values, hasAttribute(syntax.attributes, 'packed'));
}

function fixedType(type: CType): IntType | null {
  const plain = plainType(type);
  if (plain.kind === 'bool') return intType('unsigned char');
  return plain.kind === 'int' ? plain : null;
}

function declare(
  c: Checker,
  type: EnumType,
  enumerator: Enumerator & { declaredAt: { start: number; end: number } },
): void {
  const old = lookupHere(c.scope, enumerator.name);
  if (old !== null && old.kind !== 'poisoned') {
    const at = declaredRange(old);
    const notes = at === null ? [] : [{ at, message: 'previous definition is here' }];
    const message = `redefinition of ${old.kind === 'enumerator' ? 'enumerator ' : ''}'${enumerator.name}'`;
    reportError(c.problems, 'c-redefinition', enumerator.declaredAt, message, { notes });
    return;
  }
  c.scope.names.set(enumerator.name, { kind: 'enumerator', type, enumerator });
}

/** Unsigned unless a value is negative; as wide as int unless a value needs more, or as small as possible when packed. */
function underlyingOf(values: readonly Enumerator[], packed: boolean): IntType {
  let least = 0n;
  let most = 0n;
  for (const { value } of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const fits = (bits: number): boolean =>
    least < 0n
      ? BigInt.asIntN(bits, least) === least && BigInt.asIntN(bits, most) === most
      : BigInt.asUintN(bits, most) === most;
  const signed = least < 0n;
  if (packed && fits(8)) return intType(signed ? 'signed char' : 'unsigned char');
  if (packed && fits(16)) return intType(signed ? 'short' : 'unsigned short');
  if (fits(32)) return signed ? INT : UNSIGNED_INT;
  return signed ? LONG : UNSIGNED_LONG;
}
