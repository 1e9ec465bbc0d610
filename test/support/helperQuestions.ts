import { helperAvailable, helperOf, HELPERS } from '../../server/src/kernel/helpers.ts';
import type { ArgType, Helper, HelperArg } from '../../server/src/kernel/helpers.ts';
import { mapFitsHelper } from '../../server/src/kernel/mapHelpers.ts';
import { MAP_FLAGS } from '../../server/src/kernel/mapRules.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { hex16, hex32 } from './hex.ts';
import type { RawMap, RawProgram } from './kverify.ts';

/** A program that calls a helper in one particular way. */
export interface HelperQuestion {
  readonly helper: Helper;
  readonly about: string;
  readonly program: RawProgram;
  /** What the answer must look like; null is an accepted program, or one refused for something else than arguments. */
  readonly answer: string | null;
}

/**
 * Programs that ask about every argument of every helper a program type may call: how many there are, of what type each
 * must be, and whether null, no bytes or read-only memory will do.
 */
export function helperQuestions(type: ProgramType): HelperQuestion[] {
  return HELPERS.map(({ id }) => helperOf(type, id))
    .filter((helper) => helper !== null)
    .filter(({ id, proto }) => proto !== null && !proto.sleeps && helperAvailable(type, id, true))
    .filter(({ name }) => name !== 'bpf_probe_write_user' && name !== 'bpf_override_return')
    .flatMap((helper) => questionsAbout(type, helper));
}

const MEMORY = 'fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_';
const SOCKETS = 'sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_';

/** What the kernel says it expects where a map's address is given instead. */
const EXPECTED: Partial<Record<ArgType, string>> = {
  scalar: 'scalar',
  mapKey: MEMORY,
  mapValue: MEMORY,
  mem: MEMORY,
  constSize: 'scalar',
  constSizeOrZero: 'scalar',
  constAllocSizeOrZero: 'scalar',
  ctx: 'ctx',
  sockCommon: 'sock_common, sock, tcp_sock, xdp_sock',
  btfIdSockCommon: SOCKETS,
  btfId: 'ptr_, trusted_ptr_, rcu_ptr_',
  spinLock: 'map_value, ptr_',
  ringbufMem: 'ringbuf_mem',
  func: 'func',
  stack: 'fp',
  timer: 'map_value',
  constStr: 'map_value',
  dynptr: 'fp, dynptr_ptr',
  percpuBtfId: 'percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_',
  kptrXchgDest: 'map_value, ptr_',
};

const CONSTRUCTIBLE = new Set<ArgType>([
  'anything', 'scalar', 'constMapPtr', 'mapKey', 'mapValue', 'mem', 'constSize', 'constSizeOrZero',
  'constAllocSizeOrZero', 'ctx',
]); // prettier-ignore

function questionsAbout(type: ProgramType, helper: Helper): HelperQuestion[] {
  const args = helper.proto?.args ?? [];
  const unbuildable = args.findIndex((arg) => !CONSTRUCTIBLE.has(arg.type));
  const reachable = unbuildable === -1 ? args : args.slice(0, unbuildable + 1);
  const ask = (about: string, values: readonly string[], answer: string | null): HelperQuestion => ({
    helper,
    about,
    program: callWith(type, helper, values),
    answer,
  });
  const good = args.map((arg, i) => goodValue(arg, i));
  const perArgument = reachable.flatMap((arg, i) => {
    const before = good.slice(0, i);
    const rest = good.slice(i + 1);
    const reg = i + 1;
    const unset = ask(`r${reg} unset`, before, `R${reg} !read_ok`);
    // Where a later argument cannot be made, a good one is not seen to be good.
    if (unbuildable !== -1 && wrongType(arg, reg) === null) return [unset];
    return [unset, ask(`r${reg} a map`, [...before, `bf7${reg}000000000000`, ...rest], wrongType(arg, reg))];
  });
  if (unbuildable !== -1) return perArgument;
  return [
    ...perArgument,
    ask('all set', good, null),
    ...args.flatMap((arg, i) => flagQuestions(ask, helper, arg, i, good)),
  ];
}

