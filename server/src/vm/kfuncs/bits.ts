import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { argHigh, argU32, done, done64, donePointer, range, trap, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** Loops over set bits. Mirrors struct bpf_iter_bits_kern of kernel/bpf/helpers.c, v6.18. */
export const BITS_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_bits_new: begin,
  bpf_iter_bits_next: next,
  bpf_iter_bits_destroy: end,
};

/** Where the iterator keeps the word, or the address of the words; then how many bits there are and where it stands. */
const WORDS = 0;
const COUNT = 8;
const POSITION = 12;
const ITERATOR_BYTES = 16;

/** BITS_ITER_NR_WORDS_MAX. */
const MOST_WORDS = 511;
const WORD_BITS = 64;
const NO_TYPE = 0;

function begin(machine: Machine): HelperStatus {
  const name = 'bpf_iter_bits_new';
  const at = range(machine, name, 1, ITERATOR_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const { memory } = machine;
  const words = argU32(machine, 3);
  memory.set64(at + WORDS, 0, 0);
  memory.set64(at + COUNT, 0, -1);
  if ((argU32(machine, 2) === 0 && argHigh(machine, 2) === 0) || words === 0) return done(machine, -ERRNO.EINVAL);
  if (words > MOST_WORDS) return done(machine, -ERRNO.E2BIG);
  const from = argU32(machine, 2);
  if (argHigh(machine, 2) !== 0 || !machine.regions.allows(from, 8 * words, false)) return done(machine, -ERRNO.EFAULT);
  if (words === 1) memory.move(at + WORDS, from, 8);
  else {
    const copy = machine.heap?.allocate(8 * words, NO_TYPE) ?? 0;
    if (copy === 0) return done(machine, -ERRNO.ENOMEM);
    memory.move(copy, from, 8 * words);
    memory.set64(at + WORDS, copy, 0);
  }
  memory.set32(at + COUNT, words * WORD_BITS);
  return done(machine, 0);
}

function next(machine: Machine): HelperStatus {
  const name = 'bpf_iter_bits_next';
  const at = range(machine, name, 1, ITERATOR_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const { memory } = machine;
  const count = memory.view.getInt32(at + COUNT, true);
  const words = count === WORD_BITS ? at + WORDS : memory.view.getUint32(at + WORDS, true);
  if (count > WORD_BITS && machine.heap?.objectAt(words)?.bytes !== count / 8)
    return trap(machine, 'helper', `${name}: the iterator has been overwritten`);
  let bit = Math.max(0, memory.view.getInt32(at + POSITION, true) + 1);
  while (bit < count && ((memory.u8[words + (bit >> 3)] ?? 0) & (1 << (bit & 7))) === 0) bit++;
  if (count <= 0 || bit > count) return donePointer(machine, name, 0);
  memory.set32(at + POSITION, bit);
  return bit < count ? done64(machine, at + POSITION, 0) : donePointer(machine, name, 0);
}

function end(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_iter_bits_destroy', 1, ITERATOR_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const { memory } = machine;
  if (memory.view.getInt32(at + COUNT, true) > WORD_BITS) machine.heap?.free(memory.view.getUint32(at + WORDS, true));
  memory.set32(at + COUNT, 0);
  return done(machine, 0);
}
