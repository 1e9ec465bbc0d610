/** Enumerations. Source: C11 6.7.2.2; which integer type they have is GCC's choice, which clang follows. */
import { reportError } from '../problem.ts';
import type { EnumSyntax } from '../syntax.ts';
import type { EnumType, Enumerator, IntType } from '../types.ts';
import { hasAttribute, modeBytes } from './attributes.ts';
import type { Checker } from './checker.ts';
import { typeOfName } from './declarator.ts';
import { lookupHere, lookupTag, lookupTagHere } from './scope.ts';
import { UNSIGNED_INT, intType, integerOf } from './typeQueries.ts';

export function enumOf(c: Checker, syntax: EnumSyntax, alone: boolean): EnumType {
  const tag = syntax.tag?.text ?? '';
  if (syntax.values !== null) return define(c, syntax, tag);
  const known = alone ? lookupTagHere(c.scope, tag) : lookupTag(c.scope, tag);
  if (known?.kind === 'enum') return known;
  if (known !== null) wrongTag(c, syntax, tag);
  const made: EnumType = { kind: 'enum', tag, values: null, underlying: UNSIGNED_INT, definedAt: null };
  if (known === null) c.scope.tags.set(tag, made);
  return made;
}

function wrongTag(c: Checker, syntax: EnumSyntax, tag: string): void {
  const message = `use of '${tag}' with tag type that does not match previous declaration`;
  reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, message);
}

type Open = { -readonly [K in keyof EnumType]: EnumType[K] };

function define(c: Checker, syntax: EnumSyntax, tag: string): EnumType {
  const type = begin(c, syntax, tag);
  const fixed = syntax.underlying === null ? null : integerOf(typeOfName(c, syntax.underlying));
  const values: Enumerator[] = [];
  type.values = values;
  let next = 0n;
  for (const one of syntax.values ?? []) {
    const constant = one.value === null ? null : c.rules.integerConstant(c, one.value, false);
    const value = constant === null ? next : exact(constant);
    next = value + 1n;
    const enumerator: Enumerator = { name: one.name.text, value, declaredAt: one.name };
    values.push(enumerator);
    type.underlying = fixed ?? underlyingOf(values, syntax);
    declareEnumerator(c, type, enumerator);
  }
  type.underlying = fixed ?? underlyingOf(values, syntax);
  return type;
}

function exact({ value, type }: { readonly value: bigint; readonly type: IntType }): bigint {
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

function begin(c: Checker, syntax: EnumSyntax, tag: string): Open {
  const known = tag === '' ? null : lookupTagHere(c.scope, tag);
  if (known?.kind === 'enum' && known.values === null) {
    const open: Open = known;
    open.definedAt = syntax.tag ?? syntax;
    return open;
  }
  if (known !== null) {
    const at = known.definedAt;
    const notes = at === null ? [] : [{ at, message: 'previous definition is here' }];
    reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, `redefinition of '${tag}'`, { notes });
  }
  const { start, end } = syntax.tag ?? syntax;
  const made: Open = { kind: 'enum', tag, values: null, underlying: UNSIGNED_INT, definedAt: { start, end } };
  if (tag !== '' && known === null) c.scope.tags.set(tag, made);
  return made;
}

function declareEnumerator(c: Checker, type: EnumType, enumerator: Enumerator): void {
  const { name, declaredAt } = enumerator;
  const known = lookupHere(c.scope, name);
  if (known !== null && declaredAt !== null) {
    const at =
      known.kind === 'enumerator' ? known.enumerator.declaredAt : 'declaredAt' in known ? known.declaredAt : null;
    const what = known.kind === 'enumerator' ? `redefinition of enumerator '${name}'` : `redefinition of '${name}'`;
    reportError(c.problems, 'c-redefinition', declaredAt, what, {
      notes: at === null ? [] : [{ at, message: 'previous definition is here' }],
    });
    return;
  }
  c.scope.names.set(name, { kind: 'enumerator', type, enumerator });
}

/** Unsigned int unless a value is negative; 64 bits where one needs them; what holds it with `packed` or a mode. */
function underlyingOf(values: readonly Enumerator[], { attributes }: EnumSyntax): IntType {
  const least = values.reduce((all, { value }) => (value < all ? value : all), 0n);
  const most = values.reduce((all, { value }) => (value > all ? value : all), 0n);
  const signed = least < 0n;
  const bytes = modeBytes(attributes) ?? (hasAttribute(attributes, 'packed') ? 1 : 4);
  const sizes = [1, 2, 4, 8].filter((size) => size >= bytes);
  const fitting = sizes.find((size) => {
    const bits = BigInt(size * 8);
    return signed ? least >= -(1n << (bits - 1n)) && most < 1n << (bits - 1n) : most < 1n << bits;
  });
  const name = ({ 1: 'char', 2: 'short', 4: 'int', 8: 'long' } as const)[(fitting ?? 8) as 1 | 2 | 4 | 8];
  if (!signed) return intType(`unsigned ${name}`);
  return intType(name === 'char' ? 'signed char' : name);
}
