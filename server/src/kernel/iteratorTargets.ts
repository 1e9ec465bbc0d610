/**
 * Iterator programs: which kinds there are and what their arguments point to. Mirrors the `bpf_iter_reg` structures of
 * kernel/bpf/*_iter.c, kernel/kallsyms.c, net/core/sock_map.c, net/core/bpf_sk_storage.c, net/ipv4, net/ipv6, net/unix
 * and net/netlink, v6.18.
 */

/** What an iterator's argument is: a kernel structure, trusted or not, or a buffer; all may be null at the end. */
export type IteratorArgument = 'object' | 'trusted' | 'readOnlyBuffer' | 'buffer';

export interface Iterator {
  /** By argument, counted from 0; those that are missing are as their types say. */
  readonly args: Readonly<Record<number, IteratorArgument>>;
}

const ITERATORS: Readonly<Record<string, Iterator['args']>> = {
  bpf_prog: { 1: 'object' },
  bpf_link: { 1: 'object' },
  bpf_map: { 1: 'trusted' },
  bpf_map_elem: { 2: 'readOnlyBuffer', 3: 'buffer' },
  bpf_sk_storage_map: { 2: 'object', 3: 'buffer' },
  cgroup: { 1: 'trusted' },
  dmabuf: { 1: 'object' },
  ipv6_route: { 1: 'object' },
  kmem_cache: { 1: 'trusted' },
  ksym: { 1: 'object' },
  netlink: { 1: 'object' },
  sockmap: { 2: 'readOnlyBuffer', 3: 'object' },
  task: { 1: 'trusted' },
  task_file: { 1: 'object', 3: 'object' },
  task_vma: { 1: 'object', 2: 'object' },
  tcp: { 1: 'trusted' },
  udp: { 1: 'trusted' },
  unix: { 1: 'object' },
};

/** The iterator with this name; null for one that is not known. */
export function iteratorNamed(name: string): Iterator | null {
  const args = Object.hasOwn(ITERATORS, name) ? ITERATORS[name] : undefined;
  return args === undefined ? null : { args };
}
