/** The types that specifiers, declarators and type names stand for. Source: C11 6.7.2 to 6.7.7. */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type {
  AttributeSyntax,
  DeclaratorSyntax,
  DerivationSyntax,
  ExprSyntax,
  ParamSyntax,
  SpecifiersSyntax,
  TypeNameSyntax,
  TypeSpecifierSyntax,
} from '../syntax.ts';
import type { CType, FunctionType } from '../types.ts';
import { addressSpaceOf, alignmentOf, modeBytes, textsOf } from './attributes.ts';
import { basicType } from './basicType.ts';
import type { Checker } from './checker.ts';
import { enumOf } from './enums.ts';
import { printType, quoteType } from './printType.ts';
import { recordOf } from './records.ts';
import { innerScope, lookup } from './scope.ts';
import { INT, arrayOf, asArray, asFunction, intType, integerOf, isIncomplete, isVoid, plainType, pointerTo, qualify } from './typeQueries.ts'; // prettier-ignore

/** The type of a declared name: what the specifiers say, with the declarator's derivations. Tags in it are declared. */
export function typeOf(checker: Checker, specifiers: SpecifiersSyntax, declarator: DeclaratorSyntax): CType {
  return derivedType(checker, specifierType(checker, specifiers, false), declarator);
}

/** The type that a type name (of a cast, `sizeof`, a compound literal) stands for. */
export function typeOfName(checker: Checker, name: TypeNameSyntax): CType {
  const type = specifierType(checker, name.specifiers, false);
  const align = alignmentOf(checker, name.specifiers.attributes);
  const aligned = align === null ? type : qualify(type, { alignBytes: align });
  return derivedType(checker, aligned, name.declarator);
}

/** `x * y` and the like never get here: the parser tells types from expressions. */
export type TypeOrExpr = TypeNameSyntax | ExprSyntax;

/** What the specifiers alone say. `alone`: no declarator follows, so `struct s;` declares a new tag. */
export function specifierType(c: Checker, specifiers: SpecifiersSyntax, alone: boolean): CType {
  const base = withMode(namedType(c, specifiers.type, alone), specifiers.attributes);
  if (specifiers.atomic)
    reportError(
      c.problems,
      'unsupported-c',
      specifiers,
      "'_Atomic' is not supported; use the __sync_ or __atomic_ builtins",
    );
  const { const: isConst, volatile, restrict, attributes } = specifiers;
  return qualify(base, { const: isConst, volatile, restrict, ...annotations(c, attributes) });
}

function annotations(c: Checker, attributes: readonly AttributeSyntax[]): { typeTags: string[]; addressSpace: number } {
  return { typeTags: textsOf(attributes, 'btf_type_tag'), addressSpace: addressSpaceOf(c, attributes) };
}

function namedType(c: Checker, type: TypeSpecifierSyntax, alone: boolean): CType {
  switch (type.kind) {
    case 'basic':
      return basicType(type.words);
    case 'typedefName': {
      const entity = lookup(c.scope, type.name.text);
      if (entity?.kind === 'typedef') return entity;
      if (entity?.kind !== 'poisoned') reportError(c.problems, 'c-type', type, `unknown type name '${type.name.text}'`);
      return INT;
    }
    case 'record':
      return recordOf(c, type, alone);
    case 'enum':
      return enumOf(c, type, alone);
    case 'typeofExpr':
      return c.rules.typeOfExpr(c, type.expr);
    case 'typeofType':
      return typeOfName(c, type.type);
    case 'autoType':
      reportError(c.problems, 'c-type', type, "'__auto_type' not allowed here");
      return INT;
    case 'missing':
    case 'unknown':
      return INT;
  }
}

/** `mode(DI)` keeps the signedness and says how large it is (GCC's manual, "Common Type Attributes"). */
function withMode(type: CType, attributes: readonly AttributeSyntax[]): CType {
  const bytes = attributes.length === 0 ? null : modeBytes(attributes);
  const integer = bytes === null ? null : integerOf(type);
  if (bytes === null || integer === null || plainType(type).kind === 'enum') return type;
  const names = { 1: 'char', 2: 'short', 4: 'int', 8: 'long', 16: '__int128' } as const;
  const name = names[bytes as keyof typeof names];
  if (!integer.signed) return intType(`unsigned ${name}`);
  return intType(name === 'char' ? 'signed char' : name);
}

