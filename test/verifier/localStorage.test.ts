import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import type { TypesBuilder } from '../support/typesBuilder.ts';

/** Values hold a lock and a number; storage maps need types and no more room than asked for. */
function declare(types: TypesBuilder) {
  const int = types.int('int', 4, true);
  const value = types.struct('value', 8, [
    ['lock', types.guarded('bpf_spin_lock'), 0],
    ['x', int, 4],
  ]);
  const ids = [int, value] as const;
  return { sockets: ids, tasks: ids, cgroups: ids, inodes: ids } as const;
}

const HEAD = `.license "GPL"
.map sockets, type=sk_storage, key=4, value=8, entries=0, flags=BPF_F_NO_PREALLOC
.map tasks, type=task_storage, key=4, value=8, entries=0, flags=BPF_F_NO_PREALLOC
.map cgroups, type=cgrp_storage, key=4, value=8, entries=0, flags=BPF_F_NO_PREALLOC
.map inodes, type=inode_storage, key=4, value=8, entries=0, flags=BPF_F_NO_PREALLOC
.map hash, type=hash, key=4, value=8, entries=4
`;
const END = `
out:
  r0 = 0
  exit`;
const get = (helper: string, map: string, object: string, initial = 'r3 = 0', flags = 1): string => `
  r2 = ${object}
  r1 = ${map} ll
  ${initial}
  r4 = ${flags}
  call bpf_${helper}_storage_get`;
const use = `
  if r0 == 0 goto out
  r1 = *(u32 *)(r0 + 4)
  *(u32 *)(r0 + 4) = r1`;
const socket = `
  r6 = *(u64 *)(r1 + 168)
  if r6 == 0 goto out
  r1 = r6
  call bpf_sk_fullsock
  if r0 == 0 goto out
  r6 = r0`;
const task = `
  call bpf_get_current_task_btf
  r6 = r0`;

/** Name, section, body, and what the kernel says first; "accept" where it says nothing. */
const CASES: readonly (readonly [name: string, section: string, body: string, verdict: string])[] = [
  ['of a socket', 'tc', socket + get('sk', 'sockets', 'r6') + use, 'accept'],
  ['of a socket, unchecked', 'tc', `${socket}${get('sk', 'sockets', 'r6')}\n  r1 = *(u32 *)(r0 + 4)`, "R0 invalid mem access 'map_value_or_null'"],
  ['of a socket that may be null', 'tc', `\n  r6 = *(u64 *)(r1 + 168)${get('sk', 'sockets', 'r6')}`, 'R2 type=sock_common_or_null expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['of no socket', 'tc', get('sk', 'sockets', '0'), 'R2 type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['of the context', 'tc', `\n  r6 = r1${get('sk', 'sockets', 'r6')}`, 'R2 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['of a socket in a hash', 'tc', socket + get('sk', 'hash', 'r6'), 'cannot pass map_type 1 into func bpf_sk_storage_get#107'],
  ['of a socket in a map for tasks', 'tc', socket + get('sk', 'tasks', 'r6'), 'cannot pass map_type 29 into func bpf_sk_storage_get#107'],
  ['of a socket with a first value', 'tc', `${socket}\n  *(u64 *)(r10 - 8) = 0${get('sk', 'sockets', 'r6', 'r3 = r10\n  r3 += -8')}`, 'accept'],
  ['of a socket with a first value never written', 'tc', `${socket}${get('sk', 'sockets', 'r6', 'r3 = r10\n  r3 += -8')}`, 'accept'],
  ['of a socket deleted', 'tc', `${socket}\n  r2 = r6\n  r1 = sockets ll\n  call bpf_sk_storage_delete`, 'accept'],
  ['of a socket, its lock', 'tc', `${socket}${get('sk', 'sockets', 'r6')}\n  if r0 == 0 goto out\n  r7 = r0\n  r1 = r7\n  call bpf_spin_lock\n  *(u32 *)(r7 + 4) = 1\n  r1 = r7\n  call bpf_spin_unlock`, 'accept'],
  ['of a socket, its lock read', 'tc', `${socket}${get('sk', 'sockets', 'r6')}\n  if r0 == 0 goto out\n  r1 = *(u32 *)(r0 + 0)`, 'bpf_spin_lock cannot be accessed directly by load/store'],
  ['of a socket looked up as in a hash', 'tc', '\n  *(u32 *)(r10 - 4) = 0\n  r2 = r10\n  r2 += -4\n  r1 = sockets ll\n  call bpf_map_lookup_elem', 'cannot pass map_type 24 into func bpf_map_lookup_elem#1'],
  ['of the socket that is made', 'cgroup/sock_create', `${get('sk', 'sockets', 'r1')}${use.replace('goto out', 'goto out')}`, 'accept'],
  ['of the task', 'tp_btf/sched_switch', task + get('task', 'tasks', 'r6'), 'accept'],
  ['of no task', 'tp_btf/sched_switch', get('task', 'tasks', '0'), 'accept'],
  ['of a task of the context', 'tp_btf/sched_switch', `\n  r6 = *(u64 *)(r1 + 8)${get('task', 'tasks', 'r6')}`, 'accept'],
  ['of a part of a task', 'tp_btf/sched_switch', `${task}\n  r6 += 8${get('task', 'tasks', 'r6')}`, 'R2 is of type task_struct but task_struct is expected'],
  ['of what is followed from a task', 'tp_btf/sched_switch', `${task}\n  r6 = *(u64 *)(r6 + 64)${get('task', 'tasks', 'r6')}`, 'access beyond struct (anon) at off 0 size 8'],
  ['of a number as a task', 'tp_btf/sched_switch', get('task', 'tasks', '5'), 'R2 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_'],
  ['of a task deleted', 'tp_btf/sched_switch', `${task}\n  r2 = r6\n  r1 = tasks ll\n  call bpf_task_storage_delete`, 'accept'],
  ['of a task in a map for cgroups', 'tp_btf/sched_switch', task + get('task', 'cgroups', 'r6'), 'cannot pass map_type 32 into func bpf_task_storage_get#156'],
  ['of a task in a program for packets', 'tc', get('task', 'tasks', '0'), 'accept'],
  ['of a cgroup', 'tp_btf/cgroup_mkdir', `\n  r6 = *(u64 *)(r1 + 0)${get('cgrp', 'cgroups', 'r6')}`, 'accept'],
  ['of a cgroup as a task', 'tp_btf/cgroup_mkdir', `\n  r6 = *(u64 *)(r1 + 0)${get('task', 'tasks', 'r6')}`, 'cannot access ptr member cgroup with moff 0 in struct cgroup_subsys_state with off 0 size 1'],
  ['of a cgroup acquired', 'tc', `\n  r1 = 1\n  call bpf_cgroup_from_id\n  if r0 == 0 goto out\n  r6 = r0${get('cgrp', 'cgroups', 'r6')}\n  r1 = r6\n  call bpf_cgroup_release`, 'accept'],
  ['of an inode in a program for packets', 'tc', get('inode', 'inodes', '0'), 'program of this type cannot use helper bpf_inode_storage_get#145'],
]; // prettier-ignore

const all = CASES.map(([name, section, body, verdict]) => ({
  name,
  verdict,
  told: programWithTypes(`${HEAD}.section "${section}"\n.globl main\nmain:\n${body}${END}`, declare),
}));

describeVerdicts('storage that hangs on objects', all);
