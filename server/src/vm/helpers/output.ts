import type { Machine, OutputRecord } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { RingbufMap } from '../maps/ringbuf.ts';
import { SlotMap } from '../maps/slots.ts';
import { argHigh, argU32, done, done64, donePointer, mapArg, range, trap, type HelperFunction } from './frame.ts';

/** BPF_F_INDEX_MASK, also BPF_F_CURRENT_CPU; BPF_F_CTXLEN_MASK is the low 20 bits of the upper half. */
const CURRENT_CPU = 0xffff_ffff;
const CONTEXT_LENGTH_MASK = 0xf_ffff;

/** Flags of the ring buffer: no wake-up, forced wake-up. */
const WAKEUP_FLAGS = 3;

/** Records kept until somebody takes them, so that an endless loop of output ends as an error. */
const MAX_RECORDS = 1_000_000;

export const OUTPUT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  25: perfOutput,
  111: perfOutput,
  121: perfOutput,
  130: ringbufOutput,
  131: ringbufReserve,
  132: (machine) => ringbufCommit(machine, 'bpf_ringbuf_submit', pointerArg(machine), false),
  133: (machine) => ringbufCommit(machine, 'bpf_ringbuf_discard', pointerArg(machine), true),
  134: ringbufQuery,
};

/** Adds a record to the machine's output; false when there are too many. */
export function putOut(
  machine: Machine,
  kind: OutputRecord['kind'],
  bytes: Uint8Array,
  map: string | null,
  text = kind === 'printk' ? new TextDecoder().decode(bytes) : '',
): boolean {
  if (machine.output.length >= MAX_RECORDS) return false;
  machine.output.push({ kind, text, bytes, map });
  return true;
}

/** Tells what a helper would have done to the world outside. */
export function effect(machine: Machine, text: string): void {
  putOut(machine, 'effect', new Uint8Array(), null, text);
}

/** The record is the program's data and, for packets, as many packet bytes as the flags ask for. */
function perfOutput(machine: Machine): HelperStatus {
  const name = 'bpf_perf_event_output';
  const map = mapArg(machine, name, 2);
  if (map === null) return HELPER_STATUS.trap;
  if (!(map instanceof SlotMap)) return trap(machine, 'helper', `${name}: map ${map.spec.name} holds no perf events`);
  const size = argU32(machine, 5);
  const from = range(machine, name, 4, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const contextBytes = argHigh(machine, 3) & CONTEXT_LENGTH_MASK;
  // Only packets can be appended: elsewhere the flags have no length.
  const lengthMask = machine.packet.kind === 'none' ? 0 : CONTEXT_LENGTH_MASK;
  if ((argHigh(machine, 3) & ~lengthMask) !== 0) return done(machine, -ERRNO.EINVAL);
  const { packet, world, memory } = machine;
  if (contextBytes > packet.length) return done(machine, -ERRNO.EFAULT);
  const wanted = argU32(machine, 3);
  const cpu = wanted === CURRENT_CPU ? world.cpu : wanted;
  if (cpu >= map.spec.maxEntries) return done(machine, -ERRNO.E2BIG);
  if (map.slot(cpu) === 0) return done(machine, -ERRNO.ENOENT);
  if (cpu !== world.cpu) return done(machine, -ERRNO.EOPNOTSUPP);
  const bytes = new Uint8Array(size + contextBytes);
  bytes.set(memory.u8.subarray(from, from + size));
  bytes.set(packet.bytes.subarray(0, contextBytes), size);
  return done(machine, putOut(machine, 'perf', bytes, map.spec.name) ? 0 : -ERRNO.ENOSPC);
}

/** The ring buffer that argument 1 names; null with a fault when it is none. */
export function ringArg(machine: Machine, name: string): RingbufMap | null {
  const map = mapArg(machine, name, 1);
  if (map instanceof RingbufMap) return map;
  if (map !== null) trap(machine, 'helper', `${name}: map ${map.spec.name} is no ring buffer`);
  return null;
}

function commit(machine: Machine, ring: RingbufMap, start: number, discard: boolean): void {
  ring.commit(start, discard, (bytes) => putOut(machine, 'ringbuf', bytes, ring.spec.name));
}

function ringbufOutput(machine: Machine): HelperStatus {
  const name = 'bpf_ringbuf_output';
  const ring = ringArg(machine, name);
  if (ring === null) return HELPER_STATUS.trap;
  const size = argU32(machine, 3);
  const from = range(machine, name, 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  if ((argU32(machine, 4) & ~WAKEUP_FLAGS) !== 0 || argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  const start = ring.reserve(size);
  if (start === 0) return done(machine, -ERRNO.EAGAIN);
  machine.memory.move(start, from, size);
  commit(machine, ring, start, false);
  return done(machine, 0);
}

function ringbufReserve(machine: Machine): HelperStatus {
  const name = 'bpf_ringbuf_reserve';
  const ring = ringArg(machine, name);
  if (ring === null) return HELPER_STATUS.trap;
  const flagged = argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0;
  const tooLong = argHigh(machine, 2) !== 0 || argU32(machine, 2) > 0x3fff_ffff;
  return donePointer(machine, name, flagged || tooLong ? 0 : ring.reserve(argU32(machine, 2)));
}

/** Argument 1 where it may be an address of the guest's memory, else 0. */
function pointerArg(machine: Machine): number {
  return argHigh(machine, 1) === 0 ? argU32(machine, 1) : 0;
}

/** Ends the record that begins at `start`. */
export function ringbufCommit(machine: Machine, name: string, start: number, discard: boolean): HelperStatus {
  const ring = machine.maps.find((map) => map instanceof RingbufMap && map.isReserved(start));
  if (!(ring instanceof RingbufMap))
    return trap(machine, 'helper', `${name}: argument 1 is not the start of a reserved record`);
  commit(machine, ring, start, discard);
  return done(machine, 0);
}

function ringbufQuery(machine: Machine): HelperStatus {
  const ring = ringArg(machine, 'bpf_ringbuf_query');
  if (ring === null) return HELPER_STATUS.trap;
  const answer = argHigh(machine, 2) === 0 ? ring.query(argU32(machine, 2)) : null;
  return done64(machine, (answer ?? 0) | 0, 0);
}
