import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import type { TypesBuilder } from '../support/typesBuilder.ts';

const HEAD = `.license "GPL"
.map one, type=array, key=4, value=8, entries=1
.map two, type=array, key=4, value=8, entries=1
.map plain, type=array, key=4, value=8, entries=1
.map many, type=hash, key=4, value=8, entries=4
.section "tc"
.globl main
main:
`;

function declare(types: TypesBuilder) {
  const int = types.int('int', 4, true);
  const value = types.struct('value', 8, [
    ['lock', types.guarded('bpf_res_spin_lock'), 0],
    ['x', int, 4],
  ]);
  const simple = types.struct('simple', 8, [
    ['lock', types.guarded('bpf_spin_lock'), 0],
    ['x', int, 4],
  ]);
  const ids = [int, value] as const;
  return { one: ids, two: ids, plain: [int, simple], many: ids } as const;
}

const END = `
out:
  r0 = 0
  exit`;
const take = (map: string, orElse = 'out'): string => `
  r1 = ${map}[0] ll
  call bpf_res_spin_lock
  if r0 != 0 goto ${orElse}`;
const give = (map: string): string => `
  r1 = ${map}[0] ll
  call bpf_res_spin_unlock`;
const takeSaving = (map: string, off: number, orElse = 'out'): string => `
  r1 = ${map}[0] ll
  r2 = r10
  r2 += ${off}
  call bpf_res_spin_lock_irqsave
  if r0 != 0 goto ${orElse}`;
const giveRestoring = (map: string, off: number): string => `
  r1 = ${map}[0] ll
  r2 = r10
  r2 += ${off}
  call bpf_res_spin_unlock_irqrestore`;
const irq = (what: 'save' | 'restore', off: number): string => `
  r1 = r10
  r1 += ${off}
  call bpf_local_irq_${what}`;

/** Name, body, and what the kernel says first; "accept" where it says nothing. */
const LOCKS: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['taken and given back', take('one') + give('one'), 'accept'],
  ['whether it was taken is not looked at', '\n  r1 = one[0] ll\n  call bpf_res_spin_lock' + give('one'), 'bpf_res_spin_unlock without taking a lock'],
  ['never given back', take('one'), 'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region'],
  ['taken twice', take('one') + take('one') + give('one') + give('one'), 'Acquiring the same lock again, AA deadlock detected'],
  ['two, given back in reverse', `${take('one')}${take('two', 'drop')}${give('two')}\ndrop:${give('one')}`, 'accept'],
  ['two, given back in order', `${take('one')}${take('two', 'drop')}${give('one')}${give('two')}\n  goto out\ndrop:${give('one')}`, 'bpf_res_spin_unlock cannot be out of order'],
  ['another one given back', `${take('one')}${give('two')}`, 'bpf_res_spin_unlock of different lock'],
  ['of a value without one', '\n  r1 = plain[0] ll\n  call bpf_res_spin_lock', "map 'plain' has no valid bpf_res_spin_lock"],
  ['on the stack', '\n  *(u64 *)(r10 - 8) = 0\n  r1 = r10\n  r1 += -8\n  call bpf_res_spin_lock', "arg#0 doesn't point to map value or allocated object"],
  ['at a wrong offset', '\n  r1 = one[0] + 4 ll\n  call bpf_res_spin_lock', "off 4 doesn't point to 'struct bpf_res_spin_lock' that is at 0"],
  ['a helper under it', `${take('one')}\n  call bpf_ktime_get_ns${give('one')}`, 'function calls are not allowed while holding a lock'],
  ['a simple one under it', `${take('one')}\n  r1 = plain[0] ll\n  call bpf_spin_lock`, 'function calls are not allowed while holding a lock'],
  ['under a simple one', `\n  r1 = plain[0] ll\n  call bpf_spin_lock${take('one', 'drop')}${give('one')}\ndrop:\n  r1 = plain[0] ll\n  call bpf_spin_unlock`, 'accept'],
  ['saving flags', takeSaving('one', -8) + giveRestoring('one', -8), 'accept'],
  ['saving flags, given back without', takeSaving('one', -8) + give('one'), 'bpf_res_spin_unlock of different lock'],
  ['given back with flags that were never saved', take('one') + giveRestoring('one', -8), 'bpf_res_spin_unlock of different lock'],
  ['two saving flags', `${takeSaving('one', -8)}${takeSaving('two', -16, 'drop')}${giveRestoring('two', -16)}\ndrop:${giveRestoring('one', -8)}`, 'accept'],
  ['two saving flags, restored the wrong way', `${takeSaving('one', -8)}${takeSaving('two', -16, 'drop')}${giveRestoring('two', -8)}${giveRestoring('one', -16)}\n  goto out\ndrop:${giveRestoring('one', -8)}`, 'cannot restore irq state out of order, expected id=2 acquired at insn_idx=10'],
  ['flags of a lock restored by hand', takeSaving('one', -8) + irq('restore', -8), 'function calls are not allowed while holding a lock'],
  ['of elements looked up', `
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = many ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r6 = r0
  r2 = r10
  r2 += -4
  r1 = many ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 = r0
  r1 = r6
  call bpf_res_spin_lock
  if r0 != 0 goto out
  r1 = r7
  call bpf_res_spin_lock
  if r0 != 0 goto drop
  r1 = r7
  call bpf_res_spin_unlock
drop:
  r1 = r6
  call bpf_res_spin_unlock`, 'accept'],
]; // prettier-ignore

