import type { HookEvent } from '../../events/event.ts';
import { contextOf, type Architecture } from '../../kernel/contextAccess.ts';
import type { Context } from '../../kernel/contexts.ts';
import type { Program } from '../../program/program.ts';
import type { HookContext } from './hook.ts';

/** Which registers hold a function's arguments, and which one what it returned. */
const CALLS: Readonly<Record<Architecture, { readonly args: readonly string[]; readonly returned: string }>> = {
  x86_64: { args: ['di', 'si', 'dx', 'cx', 'r8', 'r9'], returned: 'ax' },
  arm64: { args: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7'], returned: 'x0' },
};

/** Other names of x86-64 registers, as debuggers and recorders write them. */
const NAMES: Readonly<Record<string, string>> = {
  rax: 'ax', rbx: 'bx', rcx: 'cx', rdx: 'dx', rsi: 'si', rdi: 'di', rbp: 'bp', rsp: 'sp', rip: 'ip', eflags: 'flags',
  rflags: 'flags', orig_rax: 'orig_ax', lr: 'x30', fp: 'x29',
}; // prettier-ignore

/** Registers of a probed function, or of what a sample interrupted with the sample's period and address. */
export function registerContext({ type }: Program): HookContext {
  return { writable: new Uint8Array(512), bytes: null, make: (event) => registersOf(type, event) };
}

function registersOf(type: Program['type'], event: HookEvent): Uint8Array | string {
  const { architecture } = event.recorded;
  const context = contextOf(type, architecture);
  if (context === null) return 'no registers are known';
  if (event.context !== null)
    return event.context.length >= context.size
      ? event.context.subarray(0, context.size)
      : `the context has ${event.context.length} bytes, struct ${context.name} has ${context.size}`;
  return madeRegisters(context, architecture, event);
}

function madeRegisters(context: Context, architecture: Architecture, event: HookEvent): Uint8Array | string {
  const { registers, args, returned, recorded } = event;
  if (registers === null && args === null && returned === null && recorded.fields.size === 0)
    return 'neither registers nor a context are recorded';
  const call = CALLS[architecture];
  if (args !== null && args.length > call.args.length)
    return `${args.length} arguments: only the first ${call.args.length} are passed in registers`;
  const values = new Map<string, bigint>();
  for (const [index, value] of (args ?? []).entries()) values.set(call.args[index] ?? '', value);
  if (returned !== null) values.set(call.returned, returned);
  for (const [name, value] of [...(registers ?? []), ...recorded.fields]) values.set(NAMES[name] ?? name, value);
  return placed(context, values);
}

function placed(context: Context, values: ReadonlyMap<string, bigint>): Uint8Array | string {
  const bytes = new Uint8Array(context.size);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of values) {
    const field = context.fields.find((one) => one.name === name);
    if (field === undefined) return `there is no register ${name} in struct ${context.name}`;
    view.setBigUint64(field.off, value, true);
  }
  return bytes;
}
