import { littleEndian, toHex } from '../base/bytes.ts';
import type { Btf, BtfMember } from '../btf/btf.ts';
import { formatValue, valueText } from '../btf/format.ts';
import { nameOf, resolve, sizeOf, typeAt } from '../btf/query.ts';
import { declaration, typeName } from '../btf/printType.ts';
import { contextOf } from '../kernel/contextAccess.ts';
import type { CtxField, CtxFieldKind } from '../kernel/contexts.ts';
import type { Program } from '../program/program.ts';

/** One field of a context, with what stands in it. */
export interface ContextField {
  readonly name: string;
  /** In C. */
  readonly type: string;
  readonly kind: CtxFieldKind;
  /** The number in it; null for what is none. */
  readonly value: bigint | null;
  /** For what is no number: bytes in hex, or a text. */
  readonly text: string;
  /** It is a field of the kernel's own structure, which has a name to ask for it. */
  readonly named: boolean;
}

const MOST_FIELDS = 512;
/** The kernel keeps these bytes of a tracepoint's record to itself. */
const RECORD_START = 8;

/**
 * What a context's bytes say: field by field of the kernel's structure, argument by argument, or as the program itself
 * declares it where each program has a structure of its own.
 */
export function contextFields(program: Program, bytes: Uint8Array): ContextField[] {
  const { type } = program;
  const own = type === 'tracepoint' || type === 'syscall' ? declaredFields(program, bytes) : null;
  if (own !== null) return own.slice(0, MOST_FIELDS);
  const context = contextOf(type, bytes.length === contextOf(type, 'arm64')?.size ? 'arm64' : 'x86_64');
  if (context === null || type === 'syscall') return wordFields(0, bytes, (i) => `+${8 * i}`);
  if (type === 'tracepoint') return wordFields(RECORD_START, bytes, (i) => `+${RECORD_START + 8 * i}`);
  if (context.name === 'arguments' || type.startsWith('raw_tracepoint')) return argumentFields(program, bytes);
  return context.fields
    .filter(({ off, size }) => off + size <= bytes.length)
    .map((field) => tableField(field, bytes.subarray(field.off, field.off + field.size)));
}

function tableField({ name, type, kind, size }: CtxField, bytes: Uint8Array): ContextField {
  const number = size <= 8 && !type.includes('[');
  const value = number ? littleEndian(bytes) : null;
  return { name, type, kind, value, text: number ? '' : toHex(bytes), named: number };
}

function argumentFields({ type, attachType }: Program, bytes: Uint8Array): ContextField[] {
  const returns = type === 'lsm' || attachType === 'trace_fexit' || attachType === 'modify_return';
  const last = Math.floor(bytes.length / 8) - 1;
  return wordFields(0, bytes, (i) => (returns && i === last ? 'returned' : `args[${i}]`));
}

function wordFields(from: number, bytes: Uint8Array, nameAt: (index: number) => string): ContextField[] {
  const count = Math.min(MOST_FIELDS, Math.max(0, Math.floor((bytes.length - from) / 8)));
  return Array.from({ length: count }, (_, i) => {
    const at = from + 8 * i;
    const value = littleEndian(bytes.subarray(at, at + 8));
    return { name: nameAt(i), type: '__u64', kind: 'scalar', value, text: '', named: false };
  });
}

/** Members of the structure that the program's only parameter points to; null when the object does not say. */
function declaredFields({ btf, subprogs }: Program, bytes: Uint8Array): ContextField[] | null {
  const members = btf === null ? null : parameterMembers(btf, subprogs[0]?.typeId ?? 0);
  if (btf === null || members === null) return null;
  return members.flatMap((member) => {
    const at = member.offsetBits >> 3;
    const size = sizeOf(btf, member.type);
    if (size === null || member.bitSize > 0 || at + size > bytes.length || member.name === 'ent') return [];
    return [memberField(btf, member, bytes.subarray(at, at + size), bytes)];
  });
}

function parameterMembers(btf: Btf, functionId: number): readonly BtfMember[] | null {
  const fn = typeAt(btf, functionId);
  const proto = fn.kind === 'func' ? typeAt(btf, fn.type) : null;
  const parameter = proto?.kind === 'funcProto' ? proto.params[0] : undefined;
  const pointer = parameter === undefined ? null : resolve(btf, parameter.type);
  const pointee = pointer?.kind === 'ptr' ? resolve(btf, pointer.type) : null;
  return pointee?.kind === 'struct' && nameOf(pointee) !== '' ? pointee.members : null;
}

function memberField(btf: Btf, { name, type }: BtfMember, bytes: Uint8Array, whole: Uint8Array): ContextField {
  const field = {
    name,
    type: declaration(btf, type, '').trim() || typeName(btf, type),
    kind: 'scalar',
    named: false,
  } as const;
  if (name.startsWith('__data_loc_')) return { ...field, value: null, text: located(bytes, whole) };
  const of = resolve(btf, type);
  if (of.kind === 'int' || of.kind === 'ptr' || of.kind === 'enum')
    return { ...field, value: littleEndian(bytes), text: '' };
  return { ...field, value: null, text: valueText(formatValue(btf, type, bytes)) };
}

/** A text elsewhere in the record: offset in the lower half, length in the upper one. */
function located(bytes: Uint8Array, whole: Uint8Array): string {
  const place = Number(littleEndian(bytes));
  const text = whole.subarray(place & 0xffff, (place & 0xffff) + (place >>> 16));
  return JSON.stringify(new TextDecoder('latin1').decode(text).replace(/\0.*$/s, ''));
}
