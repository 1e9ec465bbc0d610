import { describe, expect, it } from 'vitest';
import { runsAt } from '../../server/src/run/hooks.ts';
import type { Program } from '../../server/src/program/program.ts';
import { programOfText } from '../support/assembled.ts';

const program = (section: string): Program => programOfText(`.section "${section}"\n r0 = 0\n exit\n`);

describe('a program runs at the hooks that its section names', () => {
  it.each([
    ['kprobe/do_sys_openat2', 'kprobe:do_sys_openat2', true],
    ['kprobe/do_sys_openat2', 'kprobe:vfs_read', false],
    ['kprobe/do_sys_openat2', 'kretprobe:do_sys_openat2', false],
    ['kprobe', 'kprobe:vfs_read', true],
    ['kprobe.multi/vfs_*', 'kprobe:vfs_read', true],
    ['kprobe.multi/vfs_*d', 'kprobe:vfs_write', false],
    ['kprobe.multi/v*_*e', 'kprobe:vfs_write', true],
    ['uprobe', 'uprobe:workload:probe_me', true],
    ['uprobe//usr/bin/workload:probe_me', 'uprobe:workload:probe_me', true],
    ['uprobe.s//usr/bin/other:probe_me', 'uprobe:workload:probe_me', false],
    ['uretprobe', 'uprobe:workload:probe_me', false],
    ['tp/syscalls/sys_enter_openat', 'tracepoint:syscalls:sys_enter_openat', true],
    ['tracepoint/syscalls/sys_enter_openat', 'tp:syscalls:sys_exit_openat', false],
    ['raw_tracepoint/sys_enter', 'raw_tp:sys_enter', true],
    ['raw_tp.w/sys_enter', 'raw_tp:sys_enter', true],
    ['tp_btf/sys_enter', 'raw_tp:sys_enter', false],
    ['fentry.s/vfs_read', 'fentry:vfs_read', true],
    ['fexit/vfs_read', 'fentry:vfs_read', false],
    ['lsm.s/file_open', 'lsm:file_open', true],
    ['lsm_cgroup/socket_bind', 'lsm_cgroup:socket_bind', true],
    ['perf_event', 'perf_event:cpu-clock', true],
    ['cgroup/connect4', 'cgroup:connect4', true],
    ['cgroup/connect4', 'cgroup/connect6', false],
    ['tcx/ingress', 'tc:ingress', true],
    ['syscall', 'syscall', true],
  ])('%s at %s: %s', (section, hook, expected) => {
    expect(runsAt(program(section), hook)).toBe(expected);
  });

  it('that nobody knows: no program', () => {
    expect(runsAt(program('kprobe'), 'nonsense:x')).toBe(false);
  });
});