const FLAGS: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['saved and restored', irq('save', -8) + irq('restore', -8), 'accept'],
  ['never restored', irq('save', -8), 'BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed region'],
  ['restored without being saved', irq('restore', -8), 'expected an initialized irq flag as arg#0'],
  ['restored from what was written', `\n  *(u64 *)(r10 - 8) = 0${irq('restore', -8)}`, 'expected an initialized irq flag as arg#0'],
  ['saved twice to one place', irq('save', -8) + irq('save', -8), 'expected uninitialized irq flag as arg#0'],
  ['saved twice, restored in reverse', irq('save', -8) + irq('save', -16) + irq('restore', -16) + irq('restore', -8), 'accept'],
  ['saved twice, restored in order', irq('save', -8) + irq('save', -16) + irq('restore', -8) + irq('restore', -16), 'cannot restore irq state out of order, expected id=2 acquired at insn_idx=5'],
  ['at an odd place', irq('save', -12), 'cannot pass in irq_flag at an offset=-12'],
  ['in a map value', '\n  r1 = one[0] ll\n  call bpf_local_irq_save', "arg#0 doesn't point to an irq flag on stack"],
  ['overwritten', `${irq('save', -8)}\n  *(u64 *)(r10 - 8) = 0${irq('restore', -8)}`, 'expected an initialized irq flag as arg#0'],
  ['overwritten in part', `${irq('save', -8)}\n  *(u8 *)(r10 - 3) = 0${irq('restore', -8)}`, 'expected an initialized irq flag as arg#0'],
  ['read', `${irq('save', -8)}\n  r6 = *(u64 *)(r10 - 8)${irq('restore', -8)}`, 'invalid read from stack off -8+0 size 8'],
  ['copied', `${irq('save', -8)}\n  r1 = r10\n  r1 += -16\n  r2 = 8\n  r3 = r10\n  r3 += -8\n  call bpf_probe_read_kernel${irq('restore', -16)}`, 'expected an initialized irq flag as arg#0'],
  ['restored in a function', `${irq('save', -8)}
  r1 = r10
  r1 += -8
  call restore
  goto out`, 'accept'],
  ['not restored on one way', `\n  r6 = *(u32 *)(r1 + 0)${irq('save', -8)}\n  if r6 > 3 goto out${irq('restore', -8)}`, 'BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed region'],
  ['saved on one way only', `\n  r6 = *(u32 *)(r1 + 0)\n  if r6 > 3 goto skip${irq('save', -8)}\nskip:${irq('restore', -8)}`, 'expected an initialized irq flag as arg#0'],
  ['a helper in between', `${irq('save', -8)}\n  call bpf_ktime_get_ns${irq('restore', -8)}`, 'accept'],
  ['a lock in between', `${irq('save', -8)}${take('one', 'drop')}${give('one')}\ndrop:${irq('restore', -8)}`, 'accept'],
  ['restored by a lock', `${irq('save', -8)}${take('one', 'drop')}${giveRestoring('one', -8)}\ndrop:${irq('restore', -8)}`, 'bpf_res_spin_unlock of different lock'],
]; // prettier-ignore

const RESTORE = '\n.text\nrestore:\n  call bpf_local_irq_restore\n  r0 = 0\n  exit';

const all = [...LOCKS, ...FLAGS].map(([name, body, verdict], i) => ({
  name: `${i < LOCKS.length ? 'a lock' : 'flags'} ${name}`,
  verdict,
  told: programWithTypes(HEAD + body + END + (body.includes('call restore') ? RESTORE : ''), declare),
}));

describeVerdicts('resilient locks and interrupt flags', all);
