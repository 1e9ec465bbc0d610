import type { IteratorCase } from './iteratorCases.ts';

/** Bytes of the iterators. */
const PLACE = -24;

const call = (name: string, before = ''): string => `
  r1 = r10
  r1 += ${PLACE}${before}
  call bpf_iter_${name}`;

const TASKS = '\n  r2 = 0\n  r3 = 0';
const LOCK = '\n  call bpf_rcu_read_lock';
const UNLOCK = '\n  call bpf_rcu_read_unlock';
const END = `
out:
  r0 = 0
  exit`;

/** A loop over all tasks with this body; the task is in r0. */
const tasks = (body: string): string => `${call('task_new', TASKS)}
again:${call('task_next')}
  if r0 == 0 goto done
${body}
  goto again
done:${call('task_destroy')}`;

/**
 * Programs of the type `syscall`, which may sleep, with iterators over objects of the kernel. They ask for the kernel's
 * types. Where a program does not sleep, all of it is one RCU section.
 */
// prettier-ignore
export const OBJECT_CASES: readonly IteratorCase[] = [
  ['tasks without a section', call('task_new', TASKS) + call('task_destroy') + END, 'kernel func bpf_iter_task_new requires RCU critical section protection'],
  ['tasks in a section', LOCK + tasks('  r1 = *(u32 *)(r0 + 16)') + UNLOCK + END, 'accept'],
  ['tasks unchecked', `${LOCK}${call('task_new', TASKS)}${call('task_next')}
  r1 = *(u32 *)(r0 + 16)${call('task_destroy')}${UNLOCK}${END}`, "R0 invalid mem access 'scalar'"],
  ['a section for every round', LOCK + tasks(`${UNLOCK}${LOCK}`) + UNLOCK + END, 'accept'],
  ['a section left before the step', LOCK + call('task_new', TASKS) + UNLOCK + call('task_next') + call('task_destroy') + END, 'expected an RCU CS when using bpf_iter_task_next'],
  ['a section left before the end', LOCK + call('task_new', TASKS) + UNLOCK + call('task_destroy') + END, 'expected an RCU CS when using bpf_iter_task_destroy'],
  ['another section for the step', LOCK + call('task_new', TASKS) + UNLOCK + LOCK + call('task_next') + call('task_destroy') + UNLOCK + END, 'expected an RCU CS when using bpf_iter_task_next'],
  ['a task read after the section', `${LOCK}
  r6 = 0${tasks('  r6 = r0')}${UNLOCK}
  if r6 == 0 goto out
  r1 = *(u32 *)(r6 + 16)${END}`, 'accept'],
  ['a task acquired', `${LOCK}${tasks(`
  r1 = r0
  call bpf_task_acquire
  if r0 == 0 goto again
  r1 = r0
  call bpf_task_release`)}${UNLOCK}${END}`, 'accept'],
  ['a task acquired and kept', `${LOCK}${tasks(`
  r1 = r0
  call bpf_task_acquire
  if r0 == 0 goto again`)}${UNLOCK}${END}`, 'Unreleased reference id=4 alloc_insn=11'],
  ['a task released', `${LOCK}${tasks(`
  r1 = r0
  call bpf_task_release`)}${UNLOCK}${END}`, 'R1 must be referenced or trusted'],
  ['a task acquired after the section', `${LOCK}
  r6 = 0${tasks('  r6 = r0')}${UNLOCK}
  if r6 == 0 goto out
  r1 = r6
  call bpf_task_acquire
  if r0 == 0 goto out
  r1 = r0
  call bpf_task_release${END}`, 'R1 must be a rcu pointer'],
  ['threads of the current task', `
  call bpf_get_current_task_btf
  r6 = r0${LOCK}${call('task_new', '\n  r2 = r6\n  r3 = 1')}${call('task_next')}${call('task_destroy')}${UNLOCK}${END}`, 'accept'],
  ['mappings of the current task', `
  call bpf_get_current_task_btf
  r6 = r0${call('task_vma_new', '\n  r2 = r6\n  r3 = 0')}
again:${call('task_vma_next')}
  if r0 == 0 goto done
  r1 = *(u64 *)(r0 + 0)
  goto again
done:${call('task_vma_destroy')}${END}`, 'accept'],
  ['mappings of no task', call('task_vma_new', '\n  r2 = 0\n  r3 = 0') + END, 'Possibly NULL pointer passed to trusted arg1'],
  ['a mapping used when the iterator has ended', `
  call bpf_get_current_task_btf
  r6 = r0
  r7 = 0${call('task_vma_new', '\n  r2 = r6\n  r3 = 0')}${call('task_vma_next')}
  if r0 == 0 goto done
  r7 = r0
done:${call('task_vma_destroy')}
  if r7 == 0 goto out
  r1 = *(u64 *)(r7 + 0)${END}`, 'accept'],
  ['caches of the kernel', `${call('kmem_cache_new')}
again:${call('kmem_cache_next')}
  if r0 == 0 goto done
  r1 = *(u64 *)(r0 + 0)
  goto again
done:${call('kmem_cache_destroy')}${END}`, 'accept'],
  ['a cache written', `${call('kmem_cache_new')}
again:${call('kmem_cache_next')}
  if r0 == 0 goto done
  *(u32 *)(r0 + 8) = 1
  goto again
done:${call('kmem_cache_destroy')}${END}`, 'only read is supported'],
  ['buffers of devices', `${call('dmabuf_new')}
again:${call('dmabuf_next')}
  if r0 != 0 goto again${call('dmabuf_destroy')}${END}`, 'accept'],
  ['control groups', `
  r1 = 1
  call bpf_cgroup_from_id
  if r0 == 0 goto out
  r6 = r0${LOCK}${call('css_new', '\n  r2 = r6\n  r3 = 1')}
again:${call('css_next')}
  if r0 != 0 goto again${call('css_destroy')}${UNLOCK}
  r1 = r6
  call bpf_cgroup_release${END}`, 'accept'],
  ['tasks of a control group', `
  r1 = 1
  call bpf_cgroup_from_id
  if r0 == 0 goto out
  r6 = r0${call('css_task_new', '\n  r2 = r6\n  r3 = 1')}
again:${call('css_task_next')}
  if r0 == 0 goto done
  r1 = *(u32 *)(r0 + 16)
  goto again
done:${call('css_task_destroy')}
  r1 = r6
  call bpf_cgroup_release${END}`, 'accept'],
  ['a number iterator where tasks are expected', `
  r1 = r10
  r1 += ${PLACE}
  r2 = 0
  r3 = 4
  call bpf_iter_num_new${LOCK}${call('task_next')}${END}`, 'expected an initialized iter_task as arg #0'],
];
