import { describe, expect, it } from 'vitest';
import { KFUNCS } from '../../server/src/kernel/kfuncs.ts';
import { describeVerdicts } from '../support/describeVerdicts.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel } from '../support/kverify.ts';
import { rawProgram } from '../support/oracle.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import { kernelAnswers, ours } from '../support/sameVerdict.ts';
import type { TypesBuilder } from '../support/typesBuilder.ts';

const HEAD = `.license "GPL"
.map values, type=hash, key=4, value=16, entries=4
.map others, type=hash, key=4, value=16, entries=4
.map plain, type=hash, key=4, value=16, entries=4
.map one, type=array, key=4, value=16, entries=1
.map two, type=array, key=4, value=16, entries=1
.map outer, type=array_of_maps, entries=4, inner=values
.map progs, type=prog_array, entries=4
`;

function types(builder: TypesBuilder) {
  const key = builder.int('int', 4, true);
  const value = builder.struct('value', 16, [
    ['x', key, 0],
    ['lock', builder.guarded('bpf_spin_lock'), 4],
    ['y', key, 8],
  ]);
  const ids = [key, value] as const;
  return { values: ids, others: ids, one: ids, two: ids };
}

const lookup = (map: string): string => `
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = ${map} ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out`;
const lock = (reg: string, call = 'lock', off = 4): string => `
  r1 = ${reg}
  r1 += ${off}
  call bpf_spin_${call}`;
const END = `
out:
  r0 = 0
  exit`;
const held = (body: string, section = 'tc'): string =>
  `.section "${section}"
  r6 = r1${lookup('values')}
  r7 = r0${lock('r7')}${body}${lock('r7', 'unlock')}${END}`;

