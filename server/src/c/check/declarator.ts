/** The types that specifiers, declarators and type names stand for. Source: C11 6.7.6, 6.7.7. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type {
  AttributeSyntax,
  DeclaratorSyntax,
  DerivationSyntax,
  ParamSyntax,
  SpecifiersSyntax,
  TypeNameSyntax,
} from '../syntax.ts';
import type { CType, FunctionType } from '../types.ts';
import { alignmentOf, hasAttribute } from './attributes.ts';
import type { Checker } from './checker.ts';
import { sizeOf } from './layout.ts';
import { quoteType } from './printType.ts';
import { innerScope } from './scope.ts';
import { baseType, withTypeAttributes } from './specifiers.ts';
import {
  INT,
  arrayOf,
  asArray,
  asFunction,
  isIncomplete,
  isUnknown,
  isVoid,
  plainType,
  pointerTo,
  qualify,
  qualifiersOf,
} from './typeQueries.ts';

/** The type of a declared name: what the specifiers say, with the declarator's derivations. Tags in it are declared. */
export function typeOf(c: Checker, specifiers: SpecifiersSyntax, declarator: DeclaratorSyntax): CType {
  return derive(c, baseType(c, specifiers), declarator);
}

/** The type that a type name (of a cast, `sizeof`, a compound literal) stands for. */
export function typeOfName(c: Checker, name: TypeNameSyntax): CType {
  const type = typeOf(c, name.specifiers, name.declarator);
  if (!hasAttribute(name.specifiers.attributes, 'aligned')) return type;
  return qualify(type, { alignBytes: alignmentOf(c, name.specifiers.attributes) });
}

/** From the specifiers' type outwards: the last derivation is nearest to it. */
export function derive(c: Checker, base: CType, { derivations, name }: DeclaratorSyntax): CType {
  let type = base;
  for (let i = derivations.length - 1; i >= 0; i--) type = derived(c, type, derivations[i]!, name?.text ?? null);
  return type;
}

function derived(c: Checker, type: CType, derivation: DerivationSyntax, name: string | null): CType {
  switch (derivation.kind) {
    case 'pointer': {
      const { const: isConst, volatile, restrict, attributes } = derivation;
      return withTypeAttributes(c, qualify(pointerTo(type), { const: isConst, volatile, restrict }), attributes);
    }
    case 'array':
      return arrayType(c, type, derivation, name);
    case 'function':
      return functionType(c, type, derivation);
  }
}

function arrayType(
  c: Checker,
  of: CType,
  syntax: Extract<DerivationSyntax, { kind: 'array' }>,
  name: string | null,
): CType {
  if (asFunction(of) !== null) {
    reportError(
      c.problems,
      'c-declaration',
      syntax,
      `'${name ?? 'type name'}' declared as array of functions of type ${quoteType(of)}`,
    );
    return arrayOf(INT, 1);
  }
  if (isIncomplete(of) && !isUnknown(of)) {
    reportError(c.problems, 'c-type', syntax, `array has incomplete element type ${quoteType(of)}`);
    return arrayOf(INT, 1);
  }
  if (syntax.length === null) return arrayOf(of, null);
  const constant = c.rules.integerConstant(c, syntax.length, true);
  if (constant === null) return arrayOf(of, 1);
  const array = arrayOf(of, arrayLength(c, of, syntax.length, name, constant.value));
  return constant.folded ? { ...array, folded: true } : array;
}

/** C's limit for objects here; larger arrays are mistakes. */
const LARGEST = 2 ** 48;

function arrayLength(c: Checker, of: CType, syntax: Range, name: string | null, value: bigint): number {
  if (value < 0n) {
    reportError(
      c.problems,
      'c-declaration',
      syntax,
      name === null ? 'array size is negative' : `'${name}' declared as an array with a negative size`,
    );
    return 1;
  }
  const length = Number(value);
  if (length * Math.max(1, sizeOf(of) ?? 1) <= LARGEST) return length;
  reportError(c.problems, 'c-declaration', syntax, 'array is too large');
  return 1;
}

