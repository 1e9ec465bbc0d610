import { describe, expect, it } from 'vitest';
import { BUNDLED_FOLDER, readWithBundled } from '../../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { checkedProgram } from './checkedProgram.ts';

/** What is said of one statement, in which `x` is an int, `s` a text and `v` two values. */
function said(statement: string): string[] {
  const text = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
int f(int x, char *s) { char out[8]; __u64 v[2] = {}; (void)out; (void)v; ${statement}; return 0; }`;
  const read = readWithBundled({ path: 'a.c', text, folders: [BUNDLED_FOLDER], read: () => null, kernelTypes: null });
  const { problems, places } = checkedProgram(text, searchFolders([BUNDLED_FOLDER], read), 'a.c');
  return problems.flatMap(({ code, message, at }) => {
    const place = places.written(at.start);
    return code === 'bpf-format' && place !== null ? `${text.slice(place.offset, place.offset + 3)} ${message}` : [];
  });
}

/** Mirrors the cases of the kernel's selftests (prog_tests/snprintf.c, v6.18). */
describe('formats of bpf_printk and its kin', () => {
  it.each([
    'bpf_printk("%d %i %u %x %X %c", x, x, x, x, x, x)',
    'bpf_printk("%ld %lld %lu %llx", 1L, 1LL, 1UL, 1ULL)',
    'bpf_printk("%s, %s.", s, s)',
    'bpf_printk("%p %px %pK %pks %pus", s, s, s, s, s)',
    'bpf_printk("%pI4 %pi4 %pI6 %pi6 %pB %ps %pS", s, s, s, s, s, s, s)',
    'bpf_printk("%5d|%-3u|%08lx|% d|%+i", x, x, 1L, x, x)',
    'bpf_printk("100%% of\\tit\\n")',
    'bpf_printk("fünf")',
    'BPF_SNPRINTF(out, sizeof(out), "%d %d", x, x)',
  ])('%s', (statement) => expect(said(statement)).toEqual([]));

  it.each([
    ['bpf_printk("a %f", x)', "%f\" bpf_trace_printk: the kernel does not know the conversion '%f'"],
    ['bpf_printk("%hd", x)', "%hd bpf_trace_printk: the kernel does not know the conversion '%h'"],
    ['bpf_printk("%#x", x)', "%#x bpf_trace_printk: the kernel does not know the conversion '%#'"],
    ['bpf_printk("%.3s", s)', "%.3 bpf_trace_printk: the kernel does not know the conversion '%.'"],
    ['bpf_printk("100%")', "%\") bpf_trace_printk: the kernel does not know the conversion '%'"],
    ['bpf_printk("%sx", s)', "%sx bpf_trace_printk: the kernel refuses '%sx'"],
    ['bpf_printk("%pq", s)', "%pq bpf_trace_printk: the kernel refuses '%pq'"],
    ['bpf_printk("%d %d", x)', '%d" bpf_trace_printk: the format has more conversions than values are passed (1)'],
    ['bpf_printk("%d", x, x)', '%d" bpf_trace_printk: the format has fewer conversions (1) than values are passed (2)'],
    ['bpf_printk("\\x01")', '\\x0 bpf_trace_printk: the format must not have control characters in it'],
    ['bpf_printk("%d%d%d%d%y", x, x, x, x, x)', "%y\" bpf_trace_vprintk: the kernel does not know the conversion '%y'"],
    ['bpf_snprintf(out, 8, "%d %d %d", v, sizeof(v))', '%d" bpf_snprintf: the format has more conversions than values'],
  ])('%s', (statement, expected) => {
    expect(said(statement).map((one) => one.slice(0, expected.length))).toEqual([expected]);
  });
});
