/** What the user who loads the program may do. Mirrors the capabilities in `struct bpf_verifier_env`, v6.18. */
import { helperCapability, mapCapability, programCapabilities } from '../kernel/capabilities.ts';
import type { Capability } from '../kernel/capabilities.ts';
import type { Abilities } from '../kernel/releases.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Env } from './env.ts';
import { rejectProgram } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import type { VerifyOptions } from './verification.ts';

export interface Rights {
  /** CAP_BPF: loops, functions, precise scalars, programs of all sizes. */
  readonly bpf: boolean;
  /** CAP_PERFMON: pointers may be seen, memory may be uninitialised, no guard against speculation. */
  readonly perfmon: boolean;
  /** Stack that was never written may be read. */
  readonly unwrittenStack: boolean;
  readonly has: (capability: Capability) => boolean;
}

export function rightsOf(options: VerifyOptions, can: Abilities): Rights {
  const has = (capability: Capability): boolean =>
    options.privileged || (options.capabilities?.includes(capability) ?? false);
  const perfmon = has('CAP_PERFMON');
  return { bpf: has('CAP_BPF'), perfmon, unwrittenStack: perfmon && can.uninitializedStack, has };
}

/** Whether the register holds an address that this user must not learn. Mirrors `is_pointer_value`. */
export function isSecret(env: Env, reg: RegisterState): boolean {
  return !env.rights.perfmon && reg.kind !== 'scalar';
}

/** Mirrors what `bpf_prog_load` asks for before the verifier begins. */
export function checkMayLoad(rights: Rights, program: Program): void {
  const missing = programCapabilities(program.type).find((capability) => !rights.has(capability));
  if (missing !== undefined) rejectProgram(`programs of type ${program.type} need ${missing}`);
}

/** Mirrors `map_create`: who cannot make the map cannot load the program that uses it. */
export function checkMayMake(rights: Rights, map: MapSpec): void {
  const needed = mapCapability(map.type);
  if (needed !== null && !rights.has(needed)) rejectProgram(`maps of type ${map.type} need ${needed}`);
}

/** Mirrors `do_misc_fixups`: a tail call's index can be masked for one map only. */
export function checkTailCalls(env: Env): void {
  if (!env.rights.perfmon && [...env.facts.tailCallMaps.values()].includes(null))
    rejectProgram('tail_call abusing map_ptr');
}

export function mayCall(rights: Rights, helper: number): boolean {
  const needed = helperCapability(helper);
  return needed === null || rights.perfmon || rights.has(needed);
}
