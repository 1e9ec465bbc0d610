import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { argLow, argU64, done, type HelperFunction } from '../helpers/frame.ts';
import { kernelError } from '../helpers/probeRead.ts';
import type { HelperStatus } from '../machine.ts';

/** Longest string that is looked at: XATTR_SIZE_MAX of include/uapi/linux/limits.h. */
const MOST_BYTES = 0x1_0000;

/** Mirrors bpf_str* of kernel/bpf/helpers.c, v6.18. Where a string cannot be read the answer is an error, not a trap. */
export const STRING_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_strcmp: (machine) => compare(machine, false),
  bpf_strcasecmp: (machine) => compare(machine, true),
  bpf_strchr: (machine) => find(machine, MOST_BYTES, charArg(machine, 2)),
  bpf_strnchr: (machine) => find(machine, countArg(machine, 2), charArg(machine, 3)),
  bpf_strchrnul: findOrEnd,
  bpf_strrchr: findLast,
  bpf_strlen: (machine) => length(machine, MOST_BYTES),
  bpf_strnlen: (machine) => length(machine, countArg(machine, 2)),
  bpf_strspn: (machine) => span(machine, true),
  bpf_strcspn: (machine) => span(machine, false),
  bpf_strstr: (machine) => findText(machine, MOST_BYTES),
  bpf_strnstr: (machine) => findText(machine, countArg(machine, 3)),
};

/** A string of the program; reading it stops where memory ends. */
class Text {
  private readonly machine: Machine;
  private readonly start: bigint;

  constructor(machine: Machine, n: number) {
    this.machine = machine;
    this.start = argU64(machine, n);
  }

  /** The byte (the kernel's char is unsigned); null where there is no memory. */
  at(index: number): number | null {
    const address = Number(this.start) + index;
    const { memory, regions } = this.machine;
    if (address < 0x1_0000_0000 && regions.allows(address, 1, false)) return memory.u8[address] ?? null;
    return this.machine.foreignMemory?.(this.start + BigInt(index), 1, false)?.[0] ?? null;
  }

  get error(): number {
    return this.at(0) === null ? kernelError(this.start) : -ERRNO.EFAULT;
  }
}

function charArg(machine: Machine, n: number): number {
  return argLow(machine, n) & 0xff;
}

function countArg(machine: Machine, n: number): number {
  return Number(argU64(machine, n));
}

function lower(char: number): number {
  return char >= 0x41 && char <= 0x5a ? char + 0x20 : char;
}

function compare(machine: Machine, ignoreCase: boolean): HelperStatus {
  const [first, second] = [new Text(machine, 1), new Text(machine, 2)];
  for (let i = 0; i < MOST_BYTES; i++) {
    const a = first.at(i);
    const b = second.at(i);
    if (a === null) return done(machine, first.error);
    if (b === null) return done(machine, second.error);
    const [x, y] = ignoreCase ? [lower(a), lower(b)] : [a, b];
    if (x !== y) return done(machine, x < y ? -1 : 1);
    if (x === 0) return done(machine, 0);
  }
  return done(machine, -ERRNO.E2BIG);
}

function find(machine: Machine, count: number, wanted: number): HelperStatus {
  const text = new Text(machine, 1);
  const end = Math.min(count, MOST_BYTES);
  for (let i = 0; i < end; i++) {
    const char = text.at(i);
    if (char === null) return done(machine, text.error);
    if (char === wanted) return done(machine, i);
    if (char === 0) return done(machine, -ERRNO.ENOENT);
  }
  return done(machine, end === MOST_BYTES ? -ERRNO.E2BIG : -ERRNO.ENOENT);
}

function findOrEnd(machine: Machine): HelperStatus {
  const text = new Text(machine, 1);
  const wanted = charArg(machine, 2);
  for (let i = 0; i < MOST_BYTES; i++) {
    const char = text.at(i);
    if (char === null) return done(machine, text.error);
    if (char === wanted || char === 0) return done(machine, i);
  }
  return done(machine, -ERRNO.E2BIG);
}

function findLast(machine: Machine): HelperStatus {
  const text = new Text(machine, 1);
  const wanted = argLow(machine, 2);
  let last: number = -ERRNO.ENOENT;
  for (let i = 0; i < MOST_BYTES; i++) {
    const char = text.at(i);
    if (char === null) return done(machine, text.error);
    if (char === wanted) last = i;
    if (char === 0) return done(machine, last);
  }
  return done(machine, -ERRNO.E2BIG);
}

function length(machine: Machine, count: number): HelperStatus {
  const text = new Text(machine, 1);
  const end = Math.min(count, MOST_BYTES);
  for (let i = 0; i < end; i++) {
    const char = text.at(i);
    if (char === null) return done(machine, text.error);
    if (char === 0) return done(machine, i);
  }
  return done(machine, end === MOST_BYTES ? -ERRNO.E2BIG : end);
}

/** How many characters in front belong to the set, or do not. */
function span(machine: Machine, inSet: boolean): HelperStatus {
  const [text, set] = [new Text(machine, 1), new Text(machine, 2)];
  for (let i = 0; i < MOST_BYTES; i++) {
    const char = text.at(i);
    if (char === null) return done(machine, text.error);
    if (char === 0) return done(machine, i);
    const found = isIn(set, char);
    if (typeof found === 'number') return done(machine, found);
    if (found !== inSet) return done(machine, i);
  }
  return done(machine, -ERRNO.E2BIG);
}

function isIn(set: Text, wanted: number): boolean | number {
  for (let i = 0; i < MOST_BYTES; i++) {
    const char = set.at(i);
    if (char === null) return set.error;
    if (char === 0) return false;
    if (char === wanted) return true;
  }
  return -ERRNO.E2BIG;
}

/** The text is looked for in the first `size` bytes. */
function findText(machine: Machine, size: number): HelperStatus {
  const [text, wanted] = [new Text(machine, 1), new Text(machine, 2)];
  for (let i = 0; i < MOST_BYTES; i++) {
    const found = startsWith(text, i, wanted, size);
    if (found === true) return done(machine, i);
    if (found !== false) return done(machine, found);
  }
  return done(machine, -ERRNO.E2BIG);
}

/** True, false, or the error with which the search ends. */
function startsWith(text: Text, from: number, wanted: Text, size: number): boolean | number {
  for (let j = 0; from + j <= size && j < MOST_BYTES; j++) {
    const next = wanted.at(j);
    if (next === null) return wanted.error;
    if (next === 0) return true;
    if (from + j === size) return -ERRNO.ENOENT;
    const char = text.at(from + j);
    if (char === null) return text.error;
    if (char === 0) return -ERRNO.ENOENT;
    if (char !== next) return false;
  }
  return from > size ? -ERRNO.ENOENT : -ERRNO.E2BIG;
}
