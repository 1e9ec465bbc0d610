/** Events for programs of every type that have somewhere to come from only in a running kernel: made up from a seed. */
import { resolve } from '../../server/src/btf/query.ts';
import { NOTHING_RECORDED, type Event, type HookEvent } from '../../server/src/events/event.ts';
import { contextOf } from '../../server/src/kernel/contextAccess.ts';
import type { Context, CtxField } from '../../server/src/kernel/contexts.ts';
import { hookRange } from '../../server/src/kernel/lsmHooks.ts';
import { rawTracepointArgument } from '../../server/src/kernel/rawTracepoints.ts';
import type { Program } from '../../server/src/program/program.ts';
import { takesPackets } from '../../server/src/run/contexts/enter.ts';
import type { AttachTarget } from '../../server/src/verifier/attachTarget.ts';
import { sizeOfArgument } from '../../server/src/verifier/functionSignature.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { eventOf } from './engines.ts';
import { kernelPointer, madeWord, mixed } from './madeMemory.ts';
import { madePackets } from './madePackets.ts';

/** Seeds of the events that are no packets. */
const SEEDS = Array.from({ length: 12 }, (_, i) => 1000 + i);

/** Arguments of a hook, and what it returned: MAX_BPF_FUNC_ARGS of include/linux/bpf.h and one more. */
const MOST_ARGUMENTS = 12;

/** Bytes of a context whose size the event decides. */
const RECORD_BYTES = 4096;

/** A program, and what the verifier knows of the hook that it is attached to. */
export interface Place {
  readonly program: Program;
  readonly target: AttachTarget | null;
}

/** A dozen events for the program. */
export function eventsFor(place: Place): Event[] {
  if (takesPackets(place.program.type)) return madePackets().map(eventOf);
  return SEEDS.map((seed) => hookEvent(seed, partsOf(place, seed)));
}

type Parts = Partial<Pick<HookEvent, 'context' | 'args' | 'returned' | 'data'>> & { readonly socket?: boolean };

function hookEvent(seed: number, { socket = false, ...parts }: Parts): HookEvent {
  const nothing = { context: null, registers: null, args: null, returned: null, data: null };
  const task = { tgid: seed, tid: seed + 1, uid: seed % 3, comm: 'bash', cgroupId: 7n, task: kernelPointer(seed) };
  const traced = { cookie: BigInt(seed), functionAddress: kernelPointer(seed + 1), stack: [kernelPointer(seed + 2)] };
  const fields = new Map(socket ? [['sk.family', 2n] as const] : []);
  const recorded = { ...NOTHING_RECORDED, ...task, ...traced, fields };
  return { kind: 'hook', index: 0, timeNs: BigInt(seed) * 1_000_000n, ...nothing, ...parts, recorded };
}

function partsOf(place: Place, seed: number): Parts {
  const { type } = place.program;
  switch (type) {
    case 'tracing':
    case 'lsm':
    case 'struct_ops':
      return { args: argumentsOf(place, seed) };
    case 'raw_tracepoint':
      return { args: words(seed, MOST_ARGUMENTS) };
    case 'raw_tracepoint_writable':
      return { args: words(seed, MOST_ARGUMENTS), data: recordBytes(seed) };
    case 'tracepoint':
    case 'syscall':
      return { context: recordBytes(seed) };
    default:
      return structureOf(contextOf(type), seed);
  }
}

function words(seed: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => madeWord(mixed(seed * 31 + i)));
}

function recordBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words(seed, RECORD_BYTES / 8).entries()) view.setBigUint64(8 * i, word, true);
  return bytes;
}

/** Numbers in the fields of numbers; the machine itself fills in where packets and sockets lie. */
function structureOf(context: Context | null, seed: number): Parts {
  if (context === null) return {};
  const bytes = new Uint8Array(context.size);
  for (const field of context.fields) putField(new DataView(bytes.buffer), field, mixed(seed * 17 + field.off));
  return { context: bytes, data: recordBytes(seed).subarray(0, 200), socket: seed % 2 === 0 };
}

function putField(view: DataView, { off, size, kind }: CtxField, noise: number): void {
  if (kind === 'btf') return view.setBigUint64(off, kernelPointer(noise), true);
  if (kind !== 'scalar') return;
  for (let at = 0; at < size; at += 4) {
    const word = Number(BigInt.asUintN(32, madeWord(mixed(noise + at))));
    if (size - at >= 4) view.setUint32(off + at, word, true);
    else for (let i = at; i < size; i++) view.setUint8(off + i, word >> (8 * (i - at)));
  }
}

/** What the hook's function is given, in words of eight bytes, and behind that what it returned, if it has. */
function argumentsOf({ program, target }: Place, seed: number): bigint[] {
  if (target === null) return [];
  const { btf, proto, traced, name } = target;
  const values = (traced ? proto.params.slice(1) : proto.params).flatMap(({ type }, i) => {
    const resolved = resolve(btf, type);
    if (resolved.kind === 'ptr') return [pointerArgument(target, i, mixed(seed * 31 + i))];
    return words(seed + i, Math.ceil((sizeOfArgument(resolved) ?? 0) / 8));
  });
  const returned = program.type === 'lsm' ? [hookResult(name, seed)] : words(seed + MOST_ARGUMENTS, 1);
  return [...values, ...returned].slice(0, MOST_ARGUMENTS + 1);
}

/** Where null is possible it comes now and then. Buffers of iterators lie in the machine. */
function pointerArgument({ args, name, traced }: AttachTarget, index: number, noise: number): bigint {
  const known = args[index];
  const mayBeNull = known !== undefined || (traced && rawTracepointArgument(name, index).mayBeNull);
  if (mayBeNull && noise % 4 === 0) return 0n;
  return known === 'buffer' || known === 'readOnlyBuffer' ? BigInt(LAYOUT.objects) : kernelPointer(noise);
}

/** Only what the hook may return. */
function hookResult(name: string, seed: number): bigint {
  const { min, max } = hookRange(name);
  return BigInt(min + (seed % (max - min + 1)));
}
