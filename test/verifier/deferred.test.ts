import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import type { TypedProgram } from '../support/typedProgram.ts';
import type { TypesBuilder } from '../support/typesBuilder.ts';

type Guarded = Parameters<TypesBuilder['guarded']>[0];

/** Offset of the field that runs a function later, in a value of 32 bytes that begins with two numbers. */
const FIELD = 8;

/** A program that looks a value up and holds it in r6, with functions behind it. */
function withValue(field: Guarded, body: string, functions: string, section = 'tc'): TypedProgram {
  const text = `.license "GPL"
.section "${section}"
.map m, type=hash, key=4, value=32, entries=4
.map other, type=hash, key=4, value=32, entries=4
.map plain, type=hash, key=4, value=32, entries=4
  r7 = r1
  *(u32 *)(r10 - 4) = 0
  r1 = m ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 != 0 goto found
  r0 = 0
  exit
found:
  r6 = r0
${body}
  r0 = 0
  exit
.text
${functions}`;
  return programWithTypes(text, (types) => {
    const int = types.int('int', 4, true);
    const value = types.struct('value', 32, [
      ['first', int, 0],
      ['second', int, 4],
      ['field', types.guarded(field), FIELD],
    ]);
    return { m: [int, value], other: [int, value], plain: [0, 0] };
  });
}

const CB = 'cb:\n  r0 = 0\n  exit';
const INIT = (map = 'm', off = FIELD): string => `
  r1 = r6
  r1 += ${off}
  r2 = ${map} ll
  r3 = 1
  call bpf_timer_init`;
const SET = (off = FIELD): string => `
  r1 = r6
  r1 += ${off}
  r2 = cb ll
  call bpf_timer_set_callback`;
const START = `
  r1 = r6
  r1 += ${FIELD}
  r2 = 1000
  r3 = 0
  call bpf_timer_start`;

const timer = (body: string, functions = CB, section = 'tc'): TypedProgram =>
  withValue('bpf_timer', body, functions, section);

const cb = (body: string): string => `cb:\n${body}\n  r0 = 0\n  exit`;

const TIMERS: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['a timer made, set and started', timer(INIT() + SET() + START), 'accept'],
  ['a timer cancelled', timer(`${SET()}\n  r1 = r6\n  r1 += 8\n  call bpf_timer_cancel`), 'accept'],
  ['not where the timer is', timer(SET(0)), "off 0 doesn't point to 'struct bpf_timer' that is at 8"],
  ['another map', timer(INIT('other')), "timer pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0"],
  ['at an unknown offset', timer(`  r1 = *(u32 *)(r7 + 0)\n  r1 &= 8\n  r6 += r1${SET()}`), "R1 doesn't have constant offset. bpf_timer has to be at the constant offset"],
  ['on the stack', timer(`  r1 = r10\n  r1 += -16\n  r2 = cb ll\n  call bpf_timer_set_callback`), 'R1 type=fp expected=map_value'],
  ['a map without a timer', withValue('bpf_wq', SET(), CB), "map 'm' has no valid bpf_timer"],
  ['a map without types', timer(`  r1 = plain ll\n  r2 = r10\n  r2 += -4\n  call bpf_map_lookup_elem\n  if r0 != 0 goto more\n  r0 = 0\n  exit\nmore:\n  r6 = r0${SET()}`), "map 'plain' has to have BTF in order to use bpf_timer"],
  ['map, key and value in the callback', timer(SET(), cb('  r4 = *(u32 *)(r2 + 0)\n  r5 = *(u32 *)(r3 + 4)\n  call bpf_map_delete_elem')), 'accept'],
  ['the timer started again in the callback', timer(SET(), cb('  r1 = r3\n  r1 += 8\n  r2 = 5\n  r3 = 0\n  call bpf_timer_start')), 'accept'],
  ['the callback set again in the callback', timer(SET(), cb('  r1 = r3\n  r1 += 8\n  r2 = cb ll\n  call bpf_timer_set_callback')), 'accept'],
  ['another callback set in the callback', timer(SET(), `${cb('  r1 = r3\n  r1 += 8\n  r2 = cb2 ll\n  call bpf_timer_set_callback')}\ncb2:\n  r0 = 0\n  exit`), 'accept'],
  ['a fourth argument', timer(SET(), cb('  r0 = r4')), 'R4 !read_ok'],
  ['the caller\'s registers', timer(SET(), cb('  r0 = r6')), 'R6 !read_ok'],
  ['a result other than 0', timer(SET(), 'cb:\n  r0 = 1\n  exit'), 'At async callback return the register R0 has smin=1 smax=1 should have been in [0, 0]'],
  ['a result of which nothing is known', timer(SET(), 'cb:\n  r0 = *(u32 *)(r3 + 0)\n  exit'), 'At async callback return the register R0 has smin=0 smax=4294967295 should have been in [0, 0]'],
  ['a result that is a pointer', timer(SET(), 'cb:\n  r0 = r3\n  exit'), 'At async callback return the register R0 is not a known value (map_value)'],
  ['no result', timer(SET(), 'cb:\n  exit'), 'R0 !read_ok'],
  ['a stack of its own', timer(`  *(u64 *)(r10 - 512) = 0${SET()}`, cb('  *(u64 *)(r10 - 512) = 0')), 'accept'],
  ['a stack of its own that is too big with what it calls', timer(SET(), `${cb('  *(u64 *)(r10 - 512) = 0\n  call f')}\nf:\n  *(u64 *)(r10 - 16) = 0\n  r0 = 0\n  exit`), 'combined stack size of 2 calls is 528. Too large'],
  ['called directly, too', timer(`  *(u64 *)(r10 - 512) = 0${SET()}\n  r1 = m ll\n  r2 = r10\n  r2 += -4\n  r3 = r6\n  call cb`, cb('  *(u64 *)(r10 - 8) = 0')), 'combined stack size of 2 calls is 528. Too large'],
  ['an endless loop in the callback', timer(SET(), 'cb:\n  goto cb'), 'infinite loop detected at insn 18'],
  ['a reference kept in the callback', timer(SET(), cb('  r1 = 1\n  call bpf_task_from_pid')), 'Unreleased reference id=3 alloc_insn=19'],
  ['a loop in the callback', timer(SET(), cb('  r6 = 0\nagain:\n  r6 += 1\n  if r6 < 20 goto again')), 'accept'],
  ['a loop of callbacks in the callback', timer(SET(), `${cb('  r1 = 4\n  r2 = round ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop')}\nround:\n  r0 = 0\n  exit`), 'accept'],
  ['a packet load in the callback', timer(SET(), cb('  r6 = r1\n  r0 = *(u8 *)skb[0]')), 'at the time of BPF_LD_ABS|IND R6 != pointer to skb'],
  ['a field loaded', timer('  r0 = *(u64 *)(r6 + 8)'), 'bpf_timer cannot be accessed directly by load/store'],
  ['a sleeping function in the callback', timer(SET(), cb('  r1 = r10\n  r1 += -8\n  r2 = 8\n  r3 = 0\n  call bpf_copy_from_user')), 'helper call might sleep in a non-sleepable prog'],
  ['twice on two ways', timer(`  r0 = *(u32 *)(r7 + 0)\n  if r0 == 0 goto skip\n${SET()}\nskip:${SET()}`), 'accept'],
]; // prettier-ignore

