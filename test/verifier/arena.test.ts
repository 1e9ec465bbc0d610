import { KIND } from '../btf/buildBtf.ts';
import { describeVerdicts } from '../support/describeVerdicts.ts';
import { typedProgram, type TypedProgram } from '../support/typedProgram.ts';

const MAP = '.map pages, type=arena, key=0, value=0, entries=2, flags=BPF_F_MMAPABLE\n';

/** r1 points into the arena, r6 is the context. */
const inside = (body: string, section = 'tc'): string => `.license "GPL"
.section "${section}"
${MAP}  r6 = r1
  r1 = pages[0] ll
  r1 = addr_space_cast(r1, 0, 1)
${body}
  r0 = 0
  exit`;

const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['loads and stores anywhere', inside('  r2 = *(u8 *)(r1 + 30000)\n  *(u64 *)(r1 - 8) = r2\n  r3 = *(u32 *)(r1 + 3)'), 'accept'],
  ['a loaded byte is below 256', inside('  r2 = *(u8 *)(r1 + 0)\n  if r2 < 256 goto +1\n  r0 = *(u8 *)(r9 + 0)'), 'accept'],
  ['sign-extending loads', inside('  r2 = *(s16 *)(r1 + 0)'), 'accept'],
  ['any arithmetic', inside('  r1 *= 5\n  r1 ^= r6\n  r6 += r1\n  w1 -= 7\n  r1 <<= 3\n  *(u8 *)(r6 + 0) = 1'), 'accept'],
  ['division by zero', inside('  r1 /= 0'), 'div by zero'],
  ['a pointer stored', inside('  *(u64 *)(r1 + 0) = r10'), 'accept'],
  ['the lower half moved is a number', inside('  w2 = w1\n  r3 = *(u8 *)(r2 + 0)'), "R2 invalid mem access 'scalar'"],
  ['byte order swapped is a number', inside('  r1 = bswap64 r1\n  r3 = *(u8 *)(r1 + 0)'), "R1 invalid mem access 'scalar'"],
  ['negated is a number', inside('  r1 = -r1\n  r3 = *(u8 *)(r1 + 0)'), "R1 invalid mem access 'scalar'"],
  ['cast to user space is a number', inside('  r1 = addr_space_cast(r1, 1, 0)\n  r3 = *(u8 *)(r1 + 0)'), "R1 invalid mem access 'scalar'"],
  ['compared with null either way', inside('  if r1 == 0 goto +1\n  *(u8 *)(r1 + 0) = 1\n  *(u8 *)(r1 + 0) = 2'), 'accept'],
  ['compared with itself', inside('  r2 = r1\n  if r1 > r2 goto +1\n  *(u8 *)(r1 + 0) = 1'), 'accept'],
  ['spilled and filled', inside('  *(u64 *)(r10 - 8) = r1\n  r1 = *(u64 *)(r10 - 8)\n  *(u8 *)(r1 + 0) = 1'), 'accept'],
  ['an addition', inside('  r2 = 1\n  lock *(u64 *)(r1 + 0) += r2'), 'accept'],
  ['an addition that is fetched', inside('  r2 = 1\n  r2 = atomic_fetch_add((u32 *)(r1 + 0), r2)'), 'accept'],
  ['a comparison and exchange', inside('  r0 = 0\n  r2 = 1\n  r0 = cmpxchg_64(r1 + 8, r0, r2)'), 'accept'],
  ['an OR that is fetched', inside('  r2 = 1\n  r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)'), 'BPF_ATOMIC stores into R1 arena is not allowed'],
  ['an AND that is fetched', inside('  r2 = 1\n  r2 = atomic_fetch_and((u32 *)(r1 + 0), r2)'), 'BPF_ATOMIC stores into R1 arena is not allowed'],
  ['an OR that is not fetched', inside('  r2 = 1\n  lock *(u64 *)(r1 + 0) |= r2'), 'accept'],
  ['an exchange', inside('  r2 = 1\n  r2 = xchg_64(r1 + 0, r2)'), 'accept'],
  ['an acquiring load', inside('  r2 = load_acquire((u16 *)(r1 + 1))'), 'accept'],
  ['a releasing store', inside('  store_release((u8 *)(r1 + 0), r6)'), 'accept'],
  ['as memory for a helper', inside('  r2 = 8\n  r3 = 0\n  call bpf_probe_read_kernel'), 'R1 type=arena expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_'],
  ['as any argument of a helper', inside('  r3 = r1\n  r1 = r10\n  r1 += -8\n  r2 = 8\n  call bpf_probe_read_kernel'), 'accept'],
  ['one instruction for arena and stack', inside('  call bpf_get_prandom_u32\n  r1 = pages[0] ll\n  r1 = addr_space_cast(r1, 0, 1)\n  if r0 == 0 goto +1\n  r1 = r10\n  *(u8 *)(r1 - 1) = 1'), 'same insn cannot be used with different pointers'],
  ['one atomic instruction for stack and arena', inside('  *(u64 *)(r10 - 8) = 0\n  call bpf_get_prandom_u32\n  r1 = pages[0] ll\n  r1 = addr_space_cast(r1, 0, 1)\n  if r0 == 0 goto +1\n  r1 = r10\n  r2 = 1\n  lock *(u64 *)(r1 - 8) += r2'), 'accept'],
  ['a number cast', inside('  r1 = 7\n  r1 = addr_space_cast(r1, 0, 1)\n  *(u8 *)(r1 + 0) = 1'), 'accept'],
  ['an unset register cast', inside('  r1 = addr_space_cast(r7, 0, 1)'), 'R7 !read_ok'],
  ['the frame pointer overwritten by a cast', inside('  r10 = addr_space_cast(r1, 0, 1)'), 'frame pointer is read only'],
  ['returned', inside('  r0 = r1\n  if r1 == 0 goto +1\n  exit', 'socket'), 'accept'],
  ['returned where a range is asked for', inside('  r0 = r1\n  if r1 == 0 goto +1\n  exit', 'cgroup_skb/ingress'), 'At program exit the register R0 is not a known value (arena)'],
  ['without an arena', '.license "GPL"\n.section "tc"\n  r1 = addr_space_cast(r1, 0, 1)\n  r0 = 0\n  exit', 'addr_space_cast insn can only be used in a program that has an associated arena'],
  ['a second arena', `.license "GPL"\n.section "tc"\n${MAP}${MAP.replace('pages', 'more')}  r1 = pages ll\n  r2 = more ll\n  r0 = 0\n  exit`, 'Only one arena per program'],
  ['not cast', `.license "GPL"\n.section "tc"\n${MAP}  r1 = pages[0] ll\n  r0 = *(u8 *)(r1 + 0)\n  exit`, "R1 invalid mem access 'scalar'"],
  ['at the very end', `.license "GPL"\n.section "tc"\n${MAP}  r1 = pages[0]+8192 ll\n  r0 = 0\n  exit`, 'accept'],
  ['beyond the end', `.license "GPL"\n.section "tc"\n${MAP}  r1 = pages[0]+8193 ll\n  r0 = 0\n  exit`, 'invalid access to map value pointer, value_size=0 off=8193'],
  ['the arena itself looked into', `.license "GPL"\n.section "tc"\n${MAP}  r1 = pages ll\n  r2 = r10\n  r2 += -8\n  *(u64 *)(r10 - 8) = 0\n  call bpf_map_lookup_elem\n  r0 = 0\n  exit`, 'invalid zero-sized read'],
]; // prettier-ignore

