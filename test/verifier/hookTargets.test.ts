import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import type { Program } from '../../server/src/program/program.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import type { Row } from '../btf/buildBtf.ts';
import { buildBtf, KIND, SIGNED_INT, UNSIGNED_INT } from '../btf/buildBtf.ts';

/**
 * Functions and security hooks of a kernel of our own making: this machine's kernel may refuse all such programs. What
 * is expected is by the source, v6.18, and as the recorded verdicts of another kernel have it.
 */
const rows: Row[] = [];
function add(row: Row): number {
  return rows.push(row);
}

const INT = add({ kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] });
const LONG = add({ kind: KIND.int, name: 'unsigned long', word: 8, rest: [UNSIGNED_INT | 64] });
const TASK = add({ kind: KIND.struct, name: 'task_struct', vlen: 2, word: 16, rest: ['pid', INT, 0, 'parent', 4, 64] });
const TASK_POINTER = add({ kind: KIND.ptr, word: TASK });
const FILE = add({ kind: KIND.struct, name: 'file', vlen: 1, word: 8, rest: ['f_flags', LONG, 0] });
const FILE_POINTER = add({ kind: KIND.ptr, word: FILE });
const BIG = add({ kind: KIND.struct, name: 'big', vlen: 1, word: 24, rest: ['first', LONG, 0] });
const FLOAT = add({ kind: KIND.float, name: 'double', word: 8 });

function declare(name: string, returns: number, params: readonly (readonly [name: string, type: number])[]): void {
  const proto = add({ kind: KIND.funcProto, word: returns, vlen: params.length, rest: params.flat() });
  add({ kind: KIND.func, name, word: proto });
}

declare('do_work', INT, [['task', TASK_POINTER], ['flags', LONG], ['file__nullable', FILE_POINTER]]); // prettier-ignore
declare('do_nothing', 0, []);
declare('find_task', TASK_POINTER, [['pid', INT]]);
declare('take_big', INT, [['big', BIG]]);
declare('return_float', FLOAT, []);
declare('take_all', INT, [['first', INT], ['', 0]]); // prettier-ignore
declare('do_exit', 0, [['code', LONG]]);
declare('should_failslab', INT, [['flags', LONG]]);
declare('__x64_sys_nanosleep', LONG, [['task', TASK_POINTER]]);
declare('security_file_open', INT, [['file', FILE_POINTER]]);
declare('bpf_lsm_file_open', INT, [['file', FILE_POINTER]]);
declare('bpf_lsm_task_free', 0, [['task', TASK_POINTER]]);
declare('bpf_lsm_inode_xattr_skipcap', INT, [['name', LONG]]);
declare('bpf_lsm_vm_enough_memory', INT, [['pages', LONG]]);
declare('bpf_lsm_find_cgroup_shim', 0, [['prog', LONG]]);
declare('bpf_lsm_sock_graft', 0, [['sk', LONG]]);
add({
  kind: KIND.union,
  name: 'security_list_options',
  vlen: 5,
  word: 8,
  rest: ['file_open', 'task_free', 'inode_xattr_skipcap', 'vm_enough_memory', 'sock_graft'].flatMap((hook) => [
    hook,
    LONG,
    0,
  ]),
});

const { btf } = openBtf(buildBtf(rows));

function assembled(section: string, body: string, license = 'GPL'): Program {
  const text = `.license "${license}"\n.section "${section}"\n${body}`;
  const { object } = assemble(sourceText('hook.bpfasm', text));
  expect(object.diagnostics.map(({ message }) => message)).toEqual([]);
  const [program] = object.programs;
  if (program === undefined) throw new Error('no program');
  return program;
}

function answer(section: string, body: string, license?: string): readonly string[] {
  const { outcome, finding } = verify(assembled(section, body, license), { kernelBtf: btf });
  const words = outcome === 'unsupported' ? [finding?.message ?? ''] : (finding?.kernelLines ?? []);
  return [outcome, ...words];
}

const RETURN_0 = 'r0 = 0\nexit';

type Case = readonly [what: string, section: string, body: string, expected: readonly string[], license?: string];