function functionType(
  c: Checker,
  returns: CType,
  syntax: Extract<DerivationSyntax, { kind: 'function' }>,
): FunctionType {
  const wrong = asArray(returns) === null ? (asFunction(returns) === null ? null : 'function') : 'array';
  if (wrong !== null)
    reportError(c.problems, 'c-declaration', syntax, `function cannot return ${wrong} type ${quoteType(returns)}`);
  const outer = c.scope;
  c.scope = innerScope(outer);
  const { length } = syntax.params;
  // A `)` that is missing behind `(void` was told.
  const params = syntax.params.flatMap((param) =>
    length === 1 && isNothing(param) ? [] : [paramOf(c, param, length)],
  );
  c.scope = outer;
  return {
    kind: 'function',
    returns: wrong === null ? withoutQualifiers(returns) : INT,
    params,
    variadic: syntax.variadic,
    prototype: syntax.prototype,
  };
}

/** `const int f(void)` gives an int. Annotations stay. */
function withoutQualifiers(type: CType): CType {
  return type.kind === 'qualified' && type.typeTags.length === 0 && type.addressSpace === 0 ? type.type : type;
}

function isNothing({ specifiers, declarator }: ParamSyntax): boolean {
  const { type } = specifiers;
  if (specifiers.const || specifiers.volatile || specifiers.storage !== null) return false;
  return (
    type.kind === 'basic' &&
    type.words.join() === 'void' &&
    declarator.name === null &&
    declarator.derivations.length === 0
  );
}

function paramOf(
  c: Checker,
  { specifiers, declarator, start, end }: ParamSyntax,
  count: number,
): FunctionType['params'][number] {
  const tagged = specifiers.type.kind === 'record' || specifiers.type.kind === 'enum' ? specifiers.type : null;
  const base = baseType(c, specifiers);
  if (tagged?.tag && c.scope.tags.has(tagged.tag.text))
    warnAboutVisibility(c, tagged.kind === 'enum' ? 'enum' : tagged.union ? 'union' : 'struct', tagged.tag);
  if (specifiers.storage !== null && specifiers.storage !== 'register')
    reportError(c.problems, 'c-declaration', specifiers, 'invalid storage class specifier in function declarator');
  const name = declarator.name?.text ?? '';
  const type = adjusted(c, base, declarator);
  if (!isVoid(type)) return { name, type };
  const message =
    declarator.name !== null
      ? "argument may not have 'void' type"
      : count > 1
        ? "'void' must be the first and only parameter if specified"
        : "'void' as parameter must not have type qualifiers";
  reportError(c.problems, 'c-declaration', declarator.name ?? { start, end }, message);
  return { name, type: INT };
}

function warnAboutVisibility(c: Checker, word: string, tag: { start: number; end: number; text: string }): void {
  const message = `declaration of '${word} ${tag.text}' will not be visible outside of this function`;
  reportWarning(c.problems, 'visibility', tag, message);
}

/** Arrays and functions as parameters are pointers (C11 6.7.6.3p7 and p8). An array's length is not looked at. */
function adjusted(c: Checker, base: CType, declarator: DeclaratorSyntax): CType {
  const [first, ...rest] = declarator.derivations;
  if (first?.kind === 'array') {
    const of = derive(c, base, { ...declarator, derivations: rest });
    return qualify(pointerTo(of), { const: first.const, volatile: first.volatile, restrict: first.restrict });
  }
  const type = derive(c, base, declarator);
  const plain = plainType(type);
  if (plain.kind === 'function') return pointerTo(type);
  if (plain.kind !== 'array') return type;
  const { const: isConst, volatile } = qualifiersOf(type);
  return pointerTo(qualify(plain.of, { const: isConst, volatile }));
}

/** All attributes of one declared name; those behind a `*` that say something about the name count, too. */
export function declaratorAttributes(
  specifiers: SpecifiersSyntax,
  declarator: DeclaratorSyntax | null,
  own: readonly AttributeSyntax[],
): readonly AttributeSyntax[] {
  const behind = declarator?.derivations.flatMap((one) => (one.kind === 'pointer' ? one.attributes : [])) ?? [];
  if (specifiers.attributes.length === 0 && behind.length === 0) return own;
  return [...specifiers.attributes, ...behind.filter(({ name }) => !OF_TYPES.has(name)), ...own];
}

/** These belong to the pointer behind which they stand. */
const OF_TYPES = new Set(['btf_type_tag', 'address_space', 'aligned', 'mode', 'noderef']);
