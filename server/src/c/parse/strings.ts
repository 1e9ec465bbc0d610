import { TOKEN } from '../tokens.ts';
import { advance, textOf, type Parser } from './parser.ts';

/** Adjacent string literals as spelled, stepped over. */
export function takePieces(p: Parser): string[] {
  const pieces: string[] = [];
  while (p.kind === TOKEN.string) {
    pieces.push(textOf(p));
    advance(p);
  }
  return pieces;
}

/** Their text, joined, escapes carried out. For messages, sections and templates, which are plain text. */
export function joinedStrings(p: Parser): string {
  return textOfPieces(takePieces(p));
}

export function textOfPieces(pieces: readonly string[]): string {
  return pieces.map(unescaped).join('');
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', e: '\u001b', '0': '\0',
}; // prettier-ignore

/** Without quotes and prefix (C11 6.4.4.4). */
function unescaped(piece: string): string {
  const inner = piece.slice(piece.indexOf('"') + 1, piece.endsWith('"') ? -1 : undefined);
  if (!inner.includes('\\')) return inner;
  return inner.replaceAll(
    /\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|([^]))/g,
    (_, hex?: string, octal?: string, one?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(-4), 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return SIMPLE[one ?? ''] ?? one ?? '';
    },
  );
}