/** A global function whose first parameter is a pointer with these tags. */
function lent(main: string, tags: readonly string[] = ['arena']): TypedProgram {
  const text = `.license "GPL"
.section "tc"
${MAP}main:
  r6 = r1
  r1 = pages[0] ll
  r1 = addr_space_cast(r1, 0, 1)
${main}
  call f
  r0 = 0
  exit
.text
f:
  r1 = addr_space_cast(r1, 0, 1)
  r0 = *(u32 *)(r1 + 40)
  exit`;
  return typedProgram(text, {
    globals: ['f'],
    protos: (firstId) => ({ f: firstId + 1 }),
    rows: (firstId, funcIds) => [
      { kind: KIND.ptr, word: 1 },
      { kind: KIND.funcProto, word: 1, vlen: 1, rest: ['at', firstId] },
      ...tags.map((tag) => ({ kind: KIND.declTag, name: `arg:${tag}`, word: funcIds.get('f') ?? 0, rest: [0] })),
    ],
  });
}

const LENT: readonly (readonly [name: string, told: TypedProgram, verdict: string])[] = [
  ['lent to a global function', lent(''), 'accept'],
  ['a number lent to a global function', lent('  r1 = 5'), 'accept'],
  ['the stack lent instead', lent('  r1 = r10'), 'R1 is not a pointer to arena or scalar.'],
  ['the context lent instead', lent('  r1 = r6'), 'R1 is not a pointer to arena or scalar.'],
  ['with another tag', lent('', ['arena', 'nonnull']), 'arg#0 arena cannot be combined with any other tags'],
]; // prettier-ignore

const all = [
  ...CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(text), verdict })),
  ...LENT.map(([name, told, verdict]) => ({ name, told, verdict })),
];

describeVerdicts('pointers into arenas', all, 'anywhere');
