import { toHex } from '../../base/bytes.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argLow, argU32, done, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';
import { unknown } from './surroundings.ts';

/** Options of the socket that a program is called for: what was set in this event is known, and nothing else. */
export const SOCKET_OPTION_HELPERS: Readonly<Record<number, HelperFunction>> = {
  49: setOption,
  57: getOption,
  59: setCallbacks,
  64: bindSocket,
};

/** Options that programs may use, by level: SOL_SOCKET, SOL_TCP, SOL_IP, SOL_IPV6. Source: net/core/filter.c, v6.18. */
const OPTIONS: Readonly<Record<number, ReadonlySet<number>>> = {
  1: new Set([2, 7, 8, 9, 12, 15, 18, 25, 36, 47, 62, 74]),
  6: new Set([1, 2, 4, 5, 6, 7, 10, 13, 16, 18, 25, 27, 28, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008]),
  0: new Set([1]),
  41: new Set([67, 70]),
};

/** SO_BINDTODEVICE, TCP_CONGESTION and what holds a whole SYN are no numbers. */
const TEXTS: ReadonlySet<string> = new Set(['1:25', '6:13', '6:28', '6:1005', '6:1006', '6:1007']);
const NUMBER_BYTES = 4;

/** Level and name of an option, when there is one of that size. */
function optionArg(machine: Machine): string | null {
  const [level, name, size] = [argLow(machine, 2), argLow(machine, 3), argU32(machine, 5)];
  const option = `${level}:${name}`;
  if (OPTIONS[level]?.has(name) !== true) return null;
  return TEXTS.has(option) || size === NUMBER_BYTES ? option : null;
}

function setOption(machine: Machine): HelperStatus {
  const name = 'bpf_setsockopt';
  const size = argU32(machine, 5);
  const from = range(machine, name, 4, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const option = optionArg(machine);
  if (option === null) return done(machine, -ERRNO.EINVAL);
  const value = machine.memory.u8.slice(from, from + size);
  machine.world.socketOptions = new Map(machine.world.socketOptions).set(option, value);
  effect(machine, `${name}: level ${argLow(machine, 2)}, option ${argLow(machine, 3)} is set to ${toHex(value)}`);
  return done(machine, 0);
}

function getOption(machine: Machine): HelperStatus {
  const name = 'bpf_getsockopt';
  const size = argU32(machine, 5);
  const to = range(machine, name, 4, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  machine.memory.fill(to, size);
  const option = optionArg(machine);
  if (option === null) return done(machine, -ERRNO.EINVAL);
  const value = machine.world.socketOptions.get(option);
  if (value === undefined)
    return unknown(machine, name, `the value of option ${option} is not recorded`, -ERRNO.EINVAL);
  machine.memory.copyIn(to, value.subarray(0, size));
  return done(machine, 0);
}

/** Offsets in struct bpf_sock_ops; BPF_SOCK_OPS_ALL_CB_FLAGS. */
const SOCK_OPS = { operation: 0, isFullSocket: 72, callbacks: 84 } as const;
const ALL_CALLBACKS = 0x7f;
/** BPF_SOCK_OPS_WRITE_HDR_OPT_CB: what comes later holds no lock on the socket. */
const LAST_LOCKED = 15;

/** Answers the flags that are not known. */
function setCallbacks(machine: Machine): HelperStatus {
  const { memory } = machine;
  const asked = argLow(machine, 2);
  if (memory.u32[(LAYOUT.ctx + SOCK_OPS.operation) >> 2]! > LAST_LOCKED) return done(machine, -ERRNO.EOPNOTSUPP);
  if (memory.u32[(LAYOUT.ctx + SOCK_OPS.isFullSocket) >> 2] === 0) return done(machine, -ERRNO.EINVAL);
  memory.set32(LAYOUT.ctx + SOCK_OPS.callbacks, asked & ALL_CALLBACKS);
  return done(machine, asked & ~ALL_CALLBACKS);
}

const AF_INET = 2;
const AF_INET6 = 10;
/** struct sockaddr_in, and the least of struct sockaddr_in6 (SIN6_LEN_RFC2133). */
const SOCKADDR_BYTES = { [AF_INET]: 16, [AF_INET6]: 24 } as const;

function bindSocket(machine: Machine): HelperStatus {
  const name = 'bpf_bind';
  const size = argU32(machine, 3);
  const from = range(machine, name, 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  if (size < 2) return done(machine, -ERRNO.EINVAL);
  const { u8, view } = machine.memory;
  const family = view.getUint16(from, true);
  if (family !== AF_INET && family !== AF_INET6) return done(machine, -ERRNO.EAFNOSUPPORT);
  if (size < SOCKADDR_BYTES[family]) return done(machine, -ERRNO.EINVAL);
  const ip4 = family === AF_INET;
  const address = ip4 ? u8.slice(from + 4, from + 8).join('.') : toHex(u8.slice(from + 8, from + 24));
  effect(machine, `${name}: the socket is bound to ${address}, port ${view.getUint16(from + 2)}`);
  return done(machine, 0);
}
