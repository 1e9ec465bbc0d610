/** Which maps a program may name at all. Mirrors `check_map_prog_compatibility`, v6.18. */
import type { MapType } from '../kernel/mapTypes.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Env } from './env.ts';
import type { FieldKind } from './fields/specialField.ts';
import { fieldOf } from './fields/specialField.ts';
import { KernelTypesNeeded, rejectProgram } from './rejection.ts';
import { typesOfMap } from './specialFields.ts';

/** Mirrors `is_tracing_prog_type`. */
const TRACING: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'kprobe', 'tracepoint', 'perf_event', 'raw_tracepoint', 'raw_tracepoint_writable',
]); // prettier-ignore

const SLEEPABLE_MAPS: ReadonlySet<MapType> = new Set<MapType>([
  'hash', 'lru_hash', 'array', 'percpu_hash', 'percpu_array', 'lru_percpu_hash', 'array_of_maps', 'hash_of_maps',
  'ringbuf', 'user_ringbuf', 'inode_storage', 'sk_storage', 'task_storage', 'cgrp_storage', 'queue', 'stack', 'arena',
]); // prettier-ignore

export function checkMapOfProgram(env: Env, map: MapSpec): void {
  const { program } = env;
  const { record } = typesOfMap(env, map);
  if (record?.fields.some(({ target }) => target === 'unknown') === true)
    throw new KernelTypesNeeded('pointers kept in map values');
  const has = (kind: FieldKind): boolean => fieldOf(record, kind) !== null;
  const isTracing = TRACING.has(program.type);
  if (isTracing && (has('listHead') || has('rbRoot')))
    rejectProgram('tracing progs cannot use bpf_{list_head,rb_root} yet');
  if (has('spinLock') || has('resSpinLock')) {
    if (program.type === 'socket_filter') rejectProgram('socket filter progs cannot use bpf_spin_lock yet');
    if (isTracing) rejectProgram('tracing progs cannot use bpf_spin_lock yet');
  }
  if (isTracing && has('timer')) rejectProgram('tracing progs cannot use bpf_timer yet');
  if (isTracing && has('workqueue')) rejectProgram('tracing progs cannot use bpf_wq yet');
  if (map.type === 'struct_ops') rejectProgram('bpf_struct_ops map cannot be used in prog');
  if (program.sleepable && !SLEEPABLE_MAPS.has(map.type))
    rejectProgram('Sleepable programs can only use array, hash, ringbuf and local storage maps');
  if (isCgroupStorage(map.type) && firstOfType(program, map.type) !== map)
    rejectProgram('only one cgroup storage of each type is allowed');
}

function isCgroupStorage(type: MapType): boolean {
  return type === 'cgroup_storage' || type === 'percpu_cgroup_storage';
}

function firstOfType({ insns, maps }: Program, type: MapType): MapSpec | null {
  for (const insn of insns) {
    const map = insn.kind === 'loadMap' ? maps[insn.map] : undefined;
    if (map?.type === type) return map;
  }
  return null;
}
