import { toHex } from '../base/bytes.ts';
import { dissect, summarize } from '../events/dissect.ts';
import { contextFields, type ContextField } from '../run/contextFields.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import { formatAddress, formatValue } from './values.ts';
import { classicVariables } from './classicVariables.ts';
import { localVariables } from './localVariables.ts';
import { mapVariables } from './mapVariables.ts';
import { hasRunVariables, runVariables } from './runVariables.ts';

/** Something with a name and a value to show; what lies inside is made when asked for. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Small print: the type, or where the value lies. */
  readonly type: string;
  /** What to evaluate to get this value again; null when there is nothing. */
  readonly evaluateName: string | null;
  readonly children: (() => Variable[]) | null;
  /** Instead of `children`, where there may be many: they have numbers and are asked for in pages. */
  readonly indexed?: Pages;
}

export interface Pages {
  readonly count: number;
  readonly page: (start: number, count: number) => Variable[];
}

export interface Scope {
  readonly name: 'Locals' | 'Filter' | 'Registers' | 'Stack' | 'Context' | 'Packet' | 'Maps' | 'Run';
  /** Not opened by itself, because it may be large. */
  readonly expensive: boolean;
  readonly variables: () => Variable[];
}

export function leaf(name: string, value: string, type = '', evaluateName: string | null = null): Variable {
  return { name, value, type, evaluateName, children: null };
}

/** What there is to see in a frame, in the order people look. */
export function scopesOf(machine: Machine, frame: Frame, depth = 0): Scope[] {
  const scopes: Scope[] = [
    { name: 'Registers', expensive: false, variables: () => registers(machine, frame) },
    { name: 'Stack', expensive: false, variables: () => stack(machine, frame) },
    { name: 'Context', expensive: false, variables: () => context(machine, frame) },
    { name: 'Packet', expensive: false, variables: () => packet(machine) },
    { name: 'Maps', expensive: true, variables: () => mapVariables(machine) },
  ];
  if (hasRunVariables(machine)) scopes.push({ name: 'Run', expensive: false, variables: () => runVariables(machine) });
  if (frame.program.locals !== undefined)
    scopes.unshift({ name: 'Locals', expensive: false, variables: () => localVariables(machine, frame, depth) });
  if (frame.program.classic !== undefined)
    scopes.unshift({ name: 'Filter', expensive: false, variables: () => classicVariables(machine, frame) });
  return scopes.filter(({ name }) => name !== 'Packet' || machine.packet.kind !== 'none' || machine.packet.length > 0);
}

function registers(machine: Machine, frame: Frame): Variable[] {
  return frame.registers.map((value, number) =>
    value === null ? leaf(`r${number}`, 'not set', '', null) : registerVariable(machine, frame, number, value),
  );
}

export function registerVariable(machine: Machine, frame: Frame, number: number, value: bigint): Variable {
  const place = formatAddress(machine, frame, value);
  return leaf(`r${number}`, formatValue(value, place), place === null ? 'number' : 'pointer', `r${number}`);
}

/** Slots of eight bytes from the frame pointer down to the lowest byte that was written. */
function stack(machine: Machine, frame: Frame): Variable[] {
  const { memory } = machine;
  const written = (address: number): boolean => memory.stackWritten[address - LAYOUT.stack] === 1;
  const slots: Variable[] = [];
  for (let address = frame.framePointer - 8; address >= frame.stackStart; address -= 8) {
    const bytes = Array.from({ length: 8 }, (_, byte) => address + byte);
    if (!bytes.some(written)) continue;
    const value = memory.view.getBigUint64(address, true);
    const text = bytes.every(written)
      ? formatValue(value, formatAddress(machine, frame, value))
      : bytes.map((at) => (written(at) ? toHex(memory.u8.subarray(at, at + 1)) : '??')).join(' ');
    slots.push(leaf(`fp${address - frame.framePointer}`, text, '8 bytes'));
  }
  return slots;
}

function context(machine: Machine, frame: Frame): Variable[] {
  const { memory, regions } = machine;
  const bytes = memory.u8.subarray(LAYOUT.ctx, LAYOUT.ctx + regions.ctxBytes);
  return contextFields(frame.program, bytes).map((field) => contextField(machine, frame, field));
}

function contextField(machine: Machine, frame: Frame, field: ContextField): Variable {
  const { name, type, kind, value, text, named } = field;
  if (value === null) return leaf(name, text, type);
  const place = kind === 'scalar' ? null : formatAddress(machine, frame, value);
  return leaf(name, formatValue(value, place), type, named ? `ctx->${name}` : null);
}

/** Filters see other link layers than Ethernet, too. */
const ETHERNET_BYTES = 14;

function packet(machine: Machine): Variable[] {
  const { kind } = machine.packet;
  if (kind === 'none') return [leaf('bytes', hexText(machine.packet.bytes), `${machine.packet.length} bytes`)];
  const { bytes, networkOffset } = machine.packet;
  const first = networkOffset === ETHERNET_BYTES ? 'ethernet' : 'ip';
  const ipOffset = first === 'ip' ? networkOffset : 0;
  const layers = dissect(bytes, first, ipOffset).map((layer): Variable => {
    const fields = layer.fields.map(({ name, value, offset }) => leaf(name, value, `at ${offset}`));
    const raw = leaf(
      'bytes',
      hexText(bytes.subarray(layer.offset, layer.offset + layer.length)),
      `${layer.length} bytes`,
    );
    const head = layer.fields
      .map(({ name, value }) => `${name} ${value}`)
      .slice(0, 3)
      .join(', ');
    return {
      name: layer.name,
      value: head === '' ? raw.value : head,
      type: `${layer.length} bytes at ${layer.offset}`,
      evaluateName: null,
      children: () => [...fields, raw],
    };
  });
  return [
    leaf('summary', summarize(bytes.subarray(ipOffset), first)),
    leaf('length', `${bytes.length}`, 'bytes'),
    ...layers,
  ];
}

function hexText(bytes: Uint8Array): string {
  const text = toHex(bytes.subarray(0, 512)).replaceAll(/(..)(?=.)/g, '$1 ');
  return bytes.length > 512 ? `${text} … ${bytes.length - 512} more` : text;
}
