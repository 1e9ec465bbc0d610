import { littleEndian } from '../base/bytes.ts';
import type { Btf, BtfMember } from '../btf/btf.ts';
import { formatValue as formatTyped, valueText } from '../btf/format.ts';
import { typeName } from '../btf/printType.ts';
import { resolve, sizeOf } from '../btf/query.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { formatAddress } from './values.ts';
import { leaf, type Variable } from './variables.ts';

/** A value of a C program with its type: pointers in it lead on. */
export interface CValue {
  readonly machine: Machine;
  readonly frame: Frame;
  readonly btf: Btf;
  readonly typeId: number;
  readonly bytes: Uint8Array;
  /** Of a bit field: its text, which its bytes alone do not give. */
  readonly text?: string;
  /** By byte: 0 for one that is optimised out. Absent where all are known. */
  readonly known?: Uint8Array;
}

/** What is shown of a value in one line; the rest is there when it is opened. */
const MOST_TEXT = 120;
/** Elements of an array that are listed. */
const MOST_ELEMENTS = 1000;

/** As the client shows it; `path` is what to write in C to get it. */
export function cVariable(name: string, path: string, value: CValue): Variable {
  const { btf, typeId } = value;
  const text = textOf(value);
  const children = childrenOf(value, path);
  const shown = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
  return { name, value: shown, type: typeName(btf, typeId), evaluateName: path, children };
}

/** What is said of a value of which no place is known. */
export const OPTIMISED_OUT = 'optimised out';

function textOf(value: CValue): string {
  const { machine, frame, btf, typeId, bytes, text } = value;
  if (text !== undefined) return text;
  if (!isKnown(value)) return partText(value);
  const plain = valueText(formatTyped(btf, typeId, bytes));
  if (resolve(btf, typeId).kind !== 'ptr') return plain;
  const place = formatAddress(machine, frame, littleEndian(bytes));
  return place === null ? plain : `${plain} = ${place}`;
}

function isKnown({ known }: CValue): boolean {
  return known?.includes(0) !== true;
}

/** Elements of an array that are told one by one where some are optimised out. */
const MOST_PARTS = 64;

/** Of a value that is not known as a whole: the parts that are. */
function partText(value: CValue): string {
  const { btf, typeId, known } = value;
  const type = resolve(btf, typeId);
  if (known?.includes(1) !== true) return OPTIMISED_OUT;
  if (type.kind === 'struct' || type.kind === 'union') {
    const parts = type.members.map((member) => {
      const text = textOf(memberValue(value, member));
      return member.name === '' ? text : `${member.name} = ${text}`;
    });
    return `{${parts.join(', ')}}`;
  }
  if (type.kind !== 'array') return OPTIMISED_OUT;
  const parts = Array.from({ length: Math.min(type.length, MOST_PARTS) }, (_, index) => elementValue(value, index));
  const rest = type.length > MOST_PARTS ? [`… ${type.length - MOST_PARTS} more`] : [];
  return `[${[...parts.map((part) => (part === null ? OPTIMISED_OUT : textOf(part))), ...rest].join(', ')}]`;
}

function childrenOf(value: CValue, path: string): (() => Variable[]) | null {
  const { btf, typeId } = value;
  const type = resolve(btf, typeId);
  switch (type.kind) {
    case 'struct':
    case 'union':
      return () => type.members.map((member) => memberVariable(value, member, `${path}.`, path));
    case 'array':
      return () => elementsOf(value, path, type.length);
    case 'ptr': {
      const pointed = pointee(value);
      if (pointed === null) return null;
      const inner = resolve(btf, pointed.typeId);
      if (inner.kind !== 'struct' && inner.kind !== 'union') return () => [cVariable(`*${path}`, `*${path}`, pointed)];
      return () => inner.members.map((member) => memberVariable(pointed, member, `${path}->`, path));
    }
    default:
      return null;
  }
}

/** What is inside an unnamed structure is named as if it stood outside. */
function memberVariable(record: CValue, member: BtfMember, before: string, outer: string): Variable {
  const value = memberValue(record, member);
  if (member.name !== '') return cVariable(member.name, before + member.name, value);
  const type = resolve(record.btf, member.type);
  const variable = cVariable('(unnamed)', outer, value);
  const inner = type.kind === 'struct' || type.kind === 'union' ? type.members : [];
  return {
    ...variable,
    evaluateName: null,
    children: () => inner.map((one) => memberVariable(value, one, before, outer)),
  };
}

function elementsOf(value: CValue, path: string, length: number): Variable[] {
  const shown = Array.from({ length: Math.min(length, MOST_ELEMENTS) }, (_, index) => {
    const element = elementValue(value, index);
    return element === null ? [] : [cVariable(`[${index}]`, `${path}[${index}]`, element)];
  }).flat();
  return shown.length === length ? shown : [...shown, leaf('…', `${length - shown.length} more`)];
}

function memberValue(record: CValue, member: BtfMember): CValue {
  const start = member.offsetBits >>> 3;
  const value = { ...record, typeId: member.type };
  if (member.bitSize === 0) return partOf(value, start, start + (sizeOf(record.btf, member.type) ?? 0));
  const end = (member.offsetBits + member.bitSize + 7) >>> 3;
  if (record.known?.subarray(start, end).includes(0) === true) return { ...value, text: OPTIMISED_OUT };
  const whole = formatTyped(record.btf, record.typeId, record.bytes);
  const field = whole.kind === 'struct' ? whole.fields.find(({ name }) => name === member.name) : undefined;
  return { ...value, text: field === undefined ? '' : valueText(field.value) };
}

/** The member of that name, in unnamed members as well; null where there is none. */
export function memberOf(record: CValue, name: string, depth = 0): CValue | null {
  const type = resolve(record.btf, record.typeId);
  if ((type.kind !== 'struct' && type.kind !== 'union') || depth > DEEPEST) return null;
  for (const member of type.members) {
    const value = memberValue(record, member);
    const found = member.name === name ? value : member.name === '' ? memberOf(value, name, depth + 1) : null;
    if (found !== null) return found;
  }
  return null;
}

const DEEPEST = 16;

/** An element of an array, or of what a pointer points to; null where there is nothing. */
export function elementOf(value: CValue, index: number): CValue | null {
  return resolve(value.btf, value.typeId).kind === 'array' ? elementValue(value, index) : pointee(value, index);
}

function elementValue(value: CValue, index: number): CValue | null {
  const type = resolve(value.btf, value.typeId);
  const size = type.kind === 'array' ? sizeOf(value.btf, type.type) : null;
  if (type.kind !== 'array' || size === null || index < 0 || index >= type.length) return null;
  return partOf({ ...value, typeId: type.type }, index * size, (index + 1) * size);
}

function partOf(value: CValue, start: number, end: number): CValue {
  const bytes = value.bytes.subarray(start, end);
  return value.known === undefined ? { ...value, bytes } : { ...value, bytes, known: value.known.subarray(start, end) };
}

/** What a pointer points to, as far as the program may read it; null for anything else. */
export function pointee(value: CValue, index = 0): CValue | null {
  const { machine, frame, btf, typeId, bytes } = value;
  const type = resolve(btf, typeId);
  const size = type.kind === 'ptr' ? sizeOf(btf, type.type) : null;
  if (type.kind !== 'ptr' || size === null || size === 0 || !isKnown(value)) return null;
  const address = Number(littleEndian(bytes)) + index * size;
  const { u8 } = machine.memory;
  if (address + size > u8.length || !machine.regions.allows(address, size, false)) return null;
  return { machine, frame, btf, typeId: type.type, bytes: u8.slice(address, address + size) };
}
