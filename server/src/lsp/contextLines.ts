import type { Program } from '../program/program.ts';
import { contextFields, type ContextField } from '../run/contextFields.ts';
import type { StoredHook } from '../run/eventStore.ts';
import type { ContextLine } from './protocol.ts';

/** The fields of a context, and what the program changed of them. */
export function contextLines(program: Program | null, { context, contextAfter }: StoredHook): ContextLine[] {
  if (program === null || context === null) return [];
  const after = contextAfter === null ? [] : contextFields(program, contextAfter);
  return contextFields(program, context).map((field, index) => {
    const { name, type } = field;
    const before = textOf(field);
    const changed = after[index] === undefined ? before : textOf(after[index]);
    return { name, type, before, after: changed === before ? null : changed };
  });
}

/** `0x2a (42)`; small numbers as they are. */
function textOf({ value, text }: ContextField): string {
  if (value === null) return text;
  if (value < 10n) return String(value);
  return `0x${value.toString(16)} (${BigInt.asIntN(64, value)})`;
}
