/**
 * Kernel functions whose results programs may replace (fmod_ret), or at which they may sleep. Types do not tell which
 * these are, so the answer for other functions is not known. Sources: the users of ALLOW_ERROR_INJECTION, the sets given
 * to `register_btf_fmodret_id_set`, and `btf_non_sleepable_error_inject` of kernel/bpf/verifier.c, Linux 6.18.
 */

/** System calls: every one of them is declared with ALLOW_ERROR_INJECTION. */
const SYSTEM_CALL = /^__(x64|ia32|ia32_compat|arm64|arm64_compat|se|s390x|s390|riscv|powerpc)_(compat_)?sys_\w+$/;

const INJECTABLE: ReadonlySet<string> = new Set([
  'should_failslab', 'should_fail_alloc_page', '__filemap_add_folio', 'should_fail_bio', 'open_ctree',
  'page_pool_alloc_netmems',
]); // prettier-ignore

/** Of the functions above those that also run where nothing may sleep. */
const NEVER_SLEEPABLE: ReadonlySet<string> = new Set([
  'should_failslab', 'should_fail_alloc_page', '__filemap_add_folio',
]); // prettier-ignore

const MODIFIABLE: ReadonlySet<string> = new Set([
  'bpf_modify_return_test', 'bpf_modify_return_test2', 'bpf_modify_return_test_tp', 'bpf_fentry_test1',
  'update_socket_protocol',
]); // prettier-ignore

/** Functions of that set where programs may sleep. */
const MODIFIABLE_SLEEPABLE: ReadonlySet<string> = new Set(['bpf_fentry_test1']);

/** Whether a program may decide what the function returns; null where only the kernel knows. */
export function mayModifyReturn(name: string): boolean | null {
  return isInjectable(name) || MODIFIABLE.has(name) || name.startsWith('security_') ? true : null;
}

/** Whether a program at the function's entry or exit may sleep; null where only the kernel knows. */
export function maySleepAt(name: string): boolean | null {
  if (NEVER_SLEEPABLE.has(name)) return false;
  return isInjectable(name) || MODIFIABLE_SLEEPABLE.has(name) ? true : null;
}

function isInjectable(name: string): boolean {
  return SYSTEM_CALL.test(name) || INJECTABLE.has(name);
}

/** Functions that never return, so that nothing can run after them. Mirrors `noreturn_deny`. */
export const NEVER_RETURNING: ReadonlySet<string> = new Set([
  '__ia32_sys_exit', '__ia32_sys_exit_group', '__kunit_abort', 'kunit_try_catch_throw',
  '__module_put_and_kthread_exit', '__x64_sys_exit', '__x64_sys_exit_group', 'do_exit', 'do_group_exit',
  'kthread_complete_and_exit', 'kthread_exit', 'make_task_dead',
]); // prettier-ignore

/** Functions that no program may be attached to. Mirrors `btf_id_deny`, as far as every configuration has them. */
export const UNTRACEABLE: ReadonlySet<string> = new Set([
  'migrate_disable', 'migrate_enable', 'rcu_read_unlock_strict', 'preempt_count_add', 'preempt_count_sub',
  '__rcu_read_lock', '__rcu_read_unlock',
]); // prettier-ignore
