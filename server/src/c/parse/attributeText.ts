import type { Range } from '../places.ts';
import type { AttributeSyntax, ExprSyntax } from '../syntax.ts';

/** Attributes inside the text of a pragma: `__attribute__((a, b(1, "x")))` or `[[a]]`. All stand where the pragma does. */
export function attributesOfText(text: string, at: Range): AttributeSyntax[] {
  const inner = /__attribute__?\s*\(\(([^]*)\)\)/.exec(text)?.[1] ?? /\[\[([^]*)\]\]/.exec(text)?.[1] ?? '';
  const found = inner.matchAll(/(?:\w+::)?(\w+)\s*(?:\(([^)]*)\))?\s*(?:,|$)/g);
  return [...found].map(([, name = '', args]) => ({ ...at, name: plainAttributeName(name), args: argsOf(args, at) }));
}

/** `__packed__` is `packed`. */
export function plainAttributeName(name: string): string {
  return name.length > 4 && name.startsWith('__') && name.endsWith('__') ? name.slice(2, -2) : name;
}

function argsOf(text: string | undefined, at: Range): ExprSyntax[] {
  if (text === undefined || text.trim() === '') return [];
  return text.split(',').map((piece) => argOf(piece.trim(), at));
}

function argOf(text: string, at: Range): ExprSyntax {
  if (text.startsWith('"')) return { ...at, kind: 'string', pieces: [text] };
  if (/^\d/.test(text)) return { ...at, kind: 'number', text };
  return /^\w+$/.test(text) ? { ...at, kind: 'identifier', name: text } : { ...at, kind: 'error' };
}
