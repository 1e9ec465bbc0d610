/** Programs that a kernel accepts since a version and refused before. */
export interface OlderKernelProgram {
  readonly what: string;
  readonly text: string;
  readonly since: string;
  readonly before: string;
  /** What the older kernel says first. */
  readonly message: string;
}

const VALUE = `
.map values, type=array, key=4, value=16, entries=2
.section "socket"
  r6 = r1
  *(u32 *)(r10 - 4) = 0
  *(u32 *)(r10 - 8) = 0
  r1 = values ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r8 = r0
`;
const OUT = '\nout: r0 = 0\nexit';

// prettier-ignore
export const OLDER_KERNELS: readonly OlderKernelProgram[] = [
  { what: 'a sign-extending move', since: '6.6', before: '6.1', message: 'BPF_MOV uses reserved fields',
    text: '.section "socket"\nr1 = 1\nr1 = (s8)r1\nr0 = 0\nexit' },
  { what: 'a sign-extending load', since: '6.6', before: '6.1', message: 'BPF_LDX uses reserved fields',
    text: '.section "socket"\n*(u64 *)(r10 - 8) = 1\nr1 = *(s8 *)(r10 - 8)\nr0 = 0\nexit' },
  { what: 'a signed division', since: '6.6', before: '6.1', message: 'BPF_ALU uses reserved fields',
    text: '.section "socket"\nr1 = 9\nr1 s/= 3\nr0 = 0\nexit' },
  { what: 'a byte swap', since: '6.6', before: '6.1', message: 'unknown opcode d7',
    text: '.section "socket"\nr1 = 9\nr1 = bswap64 r1\nr0 = 0\nexit' },
  { what: 'a long jump', since: '6.1', before: '5.15', message: 'unknown opcode 06',
    text: '.section "socket"\nr0 = 0\ngotol out\nout: exit' },
  { what: 'may_goto', since: '6.9', before: '6.1', message: 'unknown opcode e5',
    text: '.section "socket"\nr0 = 0\nagain: may_goto out\ngoto again\nout: exit' },
  { what: 'an atomic that fetches', since: '5.12', before: '5.10', message: 'BPF_STX uses reserved fields',
    text: '.section "socket"\n*(u64 *)(r10 - 8) = 1\nr1 = 1\nr1 = atomic_fetch_add((u64 *)(r10 - 8), r1)\nr0 = 0\nexit' },
  { what: 'a helper', since: '6.1', before: '5.15', message: 'invalid func unknown#208',
    text: '.section "xdp"\ncall bpf_ktime_get_tai_ns\nr0 = XDP_PASS\nexit' },
  { what: 'a map type', since: '5.16', before: '5.15', message: 'maps of type bloom_filter need Linux 5.16',
    text: '.map seen, type=bloom_filter, key=0, value=4, entries=8\n.section "socket"\nr1 = seen ll\nr0 = 0\nexit' },
  { what: 'two ranges compared', since: '6.8', before: '6.1',
    message: 'R8 unbounded memory access, make sure to bounds check any such access',
    text: `${VALUE}r1 = *(u32 *)(r6 + 0)\nr2 = *(u32 *)(r6 + 4)\nr2 &= 7\nif r1 > r2 goto out\nr8 += r1\nr0 = *(u8 *)(r8 + 0)\nexit${OUT}` },
  { what: 'an end of a range excluded', since: '6.8', before: '6.1',
    message: 'invalid access to map value, value_size=16 off=16 size=1',
    text: `${VALUE}r1 = *(u32 *)(r6 + 0)\nif r1 > 16 goto out\nif r1 == 16 goto out\nr8 += r1\nr0 = *(u8 *)(r8 + 0)\nexit${OUT}` },
  { what: 'a linked sum', since: '6.11', before: '6.1',
    message: 'R8 unbounded memory access, make sure to bounds check any such access',
    text: `${VALUE}r1 = *(u32 *)(r6 + 0)\nr2 = r1\nr2 += 4\nif r2 > 8 goto out\nr8 += r1\nr0 = *(u8 *)(r8 + 0)\nexit${OUT}` },
  { what: 'a negated range', since: '6.17', before: '6.12',
    message: 'math between map_value pointer and register with unbounded min value is not allowed',
    text: `${VALUE}r1 = *(u32 *)(r6 + 0)\nr1 &= 7\nr1 = -r1\nr1 += 7\nr8 += r1\nr0 = *(u8 *)(r8 + 0)\nexit${OUT}` },
  { what: 'an array element that exists', since: '6.14', before: '6.12',
    message: "R8 invalid mem access 'map_value_or_null'",
    text: VALUE.replace('  if r0 == 0 goto out\n', '') + 'r0 = *(u8 *)(r8 + 0)\nexit' },
];