/** Name, program, and what the kernel says first; "accept" where it says nothing. */
const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['taken and given back', held('\n  *(u32 *)(r7 + 0) = 1'), 'accept'],
  ['never given back', `.section "tc"${lookup('values')}${lock('r0')}${END}`, 'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region'],
  ['given back without being taken', `.section "tc"${lookup('values')}${lock('r0', 'unlock')}${END}`, 'bpf_spin_unlock without taking a lock'],
  ['taken twice', held(lock('r7')), 'function calls are not allowed while holding a lock'],
  ['a helper under the lock', held('\n  call bpf_ktime_get_ns'), 'function calls are not allowed while holding a lock'],
  ['of another element of the same map', `.section "tc"${lookup('values')}
  r7 = r0${lookup('values')}
  r8 = r0${lock('r7')}${lock('r8', 'unlock')}${END}`, 'bpf_spin_unlock of different lock'],
  ['of another map', `.section "tc"${lookup('values')}
  r7 = r0${lookup('others')}
  r8 = r0${lock('r7')}${lock('r8', 'unlock')}${END}`, 'bpf_spin_unlock of different lock'],
  ['of a value of an array', `.section "tc"
  r6 = one[0] ll${lock('r6')}
  r6 = one[0] ll${lock('r6', 'unlock')}${END}`, 'accept'],
  ['of another array', `.section "tc"
  r6 = one[0] ll${lock('r6')}
  r6 = two[0] ll${lock('r6', 'unlock')}${END}`, 'bpf_spin_unlock of different lock'],
  ['of an array, looked up and known', `.section "tc"
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = one ll
  call bpf_map_lookup_elem
  r7 = r0${lock('r7')}
  r6 = one[0] ll${lock('r6', 'unlock')}${END}`, 'bpf_spin_unlock of different lock'],
  ['at a wrong offset', `.section "tc"${lookup('values')}${lock('r0', 'lock', 8)}${END}`, "off 8 doesn't point to 'struct bpf_spin_lock' that is at 4"],
  ['at an offset that is not known', `.section "tc"
  r6 = *(u32 *)(r1 + 0)
  r6 &= 4${lookup('values')}
  r0 += r6${lock('r0', 'lock', 0)}${END}`, "R1 doesn't have constant offset. bpf_spin_lock has to be at the constant offset"],
  ['in a map without types', `.section "tc"${lookup('plain')}${lock('r0')}${END}`, "map 'plain' has to have BTF in order to use bpf_spin_lock"],
  ['on the stack', `.section "tc"
  r1 = r10
  r1 += -4
  *(u32 *)(r1 + 0) = 0
  call bpf_spin_lock${END}`, 'R1 type=fp expected=map_value, ptr_'],
  ['touched by a load', `.section "tc"${lookup('values')}
  r1 = *(u32 *)(r0 + 4)${END}`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['touched by a wide store', `.section "tc"${lookup('values')}
  r1 = 0
  *(u64 *)(r0 + 0) = r1${END}`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['touched by an addition', `.section "tc"${lookup('values')}
  r1 = 1
  lock *(u32 *)(r0 + 4) += r1${END}`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['touched by a helper', `.section "tc"${lookup('values')}
  r1 = r0
  r2 = 16
  r3 = 0
  call bpf_probe_read_kernel${END}`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['perhaps touched', `.section "tc"
  r6 = *(u32 *)(r1 + 0)
  r6 &= 7${lookup('values')}
  r0 += r6
  r1 = *(u8 *)(r0 + 0)${END}`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['in a program for tracing', `.section "kprobe/x"${lookup('values')}${lock('r0')}${lock('r0', 'unlock')}${END}`, 'tracing progs cannot use bpf_spin_lock yet'],
  ['in a socket filter', `.section "socket"${lookup('values')}${END}`, 'socket filter progs cannot use bpf_spin_lock yet'],
  ['over a tail call', held(`
  r1 = r6
  r2 = progs ll
  r3 = 0
  call bpf_tail_call`), 'function calls are not allowed while holding a lock'],
  ['over a packet load', held('\n  r0 = *(u8 *)skb[0]'), 'BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed region'],
  ['over a call of a static function', held('\n  r1 = r7\n  call touch').replace('\nout:', '\nout:') + `
.text
touch:
  *(u32 *)(r1 + 0) = 1
  r0 = 0
  exit`, 'accept'],
  ['taken in a function', `.section "tc"${lookup('values')}
  r7 = r0
  r1 = r7
  call take${lock('r7', 'unlock')}${END}
.text
take:
  r1 += 4
  call bpf_spin_lock
  r0 = 0
  exit`, 'accept'],
  ['given back on one way only', `.section "tc"
  r6 = *(u32 *)(r1 + 0)${lookup('values')}
  r7 = r0${lock('r7')}
  if r6 > 3 goto out${lock('r7', 'unlock')}${END}`, 'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region'],
  ['of values of one inner map', `.section "tc"${lookup('outer')}
  r6 = r0
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = r6
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 = r0
  r2 = r10
  r2 += -4
  r1 = r6
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r8 = r0${lock('r7')}${lock('r8', 'unlock')}${END}`, 'bpf_spin_unlock of different lock'],
  ['of the same value of an inner map', `.section "tc"${lookup('outer')}
  r2 = r10
  r2 += -4
  r1 = r0
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 = r0
  r8 = r0${lock('r7')}${lock('r8', 'unlock')}${END}`, 'accept'],
  ['kept on the stack', `.section "tc"${lookup('values')}
  *(u64 *)(r10 - 16) = r0${lock('r0')}
  r1 = *(u64 *)(r10 - 16)
  r1 += 4
  call bpf_spin_unlock${END}`, 'accept'],
]; // prettier-ignore

const all = CASES.map(([name, text, verdict]) => ({ name, told: programWithTypes(HEAD + text, types), verdict }));

describeVerdicts('spin locks in map values', all, 'anywhere');

describe('kernel functions under a spin lock', () => {
  const calls = KFUNCS.map(({ name }) => ({
    name,
    told: programWithTypes(
      `${HEAD}.section "tc"\n.globl main\nmain:\n  r1 = one[0] ll${lock('r1')}\n  call ${name}${END}`,
      types,
    ),
  }));

  it.skipIf(!kernelAnswers || kernelBtf() === null)(
    'are those the running kernel lets pass (skipped where there is none)',
    () => {
      const answers = askKernel(calls.map(({ told }) => rawProgram(told.program, told.btf)));
      const offered = calls.filter((_, i) => answers[i]?.setup === null);
      const refused = (message: string | undefined): boolean => message === REFUSED;
      const kernel = calls.filter((_, i) => answers[i]?.setup === null && !refused(answers[i].message));
      const own = offered.filter(({ told }) => !refused(ours(told, { kernelBtf: kernelBtf() }).message));
      expect(own.map(({ name }) => name)).toEqual(kernel.map(({ name }) => name));
      expect(own.length).toBeGreaterThan(10);
    },
  );
});

const REFUSED = 'function calls are not allowed while holding a lock';
