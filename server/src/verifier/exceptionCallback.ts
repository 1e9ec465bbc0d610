/** The function that bpf_throw enters. Mirrors `bpf_find_exception_callback_insn_off`, v6.18. */
import type { Btf } from '../btf/btf.ts';
import { typeAt } from '../btf/query.ts';
import type { Program } from '../program/program.ts';
import type { SubprogInfo } from './env.ts';
import { rejectProgram } from './rejection.ts';

const TAG = 'exception_callback:';

/** First pc of the function that the program's tag names; 0 where it has none. */
export function exceptionCallbackOf(program: Program): number {
  const { btf, subprogs } = program;
  const main = subprogs.find(({ start }) => start === 0)?.typeId ?? 0;
  if (btf === null || main === 0) return 0;
  const [name, ...others] = tagsOf(btf, main);
  if (name === undefined) return 0;
  if (others.length > 0) rejectProgram('multiple exception callback tags for main subprog');
  const id = btf.types.findIndex((type) => type.kind === 'func' && type.name === name);
  const type = id < 0 ? null : typeAt(btf, id);
  if (type?.kind !== 'func') rejectProgram(`exception callback '${name}' could not be found in BTF`);
  if (type.linkage !== 'global') rejectProgram(`exception callback '${name}' must have global linkage`);
  const callback = subprogs.findLast(({ typeId }) => typeId === id);
  if (callback === undefined) rejectProgram('exception callback type id not found in func_info');
  if (callback.start === 0) rejectProgram('invalid exception callback insn_off in func_info: 0');
  return callback.start;
}

function tagsOf(btf: Btf, main: number): string[] {
  return btf.types.flatMap((type) =>
    type.kind === 'declTag' && type.type === main && type.component === -1 && type.name.startsWith(TAG)
      ? [type.name.slice(TAG.length)]
      : [],
  );
}

/** It runs on its own, whatever threw. Mirrors `mark_subprog_exc_cb`. */
export function markExceptionCallback(subprogs: readonly SubprogInfo[], start: number): void {
  const subprog = start === 0 ? undefined : subprogs.find((one) => one.start === start);
  if (subprog === undefined) return;
  subprog.isCallback = true;
  subprog.isAsyncCallback = true;
  subprog.isExceptionCallback = true;
  subprog.called = subprog.global;
}