type Ask = (about: string, values: readonly string[], answer: string | null) => HelperQuestion;

/** Null, no bytes, read-only memory, packet memory. */
function flagQuestions(ask: Ask, helper: Helper, arg: HelperArg, i: number, good: readonly string[]): HelperQuestion[] {
  const reg = i + 1;
  const swap = (value: string): string[] => good.map((other, j) => (j === i ? value : other));
  const zero = `b70${reg}000000000000`;
  if (arg.type === 'constSize') return [ask(`r${reg} zero`, swap(zero), `R${reg} invalid zero-sized read`)];
  if (arg.type === 'constSizeOrZero') return [ask(`r${reg} zero`, swap(zero), null)];
  if (arg.type !== 'mem') return [];
  const nullAnswer = arg.orNull ? null : `R${reg} type=scalar expected=${MEMORY}`;
  // Null for memory with a size that is not zero has a message of its own.
  const sized = arg.orNull ? [] : [ask(`r${reg} null`, swap(zero), nullAnswer)];
  const readOnly = ask(
    `r${reg} read-only`,
    swap(`bf8${reg}000000000000`),
    arg.write ? 'write into map forbidden' : null,
  );
  return helper.proto?.args.some(({ type }) => type === 'constMapPtr') ? sized : [...sized, readOnly];
}

function wrongType(arg: HelperArg, reg: number): string | null {
  if (arg.type === 'anything' || arg.type === 'constMapPtr') return null;
  return `R${reg} type=map_ptr expected=${EXPECTED[arg.type]}`;
}

/** An instruction or two that put what is wanted into register i + 1. r6 is the context, r7 a map, r8 read-only memory. */
function goodValue(arg: HelperArg, i: number): string {
  const reg = (i + 1).toString(16);
  if (arg.type === 'ctx') return `bf6${reg}000000000000`;
  if (arg.type === 'constMapPtr') return `bf7${reg}000000000000`;
  if (['mem', 'mapKey', 'mapValue'].includes(arg.type)) return `bfa${reg}000000000000070${reg}0000c0ffffff`;
  return arg.type === 'anything' ? `b70${reg}000000000000` : `b70${reg}000008000000`;
}

const MAPS: Partial<Record<MapType, readonly [key: number, value: number, entries: number]>> = {
  array: [4, 8, 1],
  percpu_array: [4, 8, 1],
  prog_array: [4, 4, 1],
  perf_event_array: [4, 4, 1],
  stack_trace: [4, 64, 1],
  cgroup_array: [4, 4, 1],
  devmap: [4, 4, 1],
  queue: [0, 8, 1],
  ringbuf: [0, 0, 4096],
  user_ringbuf: [0, 0, 4096],
};

function callWith(type: ProgramType, helper: Helper, values: readonly string[]): RawProgram {
  const mapType = (Object.keys(MAPS) as MapType[]).find((candidate) => mapFitsHelper(candidate, helper.id)) ?? 'array';
  const [key, value, entries] = MAPS[mapType] ?? [4, 8, 1];
  const maps: RawMap[] = [
    { type: MAP_TYPES.indexOf(mapType), key, value, entries },
    { type: MAP_TYPES.indexOf('array'), key: 4, value: 64, entries: 1, flags: MAP_FLAGS.rdonlyProg },
  ];
  const zeroStack = Array.from({ length: 8 }, (_, i) => `7a0a${hex16(-8 * (i + 1))}00000000`).join('');
  const insns = [
    'bf16000000000000', // r6 = r1
    '18170000000000000000000000000000', // r7 = map 0
    '18280000000000000000000000000000', // r8 = the first value of map 1
    zeroStack,
    '8500000007000000', // bpf_get_prandom_u32 leaves nothing in r1-r5
    ...values,
    `85000000${hex32(helper.id)}`,
    'b7000000000000009500000000000000',
  ].join('');
  return { type, insns, maps, mapRefs: [[1, 0], [3, 1]] }; // prettier-ignore
}
