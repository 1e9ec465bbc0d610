/**
 * Bytes that each open-coded iterator takes on the stack: the sizes of the structures `bpf_iter_…` of Linux 6.18. They
 * are part of what programs are compiled against. Checked against a running kernel by test/kernel/iterators.test.ts.
 */
export const ITERATOR_BYTES: Readonly<Record<string, number>> = {
  num: 8,
  bits: 16,
  task: 24,
  task_vma: 8,
  css: 24,
  css_task: 8,
  dmabuf: 8,
  kmem_cache: 8,
  scx_dsq: 48,
};
