import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import { TypesBuilder } from '../support/typesBuilder.ts';

/** Values hold, in this order: a task, an unreferenced task, an own object, a per-CPU one, a counted tree node. */
function declare(types: TypesBuilder) {
  const int = types.int('int', 4, true);
  const u64 = types.int('u64', 8);
  const task = types.struct('task_struct', 8, [['x', u64, 0]]);
  const own = types.struct('own', 16, [['x', u64, 0], ['y', u64, 8]]); // prettier-ignore
  const node = types.struct('linked_own', 48, [
    ['tree', types.guarded('bpf_rb_node'), 0],
    ['count', types.guarded('bpf_refcount'), 32],
    ['key', int, 36],
  ]);
  const value = types.struct('value', 48, [
    ['task', types.tagged('kptr', task), 0],
    ['weak', types.tagged('kptr_untrusted', task), 8],
    ['own', types.tagged('kptr', own), 16],
    ['percpu', types.tagged('percpu_kptr', own), 24],
    ['node', types.tagged('kptr', node), 32],
    ['number', u64, 40],
  ]);
  const holder = types.struct('holder', 16, [
    ['task', types.tagged('kptr', task), 0],
    ['x', u64, 8],
  ]);
  return { int, own, node, value, holder, task };
}

const IDS = declare(new TypesBuilder());
const TASK = 0;
const WEAK = 8;
const OWN = 16;
const PERCPU = 24;
const NODE = 32;

const HEAD = `.license "GPL"
.map values, type=array, key=4, value=48, entries=1
.map plain, type=array, key=4, value=48, entries=1
.section "tc"
.globl main
main:
`;
const END = `
out:
  r0 = 0
  exit`;
const value = (off: number, to = 'r6'): string => `
  ${to} = values[0] + ${off} ll`;
const newTask = (to: string): string => `
  r1 = 1
  call bpf_task_from_pid
  if r0 == 0 goto out
  ${to} = r0`;
const freeTask = (reg: string): string => `
  r1 = ${reg}
  call bpf_task_release`;
const make = (type: number, to: string, how = 'obj_new'): string => `
  r1 = ${type}
  r2 = 0
  call bpf_${how}_impl
  if r0 == 0 goto out
  ${to} = r0`;
const drop = (reg: string, how = 'obj_drop'): string => `
  r1 = ${reg}
  r2 = 0
  call bpf_${how}_impl`;
const exchange = (off: number, reg: string): string => `
  r1 = values[0] + ${off} ll
  r2 = ${reg}
  call bpf_kptr_xchg`;

