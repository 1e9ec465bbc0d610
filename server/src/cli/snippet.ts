import type { Place } from './place.ts';
import { wrap } from './style.ts';
import type { Style } from './style.ts';

export interface Message {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string | null;
  readonly title: string;
  readonly place: Place | null;
  /** Stands where the place does when there is none: "prog, instruction 7: r0 = *(u8 *)(r1 + 0)". */
  readonly fallback: string;
  /** Beside the underline. */
  readonly label: string;
  readonly notes: readonly { readonly kind: string; readonly text: string }[];
  /** Numbered steps that lead here. */
  readonly path: readonly { readonly where: string; readonly text: string }[];
}

/** More steps than these are cut out of the middle of a path. */
const MOST_STEPS = 16;

/** A message with its source line, as compilers of our time print it. */
export function snippet(message: Message, style: Style, width: number): string {
  const color = message.severity === 'error' ? style.red : message.severity === 'warning' ? style.yellow : style.cyan;
  const head = message.code === null ? message.severity : `${message.severity}[${message.code}]`;
  const gutter = ' '.repeat(Math.max(2, String(message.place?.line ?? 0).length));
  const lines = [`${style.bold(color(head))}${style.bold(`: ${message.title}`)}`];
  lines.push(...sourceLines(message, gutter, color, style, width));
  const prefix = `${gutter} ${style.blue('=')} `;
  if (message.path.length > 0) lines.push(`${prefix}${style.bold('path')}: how the program gets here`);
  lines.push(...stepLines(message.path, gutter, style, width));
  for (const note of message.notes) {
    const indent = ' '.repeat(gutter.length + 5 + note.kind.length);
    const text = wrap(note.text, width - gutter.length - 5 - note.kind.length).replaceAll('\n', `\n${indent}`);
    lines.push(`${prefix}${style.bold(note.kind)}: ${text}`);
  }
  return `${lines.join('\n')}\n`;
}

function sourceLines(
  message: Message,
  gutter: string,
  color: (text: string) => string,
  style: Style,
  width: number,
): string[] {
  const { place } = message;
  const indent = `${gutter} ${style.blue('|')} `;
  const label = wrap(message.label, width - gutter.length - 5)
    .split('\n')
    .filter(Boolean);
  const labels = label.map((one) => `${indent}  ${color(one)}`);
  if (place === null) return [`${gutter}${style.blue('-->')} ${message.fallback}`, ...labels];
  const column = place.column > 0 ? `:${place.column}` : '';
  const lines = [`${gutter}${style.blue('-->')} ${place.path}:${place.line}${column}`];
  if (place.text === null) return [...lines, `${indent}${message.fallback}`, ...labels];
  const [text, start, length] = clipped(place, width - gutter.length - 3);
  const carets = ' '.repeat(start) + '^'.repeat(length);
  lines.push(`${gutter} ${style.blue('|')}`);
  lines.push(`${style.blue(String(place.line).padStart(gutter.length))} ${style.blue('|')} ${text}`);
  if (gutter.length + 3 + carets.length + 1 + message.label.length <= width)
    return [...lines, `${indent}${color(`${carets} ${message.label}`.trimEnd())}`];
  return [...lines, `${indent}${color(carets)}`, ...labels];
}

/** The line with its tabs spread, cut to what fits around the underline, and where the underline is then. */
function clipped(place: Place, room: number): [text: string, start: number, length: number] {
  const text = (place.text ?? '').replaceAll('\t', '    ').trimEnd();
  const [start, length] = underline(place);
  if (text.length <= room) return [text, start, length];
  const from = Math.max(0, Math.min(start - Math.floor(room / 3), text.length - room));
  const lead = from > 0 ? '…' : '';
  const tail = from + room < text.length ? '…' : '';
  const shown = lead + text.slice(from + lead.length, from + room - tail.length) + tail;
  return [shown, start - from, Math.max(1, Math.min(length, room - (start - from)))];
}

/** Start and length of the underline in the text with its tabs spread. */
function underline({ text, column, length }: Place): [start: number, length: number] {
  const line = text ?? '';
  const known = column > 0 && column <= line.length;
  const from = known ? column - 1 : line.length - line.trimStart().length;
  // Objects tell where an expression begins, not where it ends: its first word is marked.
  const word = /^\w*/.exec(line.slice(from))?.[0].length ?? 0;
  const to = !known ? line.trimEnd().length : from + (length > 0 ? length : word);
  const start = widthOf(line.slice(0, from));
  return [start, Math.max(1, widthOf(line.slice(0, to)) - start)];
}

/** Columns that a part of a line takes with its tabs spread. */
function widthOf(part: string): number {
  return part.replaceAll('\t', '    ').length;
}

function stepLines(path: Message['path'], gutter: string, style: Style, width: number): string[] {
  const left = path.length > MOST_STEPS ? path.length - MOST_STEPS : 0;
  const wide = String(path.length).length;
  const where = Math.max(0, ...path.map((step) => step.where.length));
  const lines: string[] = [];
  path.forEach((step, i) => {
    if (i === MOST_STEPS / 2 && left > 0) lines.push(`${gutter}   ${style.dim(`… ${left} more steps`)}`);
    if (left > 0 && i >= MOST_STEPS / 2 && i < MOST_STEPS / 2 + left) return;
    const lead = `${gutter}   ${String(i + 1).padStart(wide)}. ${step.where.padEnd(where)}  `;
    lines.push(style.dim(lead) + wrap(step.text, width - lead.length).replaceAll('\n', `\n${' '.repeat(lead.length)}`));
  });
  return lines;
}
