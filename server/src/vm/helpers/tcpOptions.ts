import { toHex } from '../../base/bytes.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';
import { unknown } from './surroundings.ts';

/** Options of the TCP header that a socket operation is about. Mirrors bpf_sock_ops_*_hdr_opt of net/core/filter.c, v6.18. */
export const TCP_OPTION_HELPERS: Readonly<Record<number, HelperFunction>> = {
  142: loadOption,
  143: storeOption,
  144: reserveOption,
};

const END = 0;
const NOTHING = 1;
/** Experimental kinds, which a magic number tells apart. */
const EXPERIMENTAL: ReadonlySet<number> = new Set([253, 254]);
const TCP_BYTES = 20;
const MOST_OPTION_BYTES = 40;

/** BPF_SOCK_OPS_HDR_OPT_LEN_CB and BPF_SOCK_OPS_WRITE_HDR_OPT_CB, the last operation that holds the socket's lock. */
const LENGTH_CALL = 14;
const WRITE_CALL = 15;
/** BPF_LOAD_HDR_OPT_TCP_SYN. */
const FROM_SYN = 1;

function operation({ memory }: Machine): number {
  return memory.u32[LAYOUT.ctx >> 2]!;
}

/** What the search comes upon: the option's place, or a negated errno. */
function search(options: Uint8Array, kind: number, magic: Uint8Array): number {
  for (let at = 0; at < options.length;) {
    const found = options[at]!;
    if (found === END) return -ERRNO.ENOMSG;
    if (found === NOTHING) {
      at++;
      continue;
    }
    const size = options[at + 1] ?? 0;
    if (size < 2 || at + size > options.length) return -ERRNO.EFAULT;
    if (found === kind && magic.length > size - 2) return -ERRNO.ENOMSG;
    if (found === kind && magic.every((byte, i) => options[at + 2 + i] === byte)) return at;
    at += size;
  }
  return -ERRNO.ENOMSG;
}

function optionsOf({ packet }: Machine): Uint8Array {
  return packet.bytes.subarray(Math.min(TCP_BYTES, packet.length));
}

function loadOption(machine: Machine): HelperStatus {
  const name = 'bpf_load_hdr_opt';
  const size = argU32(machine, 3);
  const at = range(machine, name, 2, size, true);
  if (at === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  if (operation(machine) > WRITE_CALL) return done(machine, -ERRNO.EOPNOTSUPP);
  if (size < 2 || argHigh(machine, 4) !== 0 || (flags & ~FROM_SYN) !== 0) return done(machine, -ERRNO.EINVAL);
  const { u8 } = machine.memory;
  const [kind, length] = [u8[at]!, u8[at + 1]!];
  const isExperimental = EXPERIMENTAL.has(kind);
  const wrongLength = isExperimental ? length !== 4 && length !== 6 : length !== 0;
  if (length > size || kind <= NOTHING || wrongLength) return done(machine, -ERRNO.EINVAL);
  if ((flags & FROM_SYN) !== 0) return unknown(machine, name, 'the SYN is not recorded', -ERRNO.ENOENT);
  if (machine.packet.length === 0 || operation(machine) === LENGTH_CALL) return done(machine, -ERRNO.EPERM);
  const options = optionsOf(machine);
  const found = search(options, kind, isExperimental ? u8.slice(at + 2, at + length) : new Uint8Array());
  if (found < 0) return done(machine, found);
  const bytes = options.slice(found, found + options[found + 1]!);
  machine.memory.copyIn(at, bytes.subarray(0, size));
  return done(machine, bytes.length > size ? -ERRNO.ENOSPC : bytes.length);
}

function storeOption(machine: Machine): HelperStatus {
  const name = 'bpf_store_hdr_opt';
  const size = argU32(machine, 3);
  const at = range(machine, name, 2, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  if (operation(machine) !== WRITE_CALL) return done(machine, -ERRNO.EPERM);
  const flagged = argU32(machine, 4) !== 0 || argHigh(machine, 4) !== 0;
  const { u8 } = machine.memory;
  const [kind, length] = [u8[at]!, size < 2 ? 0 : u8[at + 1]!];
  const isExperimental = EXPERIMENTAL.has(kind);
  if (size < 2 || flagged || length > size || kind <= NOTHING) return done(machine, -ERRNO.EINVAL);
  const options = optionsOf(machine);
  if (length > MOST_OPTION_BYTES - options.length) return done(machine, -ERRNO.ENOSPC);
  if (isExperimental && length < 4) return done(machine, -ERRNO.EINVAL);
  const found = search(options, kind, isExperimental ? u8.slice(at + 2, at + 4) : new Uint8Array());
  if (found >= 0) return done(machine, -ERRNO.EEXIST);
  if (found !== -ERRNO.ENOMSG) return done(machine, found);
  effect(machine, `${name}: option ${toHex(u8.slice(at, at + length))} is written`);
  return done(machine, 0);
}

/** How much room is left is known only as what a whole header has. */
function reserveOption(machine: Machine): HelperStatus {
  const size = argU32(machine, 2);
  if (operation(machine) !== LENGTH_CALL) return done(machine, -ERRNO.EPERM);
  if (argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0 || size < 2) return done(machine, -ERRNO.EINVAL);
  if (size > MOST_OPTION_BYTES) return done(machine, -ERRNO.ENOSPC);
  effect(machine, `bpf_reserve_hdr_opt: ${size} bytes are reserved`);
  return done(machine, 0);
}