const wq = (body: string, functions = CB): TypedProgram => withValue('bpf_wq', body, functions);
const SET_WQ = (off = FIELD): string => `
  r1 = r6
  r1 += ${off}
  r2 = cb ll
  r3 = 0
  r4 = 0
  call bpf_wq_set_callback_impl`;

const QUEUES: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['made, set and started', wq(`  r1 = r6\n  r1 += 8\n  r2 = m ll\n  r3 = 0\n  call bpf_wq_init${SET_WQ()}\n  r1 = r6\n  r1 += 8\n  r2 = 0\n  call bpf_wq_start`), 'accept'],
  ['another map', wq('  r1 = r6\n  r1 += 8\n  r2 = other ll\n  r3 = 0\n  call bpf_wq_init'), "workqueue pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0"],
  ['not where the entry is', wq(SET_WQ(0)), "off 0 doesn't point to 'struct bpf_wq' that is at 8"],
  ['on the stack', wq('  r1 = r10\n  r1 += -16\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_wq_set_callback_impl'), "arg#0 doesn't point to a map value"],
  ['no function', wq('  r1 = r6\n  r1 += 8\n  r2 = 1\n  r3 = 0\n  r4 = 0\n  call bpf_wq_set_callback_impl'), 'arg1 expected pointer to func'],
  ['map, key and value in the callback', wq(SET_WQ(), cb('  r4 = *(u32 *)(r2 + 0)\n  r5 = *(u32 *)(r3 + 4)')), 'accept'],
  ['a result other than 0', wq(SET_WQ(), 'cb:\n  r0 = 1\n  exit'), 'At async callback return the register R0 has smin=1 smax=1 should have been in [0, 0]'],
  ['a timer there instead', withValue('bpf_timer', SET_WQ(), CB), "map 'm' has no valid bpf_wq"],
  ['an RCU section in the callback', wq(SET_WQ(), cb('  call bpf_rcu_read_lock\n  call bpf_rcu_read_unlock')), 'accept'],
]; // prettier-ignore

const work = (body: string, functions = CB, map = 'm', off = FIELD): TypedProgram =>
  withValue(
    'bpf_task_work',
    `
  r1 = 1
  call bpf_task_from_pid
  if r0 != 0 goto task
  r0 = 0
  exit
task:
  r8 = r0
  r1 = r8
  r2 = r6
  r2 += ${off}
  r3 = ${map} ll
  r4 = cb ll
  r5 = 0
  call bpf_task_work_schedule_signal_impl
${body}
  r1 = r8
  call bpf_task_release`,
    functions,
  );

