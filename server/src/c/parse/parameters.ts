/** What stands in the parentheses of a function's declarator. */
import type { DerivationSyntax, NameSyntax, ParamSyntax, SpecifiersSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { attributesHere, atAttributes } from './attributes.ts';
import { parseDeclarator } from './declarators.ts';
import {
  accept,
  advance,
  bind,
  isIdentifier,
  isTypeName,
  NAME,
  nextWord,
  rangeOf,
  since,
  startOf,
  takeName,
  type Parser,
} from './parser.ts';
import { complain, skipTo, syntaxError } from './recover.ts';
import { parseSpecifiers, startsDeclaration } from './specifiers.ts';
import { unknownType } from './unknownType.ts';

type Parameters = Pick<Extract<DerivationSyntax, { kind: 'function' }>, 'params' | 'variadic' | 'prototype'>;

/** Behind the `(`, up to the `)`. */
export function parseParameters(p: Parser): Parameters {
  if (p.word === ')') return { params: [], variadic: false, prototype: false };
  if (isIdentifier(p) && !isTypeName(p) && isList(nextWord(p))) return parseIdentifiers(p);
  if (p.word === 'void' && nextWord(p) === ')') {
    advance(p);
    return { params: [], variadic: false, prototype: true };
  }
  return parsePrototype(p);
}

function isList(next: string): boolean {
  return next === ',' || next === ')';
}

function parsePrototype(p: Parser): Parameters {
  const params: ParamSyntax[] = [];
  let prototype = true;
  for (;;) {
    if (accept(p, '...')) return { params, variadic: true, prototype };
    const { pos } = p;
    const param = parseParameter(p);
    // What is missing takes no argument.
    if (p.pos > pos) params.push(param);
    if (p.panic) {
      // Nobody knows what calls should pass.
      prototype = false;
      skipTo(p, COMMA);
      p.panic = p.word !== ',' && p.word !== ')';
    }
    if (!accept(p, ',')) return { params, variadic: false, prototype };
  }
}

const COMMA = new Set([',', ';', '{']);

function parseParameter(p: Parser): ParamSyntax {
  const start = startOf(p);
  const before = attributesHere(p);
  const read = parseSpecifiers(p, before);
  const specifiers = read.type.kind === 'missing' ? untyped(p, read) : read;
  const declarator = parseDeclarator(p, 'either');
  const attributes = attributesHere(p);
  if (declarator.name !== null) bind(p, declarator.name, NAME.object);
  return { specifiers, declarator, attributes, ...since(p, start) };
}

function untyped(p: Parser, read: SpecifiersSyntax): SpecifiersSyntax {
  if (isIdentifier(p) || read.storage !== null || read.const || read.volatile)
    return { ...read, type: unknownType(p, 'parameter') };
  syntaxError(p, 'expected parameter declarator');
  return { ...read, type: { kind: 'unknown', name: { ...rangeOf(p), text: '' }, ...rangeOf(p) } };
}

/** `f(a, b)` with bare names, whose types follow in declarations (C11 6.9.1p6). */
function parseIdentifiers(p: Parser): Parameters {
  const params: ParamSyntax[] = [];
  do {
    if (!isIdentifier(p)) {
      syntaxError(p, 'expected identifier');
      break;
    }
    params.push(untypedParameter(takeName(p)));
  } while (accept(p, ','));
  return { params, variadic: false, prototype: false };
}

function untypedParameter(name: NameSyntax): ParamSyntax {
  const at = { start: name.start, end: name.end };
  const flags = { const: false, volatile: false, restrict: false, atomic: false, inline: false, noreturn: false };
  const type = { kind: 'missing', start: at.start, end: at.start } as const;
  const specifiers = { ...flags, storage: null, alignas: [], attributes: [], type, ...at };
  return { specifiers, declarator: { name, derivations: [], ...at }, attributes: [], ...at };
}

/** The declarations between `f(a, b)` and its body give the parameters their types. */
export function parseOldParameters(p: Parser, params: readonly ParamSyntax[]): ParamSyntax[] {
  const known = [...params];
  while (startsDeclaration(p) || atAttributes(p)) {
    const specifiers = parseSpecifiers(p);
    do {
      const declarator = parseDeclarator(p, 'named');
      giveType(p, known, { specifiers, declarator, attributes: attributesHere(p), ...declarator });
    } while (!p.panic && accept(p, ','));
    if (p.kind === TOKEN.end || !accept(p, ';')) break;
  }
  return known;
}

function giveType(p: Parser, known: ParamSyntax[], param: ParamSyntax & { name?: unknown }): void {
  const { name } = param.declarator;
  const index = known.findIndex((one) => one.declarator.name?.text === name?.text);
  const { specifiers, declarator, attributes, start, end } = param;
  if (index !== -1) known[index] = { specifiers, declarator, attributes, start, end };
  else if (name !== null) complain(p, 'c-syntax', name, `parameter named '${name.text}' is missing`);
}
