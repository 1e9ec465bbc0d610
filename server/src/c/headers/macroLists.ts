/** Macros over argument lists, which C can only spell out one number of arguments after the other. */

/** The numbers from first to last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** `___bpf_nth` picks the argument behind twelve others, `___bpf_narg` counts up to twelve. */
export function countingMacros(): string {
  const names = [...range(1, 9).map((n) => `_${n}`), '_a', '_b', '_c'];
  return `#ifndef ___bpf_nth
#define ___bpf_nth(_, ${names.join(', ')}, N, ...) N
#endif
#ifndef ___bpf_narg
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, ${range(0, 12).toReversed().join(', ')})
#endif`;
}
