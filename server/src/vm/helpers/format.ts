import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, argU64, done, range, trap, type HelperFunction } from './frame.ts';
import { putOut } from './output.ts';
import { readString } from './probeRead.ts';

export const FORMAT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  6: tracePrintk,
  126: seqPrintf,
  127: seqWrite,
  165: snprintf,
  177: traceVprintk,
};

/** Longest line of the trace pipe: BPF_TRACE_PRINTK_SIZE of kernel/trace/bpf_trace.c. */
const MAX_LINE = 1023;
const MAX_STRING = 512;
/** MAX_BPRINTF_VARARGS: a format takes at most this many values. */
const MAX_VALUES = 12;

/** The format text in front of its zero byte; null when it has none. */
function formatText(machine: Machine, at: number, size: number): string | null {
  const bytes = machine.memory.u8.subarray(at, at + size);
  const end = bytes.indexOf(0);
  return end < 0 ? null : new TextDecoder('latin1').decode(bytes.subarray(0, end));
}

function tracePrintk(machine: Machine): HelperStatus {
  const size = argU32(machine, 2);
  const at = range(machine, 'bpf_trace_printk', 1, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  const text = formatText(machine, at, size);
  const values = [argU64(machine, 3), argU64(machine, 4), argU64(machine, 5)];
  return print(machine, text === null ? null : format(machine, text, values));
}

function print(machine: Machine, line: Uint8Array | null): HelperStatus {
  if (line === null) return done(machine, -ERRNO.EINVAL);
  const shown = line.subarray(0, MAX_LINE);
  putOut(machine, 'printk', shown.slice(), null);
  return done(machine, shown.length);
}

/** Values of bpf_snprintf and bpf_trace_vprintk: an array of u64; null with a fault when it cannot be read. */
function valueArray(machine: Machine, name: string, n: number, bytes: number): bigint[] | null | 'invalid' {
  if (bytes % 8 !== 0 || bytes > MAX_VALUES * 8) return 'invalid';
  const at = range(machine, name, n, bytes, false);
  if (at === 0) return null;
  return Array.from({ length: bytes / 8 }, (_, i) => machine.memory.view.getBigUint64(at + 8 * i, true));
}

function traceVprintk(machine: Machine): HelperStatus {
  const name = 'bpf_trace_vprintk';
  const size = argU32(machine, 2);
  const at = range(machine, name, 1, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  const values = valueArray(machine, name, 3, argU32(machine, 4));
  if (values === null) return HELPER_STATUS.trap;
  const text = formatText(machine, at, size);
  return print(machine, values === 'invalid' || text === null ? null : format(machine, text, values));
}

/** Iterators write to a file; here each write is a record of the output. */
function seqPrintf(machine: Machine): HelperStatus {
  const name = 'bpf_seq_printf';
  const size = argU32(machine, 3);
  const at = range(machine, name, 2, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  const values = valueArray(machine, name, 4, argU32(machine, 5));
  if (values === null) return HELPER_STATUS.trap;
  const text = formatText(machine, at, size);
  const line = values === 'invalid' || text === null ? null : format(machine, text, values);
  if (line === null) return done(machine, -ERRNO.EINVAL);
  return done(machine, putOut(machine, 'printk', line, null) ? 0 : -ERRNO.EOVERFLOW);
}

function seqWrite(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const at = range(machine, 'bpf_seq_write', 2, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  const bytes = machine.memory.u8.slice(at, at + size);
  return done(machine, putOut(machine, 'printk', bytes, null) ? 0 : -ERRNO.EOVERFLOW);
}

/** Answers the length the whole text needs, its zero byte counted, however much fits. */
function snprintf(machine: Machine): HelperStatus {
  const name = 'bpf_snprintf';
  const size = argU32(machine, 2);
  const to = range(machine, name, 1, size, true);
  const values = to === 0 ? null : valueArray(machine, name, 4, argU32(machine, 5));
  if (values === null) return HELPER_STATUS.trap;
  const text = argHigh(machine, 3) === 0 ? readString(machine, argU64(machine, 3), 4096, false) : null;
  if (text === null) return trap(machine, 'memory', `${name}: the format is not a readable string`);
  const line = values === 'invalid' ? null : format(machine, new TextDecoder('latin1').decode(text), values);
  if (line === null) return done(machine, -ERRNO.EINVAL);
  if (size > 0) {
    machine.memory.fill(to, size);
    machine.memory.copyIn(to, line.subarray(0, size - 1));
  }
  return done(machine, line.length + 1);
}

/** What bpf_bprintf_prepare of kernel/bpf/helpers.c accepts: no precision, no `#`, no `h`. */
const CONVERSION =
  /%(?:%|(?<flags>[-+ 0]*)(?<width>\d*)(?:(?<pointer>pks|pus|pK|px|pB|ps|pS|pi4|pI4|pi6|pI6|p(?=$|[\s!-/:-@[-`{-~])|s|c)|(?<length>ll|l)?(?<kind>[diuxX])))/gu;

/** The kernel's conversions with their values; null when the format has one the kernel refuses or too few values. */
export function format(machine: Machine, text: string, values: readonly bigint[]): Uint8Array | null {
  if (hasControlCharacter(text)) return null;
  const out: number[] = [];
  let next = 0;
  let from = 0;
  for (const match of text.matchAll(CONVERSION)) {
    const between = text.slice(from, match.index);
    if (between.includes('%')) return null;
    pushLatin1(out, between);
    from = match.index + match[0].length;
    if (match[0] === '%%') pushLatin1(out, '%');
    else {
      const value = values[next++];
      if (value === undefined) return null;
      const groups = match.groups ?? {};
      const shown = convert(machine, groups, value);
      for (const byte of READ_FIRST.test(groups['pointer'] ?? '') ? shown : pad(shown, groups)) out.push(byte);
    }
  }
  const rest = text.slice(from);
  if (rest.includes('%')) return null;
  pushLatin1(out, rest);
  return Uint8Array.from(out);
}

/** Neither printable nor white space, as lib/ctype.c says of Latin-1. */
function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && (code < 9 || code > 13)) || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

/** What is read before the text is made gets no padding: the kernel's `bstr_printf` copies it. */
const READ_FIRST = /^p[BIiku]/u;

type Groups = Readonly<Record<string, string | undefined>>;

function pushLatin1(out: number[], text: string): void {
  for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
}

function latin1(text: string): Uint8Array {
  const out: number[] = [];
  pushLatin1(out, text);
  return Uint8Array.from(out);
}

function convert(machine: Machine, groups: Groups, value: bigint): Uint8Array {
  const { pointer, kind, length } = groups;
  if (pointer === undefined) return latin1(integer(kind ?? 'd', length ?? '', groups['flags'] ?? '', value));
  switch (pointer) {
    case 's':
    case 'pks':
    case 'pus':
      return readString(machine, value, MAX_STRING, pointer.includes('u')) ?? latin1('');
    case 'c':
      return Uint8Array.of(Number(value & 0xffn));
    case 'pi4':
    case 'pI4':
    case 'pi6':
    case 'pI6':
      return latin1(internetAddress(machine, pointer, value));
    case 'pB':
    case 'ps':
    case 'pS':
      // No kernel symbols here: an address without a name.
      return latin1(`0x${value.toString(16)}`);
    default:
      // Guest pointers are no secrets, so they are shown as they are and not hashed.
      return latin1(groups['width'] ? value.toString(16) : value.toString(16).padStart(16, '0'));
  }
}

function integer(kind: string, length: string, flags: string, value: bigint): string {
  const bits = length === '' ? 32 : 64;
  const unsigned = BigInt.asUintN(bits, value);
  if (kind === 'x') return unsigned.toString(16);
  if (kind === 'X') return unsigned.toString(16).toUpperCase();
  if (kind === 'u') return unsigned.toString();
  const signed = BigInt.asIntN(bits, value);
  const sign = signed >= 0n && flags.includes('+') ? '+' : signed >= 0n && flags.includes(' ') ? ' ' : '';
  return sign + signed.toString();
}

function pad(shown: Uint8Array, groups: Groups): Uint8Array {
  const width = Math.min(Number(groups['width'] || 0), MAX_LINE);
  if (shown.length >= width) return shown;
  const flags = groups['flags'] ?? '';
  const zero =
    flags.includes('0') &&
    !flags.includes('-') &&
    (groups['kind'] !== undefined || /^p[xK]?$/u.test(groups['pointer'] ?? ''));
  const padded = new Uint8Array(width).fill(zero ? 0x30 : 0x20);
  // Zeros go between the sign and the digits.
  const signed = zero && (shown[0] === 0x2d || shown[0] === 0x2b);
  padded.set(signed ? shown.subarray(1) : shown, flags.includes('-') ? 0 : width - shown.length + (signed ? 1 : 0));
  if (signed) padded[0] = shown[0]!;
  return padded;
}

function internetAddress(machine: Machine, kind: string, address: bigint): string {
  const size = kind.endsWith('4') ? 4 : 16;
  const at = Number(BigInt.asUintN(53, address));
  // What cannot be read is shown as zeros.
  const isOpen = machine.regions.allows(at, size, false);
  const bytes = isOpen ? machine.memory.u8.slice(at, at + size) : new Uint8Array(size);
  if (kind === 'pI4') return bytes.join('.');
  if (kind === 'pi4') return Array.from(bytes, (byte) => String(byte).padStart(3, '0')).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16).padStart(4, '0'),
  );
  return groups.join(kind === 'pI6' ? ':' : '');
}
