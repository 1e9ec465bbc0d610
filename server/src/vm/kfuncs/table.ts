import { KFUNCS } from '../../kernel/kfuncs.ts';
import type { Machine } from '../createMachine.ts';
import { trap, type HelperFunction } from '../helpers/frame.ts';
import type { HelperStatus } from '../machine.ts';
import { BITS_KFUNCS } from './bits.ts';
import { COPY_KFUNCS } from './copies.ts';
import { CPUMASK_KFUNCS } from './cpumask.ts';
import { DYNPTR_KFUNCS } from './dynptr.ts';
import { EXCEPTION_KFUNCS } from './exceptions.ts';
import { ITERATOR_KFUNCS } from './iterators.ts';
import { LIST_KFUNCS } from './lists.ts';
import { LOCK_KFUNCS } from './locks.ts';
import { FIRST_KFUNC } from './numbers.ts';
import { OBJECT_KFUNCS } from './objects.ts';
import { SECTION_KFUNCS } from './sections.ts';
import { STRING_KFUNCS } from './strings.ts';
import { TREE_KFUNCS } from './trees.ts';
import { WORK_KFUNCS } from './workqueues.ts';

/** By name; kernel functions that are missing need a kernel. */
export const KFUNC_FUNCTIONS: Readonly<Record<string, HelperFunction>> = {
  ...BITS_KFUNCS,
  ...COPY_KFUNCS,
  ...CPUMASK_KFUNCS,
  ...DYNPTR_KFUNCS,
  ...EXCEPTION_KFUNCS,
  ...ITERATOR_KFUNCS,
  ...LIST_KFUNCS,
  ...LOCK_KFUNCS,
  ...OBJECT_KFUNCS,
  ...SECTION_KFUNCS,
  ...STRING_KFUNCS,
  ...TREE_KFUNCS,
  ...WORK_KFUNCS,
};

const byIndex = KFUNCS.map(({ name }) => KFUNC_FUNCTIONS[name] ?? null);

/** Runs the kernel function at a position of KFUNCS; arguments and result lie where those of helpers do. */
export function callKfunc(machine: Machine, index: number): HelperStatus {
  const kfunc = byIndex[index];
  if (kfunc) return kfunc(machine);
  const name = KFUNCS[index]?.name;
  if (name === undefined) return trap(machine, 'unknownHelper', noHelper(machine, index));
  return trap(
    machine,
    'unsupported',
    `${name} is a function of the kernel that works on the kernel's own objects, which a replay does not have; a world file can answer for it (mocks)`,
  );
}

/** The number may stand for a question to a kernel's types that had no answer. */
function noHelper({ runningProgram, pc }: Machine, index: number): string {
  return runningProgram.missing?.get(pc ?? -1) ?? `there is no helper number ${index + FIRST_KFUNC}`;
}
