import type { AsmFile, TokenKind } from '../asm/assembler/syntax.ts';
import type { Span } from '../base/source.ts';
import { lineSpan, positionAt } from '../base/source.ts';

/** Token types of the Language Server Protocol that we use; the index is what goes over the wire. */
export const TOKEN_TYPES = [
  'comment', 'string', 'keyword', 'number', 'operator', 'namespace', 'type', 'struct', 'function', 'method',
  'variable', 'parameter', 'property', 'macro', 'label', 'enumMember',
] as const; // prettier-ignore

/** Modifiers, one bit each. */
export const TOKEN_MODIFIERS = ['declaration', 'defaultLibrary', 'readonly'] as const;

type TokenType = (typeof TOKEN_TYPES)[number];

const TYPE_OF: Record<TokenKind, TokenType | null> = {
  register: 'variable',
  number: 'number',
  string: 'string',
  comment: 'comment',
  directive: 'macro',
  keyword: 'keyword',
  operator: 'operator',
  size: 'type',
  helper: 'function',
  kfunc: 'function',
  label: 'label',
  function: 'function',
  map: 'struct',
  data: 'variable',
  section: 'namespace',
  property: 'property',
  unknown: null,
};

const LIBRARY = new Set<TokenKind>(['helper', 'kfunc']);

/** The file's tokens as the protocol packs them: five numbers each, positions relative to the token before. */
export function semanticTokens(asm: AsmFile, within: Span | null = null): number[] {
  const declared = new Set(asm.definitions.map(({ span }) => span.start));
  const packed: number[] = [];
  let line = 0;
  let column = 0;
  for (const { kind, span } of asm.tokens) {
    const type = TYPE_OF[kind];
    if (type === null || (within !== null && (span.end < within.start || span.start > within.end))) continue;
    const modifiers = (declared.has(span.start) ? 1 : 0) | (LIBRARY.has(kind) ? 2 : 0);
    for (const piece of linesOf(asm, span)) {
      const at = positionAt(asm.source, piece.start);
      packed.push(at.line - line, at.line === line ? at.column - column : at.column, piece.end - piece.start);
      packed.push(TOKEN_TYPES.indexOf(type), modifiers);
      ({ line, column } = at);
    }
  }
  return packed;
}

/** A comment may run over several lines, which the protocol does not allow for one token. */
function linesOf({ source }: AsmFile, span: Span): Span[] {
  const pieces: Span[] = [];
  for (let line = positionAt(source, span.start).line; line < source.lineStarts.length; line++) {
    const whole = lineSpan(source, line);
    if (whole.start >= span.end) break;
    const piece = { start: Math.max(whole.start, span.start), end: Math.min(whole.end, span.end) };
    if (piece.start < piece.end) pieces.push(piece);
  }
  return pieces;
}
