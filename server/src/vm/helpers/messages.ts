import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { LAYOUT, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';

/** What programs on messages (sk_msg) do to them. The message lies in one piece here. */
export const MESSAGE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  61: (machine) => bytes(machine, 'bpf_msg_apply_bytes', 'the verdict holds for'),
  62: (machine) => bytes(machine, 'bpf_msg_cork_bytes', 'the message waits for'),
  63: pullData,
  90: pushData,
  91: popData,
};

/** Offsets in struct sk_msg_md. */
const MESSAGE = { data: 0, dataEnd: 8, size: 68 } as const;

function bytes(machine: Machine, name: string, what: string): HelperStatus {
  effect(machine, `${name}: ${what} ${argU32(machine, 2)} bytes`);
  return done(machine, 0);
}

/** Tells the context which part can be accessed directly. */
function publish({ memory, packet }: Machine, start: number, end: number): void {
  memory.set64(LAYOUT.ctx + MESSAGE.data, start, 0);
  memory.set64(LAYOUT.ctx + MESSAGE.dataEnd, end, 0);
  memory.set32(LAYOUT.ctx + MESSAGE.size, packet.length);
}

function isFlagged(machine: Machine): boolean {
  return argU32(machine, 4) !== 0 || argHigh(machine, 4) !== 0;
}

/** The pointers lead to just the bytes that are asked for. */
function pullData(machine: Machine): HelperStatus {
  const { packet } = machine;
  const [start, end] = [argU32(machine, 2), argU32(machine, 3)];
  if (isFlagged(machine) || end <= start || end > packet.length) return done(machine, -ERRNO.EINVAL);
  publish(machine, packet.start + start, packet.start + end);
  return done(machine, 0);
}

/** What is pushed in are zeros; the kernel leaves whatever its page holds. */
function pushData(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const [start, size] = [argU32(machine, 2), argU32(machine, 3)];
  if (isFlagged(machine)) return done(machine, -ERRNO.EINVAL);
  if (size === 0) return done(machine, 0);
  if (start > packet.length) return done(machine, -ERRNO.EINVAL);
  if (packet.end + size > packet.hardEnd) return done(machine, -ERRNO.ENOMEM);
  const at = packet.start + start;
  memory.move(at + size, at, packet.end - at);
  memory.fill(at, size);
  packet.linearLimit = Math.max(packet.linearLimit, packet.end + size);
  packet.move(packet.start, packet.end + size);
  publish(machine, packet.start, packet.end);
  return done(machine, 0);
}

function popData(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const [start, size] = [argU32(machine, 2), argU32(machine, 3)];
  if (isFlagged(machine)) return done(machine, -ERRNO.EINVAL);
  if (size === 0) return done(machine, 0);
  if (start >= packet.length || start + size > packet.length) return done(machine, -ERRNO.EINVAL);
  const at = packet.start + start;
  memory.move(at, at + size, packet.end - at - size);
  packet.move(packet.start, packet.end - size);
  publish(machine, packet.start, packet.end);
  return done(machine, 0);
}
