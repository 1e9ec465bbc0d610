import type { HookEvent } from '../../events/event.ts';
import type { HookContext } from './hook.ts';

/** PERF_MAX_TRACE_SIZE of include/linux/trace_events.h. */
const MOST_BYTES = 8192;

/** Where system calls' tracepoints have number, arguments and result: struct syscall_tp_t of kernel/trace, v6.18. */
const SYSCALL = { number: 8, args: 16, returned: 16 } as const;

/** A tracepoint's record with the eight bytes in front that the kernel keeps for itself. */
export function tracepointContext(): HookContext {
  return { writable: new Uint8Array(MOST_BYTES), bytes: null, hidden: 8, make: recordOf };
}

function recordOf(event: HookEvent): Uint8Array | string {
  const { context, args, returned, recorded } = event;
  if (context !== null)
    return context.length <= MOST_BYTES
      ? context
      : `the record has ${context.length} bytes, tracepoints have at most ${MOST_BYTES}`;
  const call = /^(tp|tracepoint):syscalls:sys_(enter|exit)_/.exec(recorded.hook ?? '');
  if (call?.[2] === 'enter' && args !== null) return words(SYSCALL.args, args, recorded.fields.get('nr'));
  if (call?.[2] === 'exit' && returned !== null) return words(SYSCALL.returned, [returned], recorded.fields.get('nr'));
  return 'the record ("ctx") is not told';
}

function words(at: number, values: readonly bigint[], number: bigint | undefined): Uint8Array {
  const bytes = new Uint8Array(at + 8 * values.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(SYSCALL.number, number ?? 0n, true);
  for (const [index, value] of values.entries()) view.setBigUint64(at + 8 * index, value, true);
  return bytes;
}