/** Name, body, and what the kernel says first; "accept" where it says nothing. */
const CASES: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['loaded and compared', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out`, 'accept'],
  ['loaded and followed without a check', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  r8 = *(u64 *)(r7 + 0)`, "R7 invalid mem access 'rcu_ptr_or_null_'"],
  ['loaded, checked and followed', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out\n  r8 = *(u32 *)(r7 + 0)`, 'accept'],
  ['an unreferenced one followed', `${value(WEAK)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out\n  r8 = *(u32 *)(r7 + 0)`, 'accept'],
  ['loaded and released', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out${freeTask('r7')}`, 'R1 must be referenced or trusted'],
  ['loaded in part', `${value(TASK)}\n  r7 = *(u32 *)(r6 + 0)`, 'kptr access size must be BPF_DW'],
  ['loaded across', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 4)`, 'kptr access misaligned expected=0 off=4'],
  ['loaded at an unknown offset', `\n  r7 = *(u32 *)(r1 + 0)\n  r7 &= 8${value(TASK)}\n  r6 += r7\n  r7 = *(u64 *)(r6 + 0)`, 'kptr access cannot have variable offset'],
  ['added to', `${value(TASK)}\n  r1 = 1\n  lock *(u64 *)(r6 + 0) += r1`, 'kptr in map can only be accessed using BPF_MEM instruction mode'],
  ['overwritten by a number', `${value(TASK)}\n  *(u64 *)(r6 + 0) = 0`, 'store to referenced kptr disallowed'],
  ['an unreferenced one zeroed', `${value(WEAK)}\n  *(u64 *)(r6 + 0) = 0`, 'accept'],
  ['an unreferenced one zeroed by a register', `${value(WEAK)}\n  r1 = 0\n  *(u64 *)(r6 + 0) = r1`, 'accept'],
  ['an unreferenced one overwritten by a number', `${value(WEAK)}\n  *(u64 *)(r6 + 0) = 1`, 'BPF_ST imm must be 0 when storing to kptr at off=8'],
  ['an unreferenced one overwritten by a number in a register', `${value(WEAK)}\n  r1 = 1\n  *(u64 *)(r6 + 0) = r1`, 'invalid kptr access, R1 type=scalar expected=ptr_task_struct or untrusted_ptr_task_struct'],
  ['an unreferenced one stored', `${newTask('r7')}${value(WEAK)}\n  *(u64 *)(r6 + 0) = r7${freeTask('r7')}`, 'accept'],
  ['an unreferenced one copied', `${value(WEAK)}\n  r7 = *(u64 *)(r6 + 0)\n  *(u64 *)(r6 + 0) = r7`, 'accept'],
  ['an unreferenced one from a referenced one', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  *(u64 *)(r6 + 8) = r7`, 'accept'],
  ['an unreferenced one with an offset', `${newTask('r7')}${value(WEAK)}\n  r7 += 8\n  *(u64 *)(r6 + 0) = r7\n  r7 += -8${freeTask('r7')}`, 'invalid kptr access, R7 type=ptr_task_struct expected=ptr_task_struct or untrusted_ptr_task_struct'],
  ['the stack stored', `${value(WEAK)}\n  *(u64 *)(r6 + 0) = r10`, 'invalid kptr access, R10 type=fp expected=ptr_task_struct or untrusted_ptr_task_struct'],
  ['an own object stored', `${make(IDS.own, 'r7')}${value(WEAK)}\n  *(u64 *)(r6 + 0) = r7`, 'invalid kptr access, R7 type=ptr_own expected=ptr_task_struct or untrusted_ptr_task_struct'],
  ['handed to a helper', `${value(TASK, 'r1')}\n  r2 = 8\n  r3 = 0\n  call bpf_probe_read_kernel`, 'kptr cannot be accessed indirectly by helper'],
  ['beside a number handed to a helper', `${value(40, 'r1')}\n  r2 = 8\n  r3 = 0\n  call bpf_probe_read_kernel`, 'accept'],
  ['exchanged with null', `${exchange(TASK, '0')}\n  if r0 == 0 goto out${freeTask('r0')}`, 'accept'],
  ['exchanged, what came out kept', exchange(TASK, '0'), 'Unreleased reference id=2 alloc_insn=3'],
  ['exchanged with a task', `${newTask('r7')}${exchange(TASK, 'r7')}\n  if r0 == 0 goto out${freeTask('r0')}`, 'accept'],
  ['exchanged, what went in used', `${newTask('r7')}${exchange(TASK, 'r7')}\n  if r0 == 0 goto skip${freeTask('r0')}\nskip:\n  r1 = *(u32 *)(r7 + 0)`, "R7 invalid mem access 'scalar'"],
  ['exchanged with a number', exchange(TASK, '5'), 'R2 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_'],
  ['exchanged with an unchecked task', `\n  r1 = 1\n  call bpf_task_from_pid\n  r7 = r0${exchange(TASK, 'r7')}`, 'Possibly NULL pointer passed to helper arg2'],
  ['exchanged with what was loaded', `${value(TASK)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out${exchange(TASK, 'r7')}`, 'R2 must be referenced when passed to release function'],
  ['exchanged with a part of a task', `${newTask('r7')}\n  r7 += 8${exchange(TASK, 'r7')}`, 'invalid kptr access, R2 type=ptr_task_struct expected=ptr_task_struct'],
  ['exchanged with an own object', `${make(IDS.own, 'r7')}${exchange(TASK, 'r7')}`, 'invalid kptr access, R2 type=ptr_own expected=ptr_task_struct'],
  ['an own object exchanged', `${make(IDS.own, 'r7')}${exchange(OWN, 'r7')}\n  if r0 == 0 goto out${drop('r0')}`, 'accept'],
  ['an own object exchanged with a task', `${newTask('r7')}${exchange(OWN, 'r7')}`, 'invalid kptr access, R2 type=ptr_task_struct expected=ptr_own'],
  ['an own object exchanged with another', `${make(IDS.node, 'r7')}${exchange(OWN, 'r7')}`, 'invalid kptr access, R2 type=ptr_linked_own expected=ptr_own'],
  ['an own object exchanged with one not checked', `\n  r1 = ${IDS.own}\n  r2 = 0\n  call bpf_obj_new_impl\n  r7 = r0${exchange(OWN, 'r7')}`, 'verifier bug: invalid PTR_TO_BTF_ID register for type match'],
  ['an own object loaded and read', `${value(OWN)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out\n  r8 = *(u64 *)(r7 + 8)`, 'accept'],
  ['an own object loaded and written', `${value(OWN)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out\n  *(u64 *)(r7 + 8) = 1`, 'accept'],
  ['an own object loaded and given back', `${value(OWN)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out${drop('r7')}`, 'R1 must be referenced or trusted'],
  ['a per-CPU object exchanged', `${make(IDS.own, 'r7', 'percpu_obj_new')}${exchange(PERCPU, 'r7')}\n  if r0 == 0 goto out${drop('r0', 'percpu_obj_drop')}`, 'accept'],
  ['a per-CPU object exchanged and used on', `${make(IDS.own, 'r7', 'percpu_obj_new')}${exchange(PERCPU, 'r7')}\n  if r0 == 0 goto skip${drop('r0', 'percpu_obj_drop')}\nskip:\n  r1 = r7\n  call bpf_this_cpu_ptr\n  r1 = *(u64 *)(r0 + 0)`, 'accept'],
  ['a per-CPU object exchanged with one that is not', `${make(IDS.own, 'r7')}${exchange(PERCPU, 'r7')}`, 'Unreleased reference id=4 alloc_insn=8'],
  ['a per-CPU object put where none belongs', `${make(IDS.own, 'r7', 'percpu_obj_new')}${exchange(OWN, 'r7')}`, 'invalid kptr access, R2 type=percpu_ptr_ expected=ptr_own'],
  ['a per-CPU object loaded, this CPU’s read', `${value(PERCPU)}\n  r1 = *(u64 *)(r6 + 0)\n  if r1 == 0 goto out\n  call bpf_this_cpu_ptr\n  r1 = *(u64 *)(r0 + 8)\n  *(u64 *)(r0 + 0) = r1`, 'accept'],
  ['a per-CPU object loaded, another CPU’s read', `${value(PERCPU)}\n  r1 = *(u64 *)(r6 + 0)\n  if r1 == 0 goto out\n  r2 = 1\n  call bpf_per_cpu_ptr\n  if r0 == 0 goto out\n  r1 = *(u64 *)(r0 + 8)`, 'accept'],
  ['a per-CPU object loaded and read at once', `${value(PERCPU)}\n  r1 = *(u64 *)(r6 + 0)\n  if r1 == 0 goto out\n  r1 = *(u64 *)(r1 + 8)`, 'R1 is ptr_own access percpu memory: off=8'],
  ['a node loaded and read', `${value(NODE)}\n  r7 = *(u64 *)(r6 + 0)\n  if r7 == 0 goto out\n  r8 = *(u32 *)(r7 + 36)`, 'accept'],
  ['a node loaded and counted', `${value(NODE)}\n  r1 = *(u64 *)(r6 + 0)\n  if r1 == 0 goto out\n  r2 = 0\n  call bpf_refcount_acquire_impl\n  if r0 == 0 goto out${drop('r0')}`, 'accept'],
  ['a node loaded and counted, not looked at', `${value(NODE)}\n  r1 = *(u64 *)(r6 + 0)\n  if r1 == 0 goto out\n  r2 = 0\n  call bpf_refcount_acquire_impl${drop('r0')}`, 'Possibly NULL pointer passed to trusted arg0'],
  ['exchanged where no pointer is', exchange(40, '0'), "off=40 doesn't point to kptr"],
  ['an unreferenced one exchanged', exchange(WEAK, '0'), "off=8 kptr isn't referenced kptr"],
  ['exchanged at an unknown offset', `\n  r7 = *(u32 *)(r1 + 0)\n  r7 &= 8${value(TASK, 'r1')}\n  r1 += r7\n  r2 = 0\n  call bpf_kptr_xchg`, "R1 doesn't have constant offset. kptr has to be at the constant offset"],
  ['exchanged in a map without types', '\n  r1 = plain[0] ll\n  r2 = 0\n  call bpf_kptr_xchg', "map 'plain' has to have BTF in order to use bpf_kptr_xchg"],
  ['exchanged on the stack', '\n  *(u64 *)(r10 - 8) = 0\n  r1 = r10\n  r1 += -8\n  r2 = 0\n  call bpf_kptr_xchg', 'R1 type=fp expected=map_value, ptr_'],
  ['exchanged in an own object', `${make(IDS.holder, 'r7')}${newTask('r8').replace('goto out', 'goto drop')}\n  r1 = r7\n  r2 = r8\n  call bpf_kptr_xchg\n  if r0 == 0 goto drop${freeTask('r0')}\ndrop:${drop('r7')}`, 'accept'],
  ['in an own object, loaded', `${make(IDS.holder, 'r7')}\n  r1 = *(u64 *)(r7 + 0)${drop('r7')}`, 'direct access to kptr is disallowed'],
]; // prettier-ignore

const all = CASES.map(([name, body, verdict]) => ({
  name,
  verdict,
  told: programWithTypes(HEAD + body + END, (types) => {
    const { int, value: type } = declare(types);
    return { values: [int, type] };
  }),
}));

describeVerdicts('pointers in map values', all);
