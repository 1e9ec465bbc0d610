/** The text of a format argument, and where its characters stand. */
import type { Place, Range } from '../places.ts';
import { FIRST_EXPANSION } from '../places.ts';
import type { Expr, GlobalVariable, LocalVariable } from '../typed.ts';
import type { Checker } from './checker.ts';
import { asArray, isConst } from './typeQueries.ts';

export interface FormatText {
  readonly text: string;
  /** The literal. */
  readonly at: Range;
  /** False for the contents of a constant array that the argument names. */
  readonly direct: boolean;
}

/** Null where it is not known what the text is. */
export function formatText(arg: Expr): FormatText | null {
  if (arg.kind === 'decay') return formatText(arg.array);
  if (arg.kind === 'convert' && arg.how === 'pointer') return formatText(arg.operand);
  if (arg.kind === 'string') return { text: textOf(arg.literal.bytes), at: arg, direct: true };
  if (arg.kind === 'load') return formatText(arg.object);
  const value = arg.kind === 'variable' && isConst(asArray(arg.type)?.of ?? arg.type) ? contentsOf(arg.variable) : null;
  const text = value === null || value.kind === 'variable' ? null : formatText(value);
  return text === null ? null : { ...text, direct: false };
}

function contentsOf(variable: LocalVariable | GlobalVariable): Expr | null {
  if (variable.kind === 'local' && variable.fixed !== undefined) return variable.fixed;
  const init = variable.kind === 'global' ? variable.init : (variable.contents ?? null);
  if (init === null || init.kind === 'value') return init?.value ?? null;
  return init.entries.length === 1 ? init.entries[0]!.value : null;
}

/** One character for each byte; the closing zero is none of the text. */
function textOf(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return text.endsWith('\0') ? text.slice(0, -1) : text;
}

const PIECE = /"((?:[^"\\\n]|\\.)*)"/g;
const CHARACTER = /\\(?:x[\da-fA-F]+|[0-7]{1,3}|[^])|[^]/g;

/** Where the byte of that number stands in a literal; of one that a macro put together, its start. */
export function placeInText(c: Checker, { start, end }: Range, byte: number): Place {
  const at = c.places.spelling(start);
  const whole = at?.file.text.slice(at.offset, at.offset + (end - start)) ?? '';
  const written = start < FIRST_EXPANSION ? whole : (/^"(?:[^"\\\n]|\\.)*"/.exec(whole)?.[0] ?? '');
  let left = byte;
  for (const piece of written.matchAll(PIECE))
    for (const one of (piece[1] ?? '').matchAll(CHARACTER))
      if (left-- === 0) return start + piece.index + 1 + one.index;
  return start;
}