/** Derivations are written from the name outwards; the type is made from the outside in. */
export function derivedType(c: Checker, base: CType, { derivations, name, start, end }: DeclaratorSyntax): CType {
  let type = base;
  for (let i = derivations.length - 1; i >= 0; i--) {
    const derivation = derivations[i];
    if (derivation !== undefined) type = derived(c, type, derivation, name ?? { start, end });
  }
  return type;
}

function derived(c: Checker, type: CType, derivation: DerivationSyntax, at: Range): CType {
  switch (derivation.kind) {
    case 'pointer': {
      const { const: isConst, volatile, restrict, attributes } = derivation;
      return qualify(pointerTo(type), { const: isConst, volatile, restrict, ...annotations(c, attributes) });
    }
    case 'array':
      return arrayType(c, type, derivation, at);
    case 'function':
      return functionType(c, type, derivation, at);
  }
}

type ArraySyntax = Extract<DerivationSyntax, { kind: 'array' }>;

function arrayType(c: Checker, of: CType, { length, star, start, end }: ArraySyntax, at: Range): CType {
  if (asFunction(of) !== null || isVoid(of) || isUndefinedElement(of)) {
    const what = asFunction(of) === null ? 'has incomplete element type' : 'declared as array of functions of type';
    const name = 'text' in at && typeof at.text === 'string' ? `'${at.text}' ` : '';
    const message = asFunction(of) === null ? `array ${what} ${quoteType(of)}` : `${name}${what} ${quoteType(of)}`;
    reportError(c.problems, 'c-type', at, message);
    return arrayOf(INT, 1);
  }
  if (star) reportError(c.problems, 'unsupported-c', { start, end }, 'arrays of variable length are not supported');
  if (length === null) return arrayOf(of, null);
  const constant = c.rules.integerConstant(c, length, true);
  if (constant === null) return arrayOf(of, 1);
  const value = constant.type.signed ? BigInt.asIntN(64, constant.value) : BigInt.asUintN(64, constant.value);
  if (value < 0n) {
    const name = 'text' in at && typeof at.text === 'string' ? `'${at.text}'` : 'array';
    const message = name === 'array' ? 'array size is negative' : `${name} declared as an array with a negative size`;
    reportError(c.problems, 'c-type', length, message);
    return arrayOf(of, 1);
  }
  if (value > LONGEST) {
    reportError(c.problems, 'c-limit', length, `array is too large (${value} elements)`);
    return arrayOf(of, 1);
  }
  return arrayOf(of, Number(value));
}

const LONGEST = 1n << 32n;

/** Arrays of unknown length and records that are not defined cannot be elements. */
function isUndefinedElement(of: CType): boolean {
  return isIncomplete(of);
}

type FunctionDerivation = Extract<DerivationSyntax, { kind: 'function' }>;

function functionType(c: Checker, returns: CType, derivation: FunctionDerivation, at: Range): CType {
  const { variadic, prototype } = derivation;
  const wrong = asArray(returns) !== null ? 'array' : asFunction(returns) !== null ? 'function' : null;
  if (wrong !== null)
    reportError(c.problems, 'c-type', at, `function cannot return ${wrong} type '${printType(returns)}'`);
  const outer = c.scope;
  c.scope = innerScope(outer);
  const params = derivation.params.map((param) => parameter(c, param));
  c.scope = outer;
  return { kind: 'function', returns: wrong === null ? returns : INT, params, variadic, prototype };
}

function parameter(c: Checker, { specifiers, declarator }: ParamSyntax): FunctionType['params'][number] {
  const type = adjusted(typeOf(c, specifiers, declarator));
  if (isVoid(type)) {
    const at = declarator.name ?? specifiers;
    const message =
      declarator.name === null ? "argument may not have 'void' type" : `argument may not have 'void' type`;
    reportError(c.problems, 'c-type', at, message);
    return { name: declarator.name?.text ?? '', type: INT };
  }
  return { name: declarator.name?.text ?? '', type };
}

/** An array is passed as a pointer to its first element, a function as its address (C11 6.7.6.3p7). */
export function adjusted(type: CType): CType {
  const array = asArray(type);
  if (array !== null) return pointerTo(array.of);
  return asFunction(type) === null ? type : pointerTo(type);
}
