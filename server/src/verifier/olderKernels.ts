/** What a kernel older than the newest does not have, found before the walk or where a path comes by. */
import { contextOf } from '../kernel/contextAccess.ts';
import type { Insn } from '../isa/insn.ts';
import { kfuncByName } from '../kernel/kfuncs.ts';
import { MAP_TYPE_FACTS } from '../kernel/mapTypeFacts.ts';
import { newInsn, NEWEST, PROGRAM_TYPES_SINCE, reaches } from '../kernel/releases.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Env } from './env.ts';
import { reject, rejectAt, rejectProgram } from './rejection.ts';

/** Whether the kernel the verdict is for has what came with that version. */
export function has(env: Pick<Env, 'options'>, since: string): boolean {
  const { kernel } = env.options;
  return kernel === NEWEST || reaches(kernel, since);
}

/** Program type, attachment, kernel functions and instructions. */
export function checkReleased(env: Env): void {
  const { program, options } = env;
  if (options.kernel === NEWEST) return;
  needs(env, PROGRAM_TYPES_SINCE[program.type], `programs of type ${program.type}`);
  if (program.sleepable && !env.can.sleepable) rejectProgram('sleepable programs need Linux 5.10');
  checkKfuncs(env, program);
  program.insns.forEach((insn, pc) => {
    const added = newInsn(insn);
    if (added !== null && added.when === 'decoding' && !has(env, added.since)) rejectAt(pc, added.message);
  });
}

export function checkMapReleased(env: Env, map: MapSpec): void {
  if (map.type !== 'unspec') needs(env, MAP_TYPE_FACTS[map.type].since, `maps of type ${map.type}`);
}

/** Loaders look kernel functions up by name before anything is loaded. */
function checkKfuncs(env: Env, program: Program): void {
  for (const name of program.kfuncs?.values() ?? []) needs(env, kfuncByName(name)?.since, `kernel function ${name}()`);
}

function needs(env: Env, since: string | undefined, what: string): void {
  if (since !== undefined && !has(env, since))
    rejectProgram(`${what} need Linux ${since}`.replace('() need', '() needs'));
}

/** The instruction a path has reached. */
export function checkInsnReleased(env: Env, insn: Insn): void {
  if (env.options.kernel === NEWEST) return;
  const added = newInsn(insn);
  if (added !== null && !has(env, added.since)) reject(added.message);
}

/** Whether the context's field at the offset is there yet. */
export function hasField(env: Env, off: number): boolean {
  if (env.options.kernel === NEWEST) return true;
  const field = contextOf(env.program.type)?.fields.find((one) => one.off <= off && off < one.off + one.size);
  return field === undefined || has(env, field.since);
}
