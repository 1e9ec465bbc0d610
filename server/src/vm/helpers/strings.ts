import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';

export const STRING_HELPERS: Readonly<Record<number, HelperFunction>> = {
  105: (machine) => parseNumber(machine, 'bpf_strtol', true),
  106: (machine) => parseNumber(machine, 'bpf_strtoul', false),
  182: compareStrings,
};

/** What the kernel copies of a number: the rest is not looked at. */
const MAX_DIGITS = 63;

/** Mirrors what __bpf_strtoll of kernel/bpf/helpers.c takes: white space, a sign, a prefix of the base, digits. */
function parseNumber(machine: Machine, name: string, signed: boolean): HelperStatus {
  const size = argU32(machine, 2);
  const from = range(machine, name, 1, size, false);
  const to = from === 0 ? 0 : range(machine, name, 4, 8, true);
  if (to === 0) return HELPER_STATUS.trap;
  const base = argU32(machine, 3);
  machine.memory.set64(to, 0, 0);
  if (size === 0 || argHigh(machine, 3) !== 0 || ![0, 8, 10, 16].includes(base)) return done(machine, -ERRNO.EINVAL);
  const text = new TextDecoder('latin1').decode(machine.memory.u8.slice(from, from + size));
  const found = readNumber(text, base);
  if (found === null) return done(machine, -ERRNO.EINVAL);
  if (BigInt.asUintN(64, found.value) !== found.value) return done(machine, -ERRNO.ERANGE);
  if (found.negative && !signed) return done(machine, -ERRNO.EINVAL);
  const value = found.negative ? -found.value : found.value;
  if (signed && BigInt.asIntN(64, value) !== value) return done(machine, -ERRNO.ERANGE);
  machine.memory.view.setBigInt64(to, BigInt.asIntN(64, value), true);
  return done(machine, found.used);
}

function readNumber(text: string, base: number): { value: bigint; negative: boolean; used: number } | null {
  const lead = /^[\t\n\v\f\r \u00a0]*(?<sign>-?)/u.exec(text);
  if (lead === null) return null;
  const rest = text.slice(lead[0].length, lead[0].length + MAX_DIGITS);
  const hex = /^0x[0-9a-f]/iu.test(rest);
  const chosen = base !== 0 ? base : hex ? 16 : rest.startsWith('0') ? 8 : 10;
  // With base 16 the prefix counts even where no digit follows it.
  const prefix = chosen === 16 && /^0x/iu.test(rest) ? 2 : 0;
  const pattern = chosen === 16 ? /^[0-9a-f]+/iu : chosen === 8 ? /^[0-7]+/u : /^\d+/u;
  const digits = pattern.exec(rest.slice(prefix))?.[0];
  if (digits === undefined) return null;
  const value = BigInt(`${chosen === 16 ? '0x' : chosen === 8 ? '0o' : ''}${digits}`);
  return { value, negative: lead.groups?.['sign'] === '-', used: lead[0].length + prefix + digits.length };
}

/** The second string must end within the first one's size, as the verifier makes sure. */
function compareStrings(machine: Machine): HelperStatus {
  const name = 'bpf_strncmp';
  const size = argU32(machine, 2);
  const first = range(machine, name, 1, size, false);
  const second = first === 0 ? 0 : range(machine, name, 3, 1, false);
  if (second === 0) return HELPER_STATUS.trap;
  const { u8 } = machine.memory;
  for (let i = 0; i < size; i++) {
    const a = u8[first + i]!;
    const b = machine.regions.allows(second + i, 1, false) ? u8[second + i]! : 0;
    if (a !== b) return done(machine, a < b ? -1 : 1);
    if (a === 0) break;
  }
  return done(machine, 0);
}