describe('functions that programs are attached to', () => {
  // prettier-ignore
  const cases: readonly Case[] = [
    ['an argument that is a pointer', 'fentry/do_work', `r2 = *(u64 *)(r1 + 0)\nr3 = *(u32 *)(r2 + 0)\n${RETURN_0}`, ['accepted']],
    ['a pointer behind a pointer', 'fentry/do_work', `r2 = *(u64 *)(r1 + 0)\nr2 = *(u64 *)(r2 + 8)\nr3 = *(u32 *)(r2 + 0)\n${RETURN_0}`, ['accepted']],
    ['an argument that is a number', 'fentry/do_work', `r2 = *(u64 *)(r1 + 8)\nr3 = *(u32 *)(r2 + 0)\n${RETURN_0}`, ['rejected', "R2 invalid mem access 'scalar'"]],
    ['an argument that may be null', 'fentry/do_work', `r2 = *(u64 *)(r1 + 16)\nr3 = *(u64 *)(r2 + 0)\n${RETURN_0}`, ['rejected', "R2 invalid mem access 'ptr_or_null_'"]],
    ['an argument that may be null, checked', 'fentry/do_work', `r2 = *(u64 *)(r1 + 16)\nif r2 == 0 goto out\nr3 = *(u64 *)(r2 + 0)\nout:\n${RETURN_0}`, ['accepted']],
    ['half a pointer', 'fentry/do_work', `r2 = *(u32 *)(r1 + 0)\n${RETURN_0}`, ['rejected', "func 'do_work' size 4 must be 8", 'invalid bpf_context access off=0 size=4']],
    ['an offset between arguments', 'fentry/do_work', `r2 = *(u32 *)(r1 + 4)\n${RETURN_0}`, ['rejected', "func 'do_work' offset 4 is not multiple of 8", 'invalid bpf_context access off=4 size=4']],
    ['a write to an argument', 'fentry/do_work', `*(u64 *)(r1 + 0) = 0\n${RETURN_0}`, ['rejected', 'invalid bpf_context access off=0 size=8']],
    ['a write through a pointer', 'fentry/do_work', `r2 = *(u64 *)(r1 + 0)\n*(u32 *)(r2 + 0) = 0\n${RETURN_0}`, ['rejected', 'only read is supported']],
    ['the result at the entry', 'fentry/do_work', `r2 = *(u64 *)(r1 + 24)\n${RETURN_0}`, ['rejected', "func 'do_work' doesn't have 4-th argument", 'invalid bpf_context access off=24 size=8']],
    ['the result at the exit', 'fexit/do_work', `r2 = *(u64 *)(r1 + 24)\n${RETURN_0}`, ['accepted']],
    ['beyond the result', 'fexit/do_work', `r2 = *(u64 *)(r1 + 32)\n${RETURN_0}`, ['rejected', "func 'do_work' doesn't have 5-th argument", 'invalid bpf_context access off=32 size=8']],
    ['a result that is a pointer', 'fexit/find_task', `r2 = *(u64 *)(r1 + 8)\nr3 = *(u32 *)(r2 + 0)\n${RETURN_0}`, ['accepted']],
    ['a structure without license', 'fentry/do_work', `r2 = *(u64 *)(r1 + 0)\nr3 = *(u32 *)(r2 + 0)\n${RETURN_0}`, ['rejected', "Cannot access kernel 'struct task_struct' from non-GPL compatible program"], 'Proprietary'],
    ['another value than 0', 'fentry/do_work', 'r0 = 1\nexit', ['rejected', 'At program exit the register R0 has smin=1 smax=1 should have been in [0, 0]']],
    ['any value that decides', 'fmod_ret/security_file_open', 'r0 = -13\nexit', ['accepted']],
    ['a function that decides nothing', 'fmod_ret/do_work', RETURN_0, ['unsupported', 'Not supported yet: whether the kernel lets programs decide what do_work() returns.']],
    ['a function without the types', 'fentry/of_a_module', RETURN_0, ['unsupported', 'Not supported yet: the function of_a_module, which is not among the types of the kernel.']],
    ['no function', 'fentry', RETURN_0, ['unsupported', 'Not supported yet: programs that are told what they are attached to only when they are loaded.']],
    ['a function that never returns', 'fexit/do_exit', RETURN_0, ['rejected', 'Attaching fexit/fmod_ret to __noreturn functions is rejected.']],
    ['the entry of a function that never returns', 'fentry/do_exit', RETURN_0, ['accepted']],
    ['an argument that does not fit', 'fentry/take_big', RETURN_0, ['rejected', 'The function take_big arg0 type STRUCT is unsupported.']],
    ['a result of another kind', 'fentry/return_float', RETURN_0, ['rejected', 'The function return_float return type FLOAT is unsupported.']],
    ['any number of arguments', 'fentry/take_all', RETURN_0, ['rejected', 'The function take_all with variable args is unsupported.']],
    ['a system call where programs sleep', 'fentry.s/__x64_sys_nanosleep', RETURN_0, ['accepted']],
    ['a function where none may sleep', 'fentry.s/should_failslab', RETURN_0, ['rejected', 'should_failslab is not sleepable']],
    ['a function where perhaps none may sleep', 'fentry.s/do_work', RETURN_0, ['unsupported', 'Not supported yet: whether the kernel lets programs sleep at do_work().']],
  ];
  it.each(cases.map(([what, ...rest]) => [what, rest] as const))('%s', (_what, [section, body, expected, license]) => {
    expect(answer(section, body, license)).toEqual(expected);
  });
});