const TASK_WORK: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['scheduled', work(''), 'accept'],
  ['another map', work('', CB, 'other'), "bpf_task_work pointer in R2 map_uid=0 doesn't match map pointer in R3 map_uid=0"],
  ['not where the work is', work('', CB, 'm', 0), "off 0 doesn't point to 'struct bpf_task_work' that is at 8"],
  ['map, key and value in the callback', work('', cb('  r4 = *(u32 *)(r2 + 0)\n  r5 = *(u32 *)(r3 + 4)')), 'accept'],
  ['any result', work('', 'cb:\n  r0 = *(s32 *)(r3 + 0)\n  exit'), 'accept'],
  ['a result of more than 32 bits', work('', 'cb:\n  r0 = *(u32 *)(r3 + 0)\n  exit'), 'At async callback return the register R0 has smin=0 smax=4294967295 should have been in [-2147483648, 2147483647]'],
]; // prettier-ignore

/** Fills the stack from user space, which may sleep. */
const SLEEPS = '  r1 = r10\n  r1 += -8\n  r2 = 8\n  r3 = 0\n  call bpf_copy_from_user';

const SLEEPY: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['a work queue function may sleep', wq(SET_WQ(), cb(SLEEPS)), 'accept'],
  ['a function that a work queue function calls may sleep', wq(SET_WQ(), `${cb('  call f')}\nf:\n${SLEEPS}\n  r0 = 0\n  exit`), 'accept'],
  ['a work queue function may not sleep in an RCU section', wq(SET_WQ(), cb(`  call bpf_rcu_read_lock\n${SLEEPS}\n  call bpf_rcu_read_unlock`)), 'sleepable helper bpf_copy_from_user#148 in rcu_read_lock region'],
  ['task work may sleep', work('', cb(SLEEPS)), 'accept'],
  ['a timer function of a program that may sleep', withValue('bpf_timer', SET(), cb(SLEEPS), 'syscall'), 'helper call might sleep in a non-sleepable prog'],
  ['a program that may sleep', withValue('bpf_timer', SLEEPS, CB, 'syscall'), 'accept'],
  ['a callback of a program that may sleep', withValue('bpf_timer', '  r1 = 4\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop', cb(SLEEPS), 'syscall'), 'accept'],
  ['one function as callback now and as timer function later', withValue('bpf_timer', `  r1 = m ll\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_for_each_map_elem\n${SET()}`, cb('  r0 = 0')), 'accept'],
  ['one function as callback that may sleep and as timer function', withValue('bpf_timer', `  r1 = m ll\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_for_each_map_elem\n${SET()}`, cb(SLEEPS), 'syscall'), 'helper call might sleep in a non-sleepable prog'],
]; // prettier-ignore

/** Two inner maps of one outer map, looked up one after the other. */
const inner = (field: Guarded, body: string): TypedProgram =>
  programWithTypes(
    `.license "GPL"
.map outer, type=array_of_maps, key=4, value=4, entries=2, inner=m
.map m, type=hash, key=4, value=32, entries=4
.section "tc"
  *(u32 *)(r10 - 4) = 0
  r1 = outer ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 = r0
  r1 = outer ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r8 = r0
  r1 = r7
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r6 = r0
${body}
out:
  r0 = 0
  exit
.text
${CB}`,
    (types) => {
      const int = types.int('int', 4, true);
      const value = types.struct('value', 32, [['field', types.guarded(field), FIELD]]);
      return { m: [int, value] };
    },
  );

const INNER: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['a timer of an inner map with its map', inner('bpf_timer', '  r1 = r6\n  r1 += 8\n  r2 = r7\n  r3 = 1\n  call bpf_timer_init'), 'accept'],
  ['a timer of an inner map with its sibling', inner('bpf_timer', '  r1 = r6\n  r1 += 8\n  r2 = r8\n  r3 = 1\n  call bpf_timer_init'), "timer pointer in R1 map_uid=1 doesn't match map pointer in R2 map_uid=2"],
  ['a callback of a timer of an inner map', inner('bpf_timer', SET()), 'accept'],
  ['a work queue entry of an inner map with its sibling', inner('bpf_wq', '  r1 = r6\n  r1 += 8\n  r2 = r8\n  r3 = 0\n  call bpf_wq_init'), "workqueue pointer in R1 map_uid=1 doesn't match map pointer in R2 map_uid=2"],
]; // prettier-ignore

const all = [
  ...TIMERS.map(([name, program, verdict]) => ({ name: `timer: ${name}`, told: program, verdict })),
  ...QUEUES.map(([name, program, verdict]) => ({ name: `work queue: ${name}`, told: program, verdict })),
  ...TASK_WORK.map(([name, program, verdict]) => ({ name: `task work: ${name}`, told: program, verdict })),
  ...SLEEPY.map(([name, program, verdict]) => ({ name, told: program, verdict })),
  ...INNER.map(([name, program, verdict]) => ({ name, told: program, verdict })),
];

describeVerdicts('functions that run later', all, 'anywhere');
