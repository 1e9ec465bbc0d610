import type { CtxFieldKind } from '../kernel/contexts.ts';
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

/** What pointers lead to in the machine of the run: their addresses would say nothing. */
const POINTEES: Partial<Record<CtxFieldKind, string>> = {
  packet: 'first byte of the data',
  packetMeta: 'first byte of the metadata',
  packetEnd: 'end of the data',
  socket: 'socket',
  socketOrNull: 'socket',
  sockCommonOrNull: 'socket',
  flowKeys: 'flow keys',
};

/** `0x2a (42)`; small numbers as they are, IPv4 addresses as people write them. */
function textOf({ name, kind, value, text }: ContextField): string {
  if (value === null) return text;
  const pointee = POINTEES[kind];
  if (pointee !== undefined) return value === 0n ? 'null' : pointee;
  if (name.endsWith('_ip4') && value !== 0n) return dotted(Number(value));
  if (value < 10n) return String(value);
  return `0x${value.toString(16)} (${BigInt.asIntN(64, value)})`;
}

/** Network byte order is the order of the bytes in memory. */
function dotted(value: number): string {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff).join('.');
}