describe('security hooks that programs are attached to', () => {
  // prettier-ignore
  const cases: readonly Case[] = [
    ['an argument', 'lsm/file_open', `r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r2 + 0)\n${RETURN_0}`, ['accepted']],
    ['an error', 'lsm/file_open', 'r0 = -1\nexit', ['accepted']],
    ['an error in 32 bits', 'lsm/file_open', 'w0 = -1\nexit', ['accepted']],
    ['no error', 'lsm/file_open', 'r0 = 1\nexit', ['rejected', 'At program exit the register R0 has smin=1 smax=1 should have been in [-4095, 0]']],
    ['what programs before it returned', 'lsm/file_open', 'r0 = *(u64 *)(r1 + 8)\nexit', ['accepted']],
    ['yes or no', 'lsm/inode_xattr_skipcap', 'r0 = 1\nexit', ['accepted']],
    ['neither yes nor no', 'lsm/inode_xattr_skipcap', 'r0 = -1\nexit', ['rejected', 'At program exit the register R0 has smin=-1 smax=-1 should have been in [0, 1]']],
    ['a hook that returns nothing', 'lsm/task_free', 'exit', ['accepted']],
    ['an object that goes away', 'lsm/task_free', `r2 = *(u64 *)(r1 + 0)\nr3 = *(u32 *)(r2 + 0)\nexit`, ['accepted']],
    ['a hook that is closed', 'lsm/vm_enough_memory', RETURN_0, ['rejected', 'attach_btf_id ID points to disabled hook bpf_lsm_vm_enough_memory']],
    ['what is no hook', 'lsm/find_cgroup_shim', RETURN_0, ['rejected', 'attach_btf_id ID points to wrong type name bpf_lsm_find_cgroup_shim']],
    ['no such hook', 'lsm/file_close', RETURN_0, ['unsupported', 'Not supported yet: the security hook bpf_lsm_file_close, which is not among the types of the kernel.']],
    ['a hook where programs sleep', 'lsm.s/file_open', RETURN_0, ['accepted']],
    ['a hook where none may sleep', 'lsm.s/task_free', 'exit', ['rejected', 'bpf_lsm_task_free is not sleepable']],
    ['without license', 'lsm/file_open', RETURN_0, ['rejected', 'LSM programs must have a GPL compatible license'], 'MIT'],
    ['yes or no for a cgroup', 'lsm_cgroup/file_open', 'r0 = 1\nexit', ['accepted']],
    ['an error for a cgroup', 'lsm_cgroup/file_open', 'r0 = -1\nexit', ['rejected', 'At program exit the register R0 has smin=-1 smax=-1 should have been in [0, 1]']],
    ['a hook of a cgroup that returns nothing', 'lsm_cgroup/task_free', RETURN_0, ['rejected', 'At program exit the register R0 has smin=0 smax=0 should have been in [1, 1]', "Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!"]],
    ['options of a socket where it is locked', 'lsm_cgroup/sock_graft', 'r1 = 0\ncall bpf_setsockopt\nr0 = 1\nexit', ['rejected', 'R1 type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_']],
    ['options of a socket elsewhere', 'lsm_cgroup/file_open', 'r1 = 0\ncall bpf_setsockopt\nr0 = 1\nexit', ['rejected', 'program of this type cannot use helper bpf_setsockopt#49']],
  ];
  it.each(cases.map(([what, ...rest]) => [what, rest] as const))('%s', (_what, [section, body, expected, license]) => {
    const told = answer(section, body, license).map((line) => line.replace(/attach_btf_id \d+/, 'attach_btf_id ID'));
    expect(told).toEqual(expected);
  });
});

describe('programs that replace functions of others', () => {
  it('are not answered for', () => {
    expect(answer('freplace/parse', RETURN_0)[0]).toBe('unsupported');
  });
});
