/** `struct` and `union` specifiers. Source: C11 6.7.2.1. */
import type { Place, Range } from '../places.ts';
import type {
  AttributeSyntax,
  DeclaratorSyntax,
  ExprSyntax,
  MemberSyntax,
  NameSyntax,
  RecordSyntax,
} from '../syntax.ts';
import { reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { attributesHere } from './attributes.ts';
import { emptyDeclarator, parseDeclarator } from './declarators.ts';
import { parseConditional } from './expressions.ts';
import { readLater, skipRecordBody } from './later.ts';
import {
  advance,
  accept,
  isPutOff,
  isIdentifier,
  nextWord,
  rangeOf,
  since,
  startOf,
  TAG,
  takeName,
  type Parser,
} from './parser.ts';
import {
  behindLast,
  couldEndDeclaration,
  enterBracket,
  expectClose,
  forgetSemicolon,
  insertion,
  leaveBracket,
  onNewLine,
  skipPast,
  skipTo,
  syntaxError,
} from './recover.ts';
import { parseSpecifiers } from './specifiers.ts';
import { parseStaticAssert } from './staticAssert.ts';
import { unknownType } from './unknownType.ts';

export function parseRecord(p: Parser): RecordSyntax {
  const start = startOf(p);
  const union = p.word === 'union';
  advance(p);
  const attributes = [...attributesHere(p)];
  if (p.namesOnly && isIdentifier(p)) p.mentioned[p.tokens.atom[p.pos]!] = 1;
  if (isIdentifier(p)) p.tagKinds[p.tokens.atom[p.pos]!] = union ? TAG.union : TAG.struct;
  const tag = isIdentifier(p) ? takeName(p) : null;
  if (p.word === '{') return parseDefinition(p, start, union, tag, attributes);
  if (tag === null) {
    const at = { start, end: start + (union ? 5 : 6) };
    syntaxError(p, `declaration of anonymous ${union ? 'union' : 'struct'} must be a definition`, { at });
    skipTo(p, END);
  }
  return { kind: 'record', union, tag, defined: false, members: null, attributes, packBytes: null, ...since(p, start) };
}

const END = new Set([',', ';']);

function parseDefinition(
  p: Parser,
  start: Place,
  union: boolean,
  tag: NameSyntax | null,
  attributes: AttributeSyntax[],
): RecordSyntax {
  const packBytes = p.pragmas.state.pack;
  if (tag !== null) p.tags.push(tag.text);
  for (const pushed of p.pragmas.state.pushed) if (pushed.records) attributes.push(...pushed.attributes);
  const from = p.pos;
  const body = isPutOff(p) && skipRecordBody(p) ? null : parseMembers(p);
  attributes.push(...attributesHere(p));
  const { end } = since(p, start);
  endOfDefinition(p, union ? 'union' : 'struct');
  const fixed = { kind: 'record', union, tag, defined: true, attributes, packBytes, start, end } as const;
  if (body !== null) return { ...fixed, members: body };
  const later = readLater(p, from, parseMembers);
  return {
    ...fixed,
    get members() {
      return later();
    },
  };
}

/** Where a `;` was forgotten behind `}`, the next declaration must not be taken for declarators of this one. */
export function endOfDefinition(p: Parser, what: string): void {
  if (couldEndDeclaration(p)) return;
  syntaxError(p, `expected ';' after ${what}`, { at: behindLast(p), fix: insertion(p, ';') });
  forgetSemicolon(p);
}

/** From `{` to `}`. */
function parseMembers(p: Parser): MemberSyntax[] {
  const open = rangeOf(p);
  const members: MemberSyntax[] = [];
  if (!enterBracket(p)) return members;
  advance(p);
  while (p.word !== '}' && p.kind !== TOKEN.end) {
    const { pos } = p;
    parseMember(p, members);
    if (p.pos === pos && !p.forgotten) advance(p);
  }
  leaveBracket(p);
  expectClose(p, '}', open);
  return members;
}

function parseMember(p: Parser, members: MemberSyntax[]): void {
  if (accept(p, ';')) return;
  p.panic = p.panic && p.errorPos === p.pos;
  while (p.word === '__extension__') advance(p);
  if (p.word === '_Static_assert') return void members.push(parseStaticAssert(p));
  const start = startOf(p);
  const read = parseSpecifiers(p);
  const specifiers = read.type.kind === 'missing' ? { ...read, type: unknownType(p, 'member') } : read;
  const { kind } = specifiers.type;
  const isWhole = p.word === ';' || (p.word === '}' && (kind === 'record' || kind === 'enum' || kind === 'unknown'));
  const declarators = isWhole ? [] : parseMemberDeclarators(p);
  endOfMember(p);
  members.push({ kind: 'member', specifiers, declarators, ...since(p, start) });
}

/** clang forgives a missing `;` before the `}`. */
function endOfMember(p: Parser): void {
  if (accept(p, ';')) return;
  const message = "expected ';' at end of declaration list";
  const details = { at: behindLast(p), fix: insertion(p, ';') };
  if (p.word === '}' && !p.panic) return reportWarning(p.problems, 'c-syntax', details.at, message, details);
  if (p.forgotten) return;
  const failed = p.panic;
  syntaxError(p, message, details);
  if (failed || p.word !== '' || !onNewLine(p)) skipPast(p);
  else p.panic = false;
}

type MemberDeclarator = Range & {
  declarator: DeclaratorSyntax;
  bits: ExprSyntax | null;
  attributes: readonly AttributeSyntax[];
};

function parseMemberDeclarators(p: Parser): MemberDeclarator[] {
  const found: MemberDeclarator[] = [];
  do {
    const start = startOf(p);
    const before = attributesHere(p);
    const declarator = p.word === ':' ? emptyDeclarator(p) : parseDeclarator(p, 'member');
    const bits = p.word === ':' && nextWord(p) !== ':' ? parseBits(p) : null;
    const attributes = [...before, ...attributesHere(p)];
    found.push({ declarator, bits, attributes, ...since(p, start) });
  } while (!p.panic && accept(p, ','));
  return found;
}

function parseBits(p: Parser): ExprSyntax {
  advance(p);
  return parseConditional(p);
}
