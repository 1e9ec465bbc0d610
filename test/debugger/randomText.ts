import { randomNumbers } from '../support/random.ts';

/** A bad address, a register without a value, a helper that refuses its arguments. */
const FAULTS = [
  '  r0 = *(u64 *)(r7 + 30000)',
  '  call bpf_ktime_get_ns\n  r9 += r5',
  '  r1 = r9\n  r2 = r10\n  call bpf_map_lookup_elem',
];

type Next = (below: number) => number;

const HEAD = `.license "GPL"
.map counts, type=array, key=4, value=8, entries=4
.map flows, type=hash, key=4, value=8, entries=8
.map recent, type=lru_hash, key=4, value=8, entries=2
.map jumps, type=prog_array, key=4, value=4, entries=1
.slot jumps, 0, second
`;

/** r6 = context, r7 = packet, r8 = a number of the packet, r9 = a running value. */
const BEGIN = `  r6 = r1
  r7 = *(u32 *)(r6 + 0)
  r2 = *(u32 *)(r6 + 4)
  r9 = 0
  r0 = r7
  r0 += 40
  if r0 > r2 goto OUT
  r8 = *(u8 *)(r7 + 20)
  *(u64 *)(r10 - 8) = r8
  *(u64 *)(r10 - 16) = r9
`;

/**
 * A program of two (the first may tail-call the second) with functions, loops, callbacks, maps, output and packet
 * writes. What it does depends on the packet. The same seed, the same text.
 */
export function randomText(seed: number): string {
  const next = randomNumbers(seed);
  const names = new Labels();
  const functions = Array.from({ length: 1 + next(3) }, (_, index) => index);
  const parts = [HEAD, '.section "xdp"'];
  for (const name of ['first', 'second']) {
    parts.push(`.globl ${name}`, `${name}:`, BEGIN.replace('OUT', `${name}_out`));
    for (let count = 3 + next(8); count > 0; count--) parts.push(statement(next, names, functions, 2));
    if (name === 'first' && next(2) === 0)
      parts.push('  r1 = r6', '  r2 = jumps ll', '  r3 = 0', '  call bpf_tail_call');
    const fault = FAULTS[next(12)];
    if (fault !== undefined) parts.push(fault);
    parts.push(`${name}_out:`, '  r0 = r9', '  r0 &= 3', '  exit');
  }
  for (const index of functions) parts.push(func(next, names, index, functions));
  parts.push(
    'round:',
    '  r3 = *(u64 *)(r2 + 0)',
    '  r3 += r1',
    '  *(u64 *)(r2 + 0) = r3',
    '  r0 = r1',
    '  r0 >>= 2',
    '  exit',
  );
  return `${parts.join('\n')}\n`;
}

class Labels {
  #count = 0;
  next(): string {
    return `l${this.#count++}`;
  }
}

/** A function of the packet and a number; those with a smaller index may be called. */
function func(next: Next, names: Labels, index: number, functions: readonly number[]): string {
  const lines = [
    `f${index}:`,
    '  r7 = r1',
    '  r9 = r2',
    '  r8 = r2',
    '  *(u64 *)(r10 - 8) = r2',
    '  *(u64 *)(r10 - 16) = r2',
  ];
  const lower = functions.filter((other) => other < index);
  for (let count = 1 + next(4); count > 0; count--) lines.push(statement(next, names, lower, 1));
  return [...lines, '  r0 = r9', '  exit'].join('\n');
}

function statement(next: Next, names: Labels, functions: readonly number[], depth: number): string {
  switch (next(11)) {
    case 0:
      return `  r9 += ${next(100)}\n  r9 *= 3\n  r9 ^= r8`;
    case 1: {
      const label = names.next();
      const body = depth > 0 ? statement(next, names, functions, depth - 1) : '  r9 += 1';
      return `  r1 = r9\n  r1 &= ${1 + next(3)}\n  if r1 ${next(2) === 0 ? '==' : '!='} 0 goto ${label}\n${body}\n${label}:`;
    }
    case 2:
      return depth > 0 ? loop(next, names, functions, depth) : '  r9 -= 5';
    case 3:
      return `  *(u8 *)(r7 + ${14 + next(20)}) = r9`;
    case 4:
      return `  r1 = *(u8 *)(r7 + ${14 + next(20)})\n  r9 += r1`;
    case 5:
      return update(next(2) === 0 ? 'flows' : 'recent');
    case 6:
      return count(names);
    case 7: {
      const called = functions[next(Math.max(1, functions.length))];
      return called === undefined ? '  r9 <<= 1' : `  r1 = r7\n  r2 = r9\n  call f${called}\n  r9 ^= r0`;
    }
    case 8:
      return '  call bpf_get_prandom_u32\n  r9 ^= r0\n  r9 &= 65535';
    case 9:
      return `  *(u64 *)(r10 - 24) = r9\n  r1 = ${next(6)}\n  r2 = round ll\n  r3 = r10\n  r3 += -24\n  r4 = 0\n  call bpf_loop\n  r1 = *(u64 *)(r10 - 24)\n  r9 += r1`;
    default:
      // "n\0" as one half-word.
      return '  *(u16 *)(r10 - 32) = 110\n  r1 = r10\n  r1 += -32\n  r2 = 2\n  call bpf_trace_printk\n  call bpf_ktime_get_ns\n  r9 += r0';
  }
}

function loop(next: Next, names: Labels, functions: readonly number[], depth: number): string {
  const label = names.next();
  const slot = -40 - 8 * depth;
  const body = statement(next, names, functions, depth - 1);
  return `  *(u64 *)(r10 ${slot}) = ${2 + next(4)}\n${label}:\n${body}\n  r1 = *(u64 *)(r10 ${slot})\n  r1 += -1\n  *(u64 *)(r10 ${slot}) = r1\n  if r1 != 0 goto ${label}`;
}

function update(map: string): string {
  return `  r1 = r9\n  r1 &= 15\n  *(u32 *)(r10 - 32) = r1\n  *(u64 *)(r10 - 24) = r9\n  r1 = ${map} ll\n  r2 = r10\n  r2 += -32\n  r3 = r10\n  r3 += -24\n  r4 = 0\n  call bpf_map_update_elem`;
}

function count(names: Labels): string {
  const label = names.next();
  return `  r1 = r9\n  r1 &= 3\n  *(u32 *)(r10 - 32) = r1\n  r1 = counts ll\n  r2 = r10\n  r2 += -32\n  call bpf_map_lookup_elem\n  if r0 == 0 goto ${label}\n  r1 = 1\n  lock *(u64 *)(r0 + 0) += r1\n  r1 = *(u64 *)(r0 + 0)\n  r9 += r1\n${label}:`;
}
