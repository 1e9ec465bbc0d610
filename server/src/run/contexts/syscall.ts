import type { HookContext } from './hook.ts';

/** A structure of the program's own, all of it writable, as BPF_PROG_TEST_RUN takes it. */
export function syscallContext(): HookContext {
  return {
    writable: null,
    bytes: null,
    make: ({ context, data }) => context ?? data ?? 'the program’s structure ("ctx") is not recorded',
  };
}
