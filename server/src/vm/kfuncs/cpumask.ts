import type { Machine } from '../createMachine.ts';
import { argU32, done, done64, donePointer, note, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** struct bpf_cpumask: bits for as many CPUs as a machine may have, and how many references there are. */
const MASK_BYTES = 128;
const USAGE = MASK_BYTES;
const OBJECT_BYTES = MASK_BYTES + 8;
/** No BTF id: sets of CPUs hold nothing else. */
const NO_TYPE = 0;

const EACCES = 13;

/** Mirrors kernel/bpf/cpumask.c, v6.18, on a machine with as many CPUs as the replay has. */
export const CPUMASK_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_cpumask_create: create,
  bpf_cpumask_acquire: acquire,
  bpf_cpumask_release: release,
  bpf_cpumask_first: (machine) => ask(machine, 'bpf_cpumask_first', 1, ([bits = 0n]) => lowest(machine, bits)),
  bpf_cpumask_first_zero: (machine) =>
    ask(machine, 'bpf_cpumask_first_zero', 1, ([bits = 0n]) => lowest(machine, ~bits)),
  bpf_cpumask_first_and: (machine) =>
    ask(machine, 'bpf_cpumask_first_and', 2, ([a = 0n, b = 0n]) => lowest(machine, a & b)),
  bpf_cpumask_any_distribute: (machine) => any(machine, 'bpf_cpumask_any_distribute', 1),
  bpf_cpumask_any_and_distribute: (machine) => any(machine, 'bpf_cpumask_any_and_distribute', 2),
  bpf_cpumask_weight: (machine) => ask(machine, 'bpf_cpumask_weight', 1, ([bits = 0n]) => countOf(bits)),
  bpf_cpumask_empty: (machine) => ask(machine, 'bpf_cpumask_empty', 1, ([bits]) => Number(bits === 0n)),
  bpf_cpumask_full: (machine) => ask(machine, 'bpf_cpumask_full', 1, ([bits]) => Number(bits === all(machine))),
  bpf_cpumask_equal: (machine) => ask(machine, 'bpf_cpumask_equal', 2, ([a, b]) => Number(a === b)),
  bpf_cpumask_intersects: (machine) =>
    ask(machine, 'bpf_cpumask_intersects', 2, ([a = 0n, b = 0n]) => Number((a & b) !== 0n)),
  bpf_cpumask_subset: (machine) => ask(machine, 'bpf_cpumask_subset', 2, ([a = 0n, b = 0n]) => Number((a & ~b) === 0n)),
  bpf_cpumask_set_cpu: (machine) => change(machine, 'bpf_cpumask_set_cpu', (bits, cpu) => bits | cpu),
  bpf_cpumask_clear_cpu: (machine) => change(machine, 'bpf_cpumask_clear_cpu', (bits, cpu) => bits & ~cpu),
  bpf_cpumask_test_cpu: (machine) => change(machine, 'bpf_cpumask_test_cpu', null),
  bpf_cpumask_test_and_set_cpu: (machine) => change(machine, 'bpf_cpumask_test_and_set_cpu', (bits, cpu) => bits | cpu),
  bpf_cpumask_test_and_clear_cpu: (machine) =>
    change(machine, 'bpf_cpumask_test_and_clear_cpu', (bits, cpu) => bits & ~cpu),
  bpf_cpumask_setall: (machine) => store(machine, 'bpf_cpumask_setall', 0, () => all(machine)),
  bpf_cpumask_clear: (machine) => store(machine, 'bpf_cpumask_clear', 0, () => 0n),
  bpf_cpumask_copy: (machine) => store(machine, 'bpf_cpumask_copy', 1, (a) => a),
  bpf_cpumask_and: (machine) => store(machine, 'bpf_cpumask_and', 2, (a, b) => a & b),
  bpf_cpumask_or: (machine) => store(machine, 'bpf_cpumask_or', 2, (a, b) => a | b),
  bpf_cpumask_xor: (machine) => store(machine, 'bpf_cpumask_xor', 2, (a, b) => a ^ b),
  bpf_cpumask_populate: populate,
};

function all({ cpus }: Machine): bigint {
  return (1n << BigInt(cpus)) - 1n;
}

