import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argLow, argU32, done, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';
import { unknown } from './surroundings.ts';

/** What programs of type syscall ask for, remote controls, and a TCP acknowledgement: no kernel is there to do it. */
export const SYSTEM_HELPERS: Readonly<Record<number, HelperFunction>> = {
  77: (machine) => told(machine, 'bpf_rc_repeat: the key is still held down'),
  78: (machine) =>
    told(
      machine,
      `bpf_rc_keydown: protocol ${argU32(machine, 2)}, scan code 0x${argU32(machine, 3).toString(16)}, toggle ${argU32(machine, 4) & 1}`,
    ),
  92: (machine) => told(machine, `bpf_rc_pointer_rel: moved by ${argLow(machine, 2)}, ${argLow(machine, 3)}`),
  116: (machine) => told(machine, `bpf_tcp_send_ack: acknowledges up to ${argU32(machine, 2)}`),
  166: systemCall,
  167: findType,
  168: (machine) => unknown(machine, 'bpf_sys_close', 'there are no open files', -ERRNO.EBADF),
  179: findSymbol,
};

function told(machine: Machine, text: string): HelperStatus {
  effect(machine, text);
  return done(machine, 0);
}

/** Commands of bpf(2) that `bpf_sys_bpf` of kernel/bpf/syscall.c lets through, v6.18: BPF_MAP_CREATE and so on. */
const COMMANDS: ReadonlySet<number> = new Set([0, 2, 3, 5, 14, 17, 18, 22, 28]);

function systemCall(machine: Machine): HelperStatus {
  const name = 'bpf_sys_bpf';
  const command = argLow(machine, 1);
  if (range(machine, name, 2, argU32(machine, 3), false) === 0) return HELPER_STATUS.trap;
  if (!COMMANDS.has(command)) return done(machine, -ERRNO.EINVAL);
  return unknown(machine, name, `command ${command} is not carried out`, -ERRNO.EPERM);
}

/** The zero-terminated text of arguments `n` and `n` + 1; a number is an errno, null a fault. */
function nameArg(machine: Machine, helper: string, n: number): string | number | null {
  const size = argU32(machine, n + 1);
  const at = range(machine, helper, n, size, false);
  if (at === 0) return null;
  const bytes = machine.memory.u8.subarray(at, at + size);
  if (size <= 1 || bytes[size - 1] !== 0) return -ERRNO.EINVAL;
  return new TextDecoder('latin1').decode(bytes.subarray(0, bytes.indexOf(0)));
}

function findType(machine: Machine): HelperStatus {
  const name = 'bpf_btf_find_by_name_kind';
  const type = nameArg(machine, name, 1);
  if (type === null) return HELPER_STATUS.trap;
  if (argLow(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  if (typeof type === 'number') return done(machine, type);
  return unknown(machine, name, `no kernel is at hand that has a type ${type}`, -ERRNO.ENOENT);
}

function findSymbol(machine: Machine): HelperStatus {
  const name = 'bpf_kallsyms_lookup_name';
  const symbol = nameArg(machine, name, 1);
  const to = symbol === null ? 0 : range(machine, name, 4, 8, true);
  if (to === 0 || symbol === null) return HELPER_STATUS.trap;
  machine.memory.set64(to, 0, 0);
  if (argLow(machine, 3) !== 0 || argHigh(machine, 3) > 0) return done(machine, -ERRNO.EINVAL);
  if (typeof symbol === 'number') return done(machine, symbol);
  const address = machine.world.given.symbols.get(symbol);
  if (address === undefined)
    return unknown(machine, name, `symbol ${symbol} is not known; give it in a world file`, -ERRNO.ENOENT);
  machine.memory.view.setBigUint64(to, address, true);
  return done(machine, 0);
}
