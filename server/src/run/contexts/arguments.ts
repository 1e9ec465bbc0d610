import type { HookEvent } from '../../events/event.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import type { HookContext } from './hook.ts';

/** MAX_BPF_FUNC_ARGS of include/linux/bpf.h, and what a function returned. */
const MOST_ARGUMENTS = 12;
const MOST_BYTES = 8 * (MOST_ARGUMENTS + 1);

/** Arguments of eight bytes each: of a raw tracepoint, a function or a hook; after them what a function returned. */
export function argumentContext(program: Program): HookContext {
  // Only functions return something.
  const most = program.type.startsWith('raw_tracepoint') ? MOST_BYTES - 8 : MOST_BYTES;
  const base: HookContext = {
    writable: new Uint8Array(MOST_BYTES),
    bytes: null,
    make: (event) => argumentsOf(most, event),
  };
  if (program.type === 'raw_tracepoint_writable') return { ...base, complete: writableBuffer };
  return { ...base, complete: (_, machine) => countArguments(program, machine) };
}

function argumentsOf(most: number, { context, args, returned }: HookEvent): Uint8Array | string {
  if (context !== null)
    return context.length <= most
      ? context
      : `the context has ${context.length} bytes, which are more than ${MOST_ARGUMENTS} arguments`;
  if (args === null && returned === null) return 'neither arguments ("args") nor a context ("ctx") are recorded';
  const values = [...(args ?? []), ...(returned === null ? [] : [returned])];
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigUint64(8 * index, value, true);
  return bytes;
}

/** What the function returned stands behind its arguments where the program runs at its end, or may decide it. */
function countArguments({ type, attachType }: Program, { world, regions }: Machine): void {
  const returns = type === 'lsm' || attachType === 'trace_fexit' || attachType === 'modify_return';
  world.functionArgs = Math.max(0, Math.floor(regions.ctxBytes / 8) - (returns ? 1 : 0));
}

/** The first argument of a writable tracepoint points to a buffer of its own: the event's `data`. */
function writableBuffer({ data }: HookEvent, machine: Machine): void {
  if (data === null) return;
  const bytes = data.subarray(0, 4096);
  const start = LAYOUT.objects;
  machine.memory.copyIn(start, bytes);
  machine.regions.objects = [
    { kind: 'object', name: 'buffer of the tracepoint', start, end: start + bytes.length, writable: true },
  ];
  machine.memory.set32(LAYOUT.ctx, start);
  machine.memory.set32(LAYOUT.ctx + 4, 0);
}