/** The set at an address that is open; only bits of CPUs that exist count. */
function bitsAt(machine: Machine, at: number): bigint {
  let bits = 0n;
  for (let i = Math.ceil(machine.cpus / 8) - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(machine.memory.u8[at + i]!);
  return bits & all(machine);
}

function setBits(machine: Machine, at: number, bits: bigint): void {
  const bytes = Uint8Array.from({ length: Math.ceil(machine.cpus / 8) }, (_, i) =>
    Number((bits >> BigInt(8 * i)) & 0xffn),
  );
  machine.memory.copyIn(at, bytes);
}

function maskArg(machine: Machine, name: string, n: number, write: boolean): number {
  return range(machine, name, n, Math.ceil(machine.cpus / 64) * 8, write);
}

/** The number of the lowest CPU, or of CPUs where there is none. */
function lowest(machine: Machine, bits: bigint): number {
  const known = bits & all(machine);
  if (known === 0n) return machine.cpus;
  let cpu = 0;
  while (((known >> BigInt(cpu)) & 1n) === 0n) cpu++;
  return cpu;
}

function countOf(bits: bigint): number {
  return bits.toString(2).replaceAll('0', '').length;
}

function create(machine: Machine): HelperStatus {
  const at = machine.heap?.allocate(OBJECT_BYTES, NO_TYPE) ?? 0;
  if (at !== 0) machine.memory.set32(at + USAGE, 1);
  else note(machine, 'bpf_cpumask_create: there is no more memory for objects; it answered null');
  return donePointer(machine, 'bpf_cpumask_create', at);
}

function acquire(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_cpumask_acquire', 1, OBJECT_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.set32(at + USAGE, machine.memory.view.getUint32(at + USAGE, true) + 1);
  return done64(machine, at, 0);
}

function release(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_cpumask_release', 1, OBJECT_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const left = machine.memory.view.getUint32(at + USAGE, true) - 1;
  machine.memory.set32(at + USAGE, left);
  if (left <= 0) machine.heap?.free(at);
  return done(machine, 0);
}

/** A question about the first `sets` arguments. */
function ask(machine: Machine, name: string, sets: number, answer: (sets: bigint[]) => number): HelperStatus {
  const bits: bigint[] = [];
  for (let n = 1; n <= sets; n++) {
    const at = maskArg(machine, name, n, false);
    if (at === 0) return HELPER_STATUS.trap;
    bits.push(bitsAt(machine, at));
  }
  return done(machine, answer(bits));
}

function any(machine: Machine, name: string, sets: number): HelperStatus {
  note(machine, `${name}: the kernel takes another CPU each time; here it is always the lowest`);
  return ask(machine, name, sets, (bits) =>
    lowest(
      machine,
      bits.reduce((a, b) => a & b, all(machine)),
    ),
  );
}

/** One CPU of a set: whether it was there, and the set as `to` makes it. */
function change(machine: Machine, name: string, to: ((bits: bigint, cpu: bigint) => bigint) | null): HelperStatus {
  const at = maskArg(machine, name, 2, to !== null);
  if (at === 0) return HELPER_STATUS.trap;
  const cpu = argU32(machine, 1);
  if (cpu >= machine.cpus) return done(machine, 0);
  const bits = bitsAt(machine, at);
  const bit = 1n << BigInt(cpu);
  if (to !== null) setBits(machine, at, to(bits, bit));
  return done(machine, (bits & bit) === 0n ? 0 : 1);
}

/** Stores what is made of the sets behind the first argument; tells whether that is more than nothing. */
function store(machine: Machine, name: string, sets: number, make: (a: bigint, b: bigint) => bigint): HelperStatus {
  const to = maskArg(machine, name, 1, true);
  if (to === 0) return HELPER_STATUS.trap;
  const bits: bigint[] = [];
  for (let n = 2; n <= sets + 1; n++) {
    const at = maskArg(machine, name, n, false);
    if (at === 0) return HELPER_STATUS.trap;
    bits.push(bitsAt(machine, at));
  }
  const result = make(bits[0] ?? 0n, bits[1] ?? 0n);
  setBits(machine, to, result);
  return done(machine, result === 0n ? 0 : 1);
}

function populate(machine: Machine): HelperStatus {
  const name = 'bpf_cpumask_populate';
  const to = maskArg(machine, name, 1, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (argU32(machine, 3) < Math.ceil(machine.cpus / 64) * 8) return done(machine, -EACCES);
  const from = maskArg(machine, name, 2, false);
  if (from === 0) return HELPER_STATUS.trap;
  setBits(machine, to, bitsAt(machine, from));
  return done(machine, 0);
}
