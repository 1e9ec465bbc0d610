import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { argHigh, argLow, argU32, done, done64, note, type HelperFunction } from './frame.ts';

const PACKET_OTHERHOST = 3;

/** BPF_CSUM_LEVEL_*. */
const LEVEL = { query: 0, increase: 1, decrease: 2, reset: 3 } as const;
/** SKB_MAX_CSUM_LEVEL. */
const MAX_LEVEL = 3;

/** Ethernet types as they stand in the context. */
const P_IP = 0x0008;
const P_IPV6 = 0xdd86;

/** What stands beside a packet of the network stack: its type, hash, checksum state and time. */
export const SKB_STATE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  32: changeType,
  34: flowHash,
  40: (machine) => done(machine, -ERRNO.ENOTSUPP),
  41: (machine) => setHash(machine, 0),
  48: (machine) => setHash(machine, argLow(machine, 2)),
  135: checksumLevel,
  192: setTime,
};

function changeType(machine: Machine): HelperStatus {
  const { memory } = machine;
  const type = argU32(machine, 2);
  const now = memory.u32[(LAYOUT.ctx + SKB.pktType) >> 2]!;
  if (type > PACKET_OTHERHOST || now > PACKET_OTHERHOST) return done(machine, -ERRNO.EINVAL);
  memory.set32(LAYOUT.ctx + SKB.pktType, type);
  return done(machine, 0);
}

function flowHash(machine: Machine): HelperStatus {
  const hash = machine.memory.i32[(LAYOUT.ctx + SKB.hash) >> 2]!;
  if (hash === 0) note(machine, 'bpf_get_hash_recalc: the kernel hashes with a secret key; it answered 0');
  return done64(machine, hash, 0);
}

function setHash(machine: Machine, hash: number): HelperStatus {
  machine.memory.set32(LAYOUT.ctx + SKB.hash, hash);
  return done(machine, 0);
}

/** Mirrors bpf_csum_level of net/core/filter.c, v6.18. */
function checksumLevel(machine: Machine): HelperStatus {
  const { packet } = machine;
  if (argHigh(machine, 2) !== 0) return done(machine, -ERRNO.EINVAL);
  switch (argU32(machine, 2)) {
    case LEVEL.query:
      return done(machine, packet.checksumLevel < 0 ? -ERRNO.EACCES : packet.checksumLevel);
    case LEVEL.increase:
      packet.checksumLevel = Math.min(packet.checksumLevel + 1, MAX_LEVEL);
      break;
    case LEVEL.decrease:
      packet.checksumLevel = Math.max(packet.checksumLevel - 1, -1);
      break;
    case LEVEL.reset:
      packet.checksumLevel = -1;
      break;
    default:
      return done(machine, -ERRNO.EINVAL);
  }
  return done(machine, 0);
}

/** Clocks: real time 0, monotonic 1, TAI 2; only the first takes a time of zero, which forgets it. */
function setTime(machine: Machine): HelperStatus {
  const { memory } = machine;
  const protocol = memory.u32[(LAYOUT.ctx + SKB.protocol) >> 2]!;
  if (protocol !== P_IP && protocol !== P_IPV6) return done(machine, -ERRNO.EOPNOTSUPP);
  const clock = argU32(machine, 3);
  const isZero = argU32(machine, 2) === 0 && argHigh(machine, 2) === 0;
  if (clock > 2 || (clock > 0 && isZero)) return done(machine, -ERRNO.EINVAL);
  memory.set64(LAYOUT.ctx + SKB.tstamp, argLow(machine, 2), argHigh(machine, 2));
  memory.touch(LAYOUT.ctx + SKB.tstampType, 1);
  memory.u8[LAYOUT.ctx + SKB.tstampType] = clock;
  return done(machine, 0);
}
