/** Programs that call the kernel's functions about dynptrs: a name, the section, the body, and what comes of it. */
export type DynptrCase = readonly [name: string, section: string, body: string, verdict: string];

const MAPS = `.map rb, type=ringbuf, entries=4096
.map values, type=array, key=4, value=64, entries=1
`;

const make = (maker: string, off = -16): string => `
  r1 = r6
  r2 = 0
  r3 = r10
  r3 += ${off}
  call bpf_dynptr_from_${maker}`;

const slice = (sort = '', off = -16, buffer = '  r3 = 0', size = '  r4 = 8'): string => `
  r1 = r10
  r1 += ${off}
  r2 = 0
${buffer}
${size}
  call bpf_dynptr_slice${sort}`;

const clone = (from = -16, to = -32): string => `
  r1 = r10
  r1 += ${from}
  r2 = r10
  r2 += ${to}
  call bpf_dynptr_clone`;

const reserve = (off = -16): string => `
  r1 = rb ll
  r2 = 8
  r3 = 0
  r4 = r10
  r4 += ${off}
  call bpf_ringbuf_reserve_dynptr`;

const submit = (off = -16): string => `
  r1 = r10
  r1 += ${off}
  r2 = 0
  call bpf_ringbuf_submit_dynptr`;

const data = (off = -16): string => `
  r1 = r10
  r1 += ${off}
  r2 = 0
  r3 = 8
  call bpf_dynptr_data`;

const local = (off = -16): string => `
  *(u32 *)(r10 - 124) = 0
  r2 = r10
  r2 += -124
  r1 = values ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 = r0
  r1 = r0
  r2 = 32
  r3 = 0
  r4 = r10
  r4 += ${off}
  call bpf_dynptr_from_mem`;

/** The buffer at r10-40 written through the dynptr. */
const WRITE = `
  r1 = r10
  r1 += -16
  r2 = 0
  r3 = r10
  r3 += -40
  r4 = 8
  r5 = 0
  call bpf_dynptr_write`;

/** The packet changed by a helper. */
const PULL = `
  r1 = r6
  r2 = 20
  call bpf_skb_pull_data`;

/** What a slice leads to, in r0: read, written, or kept in r8. */
const READ = `
  if r0 == 0 goto out
  r1 = *(u64 *)(r0 + 0)`;
const STORE = `
  if r0 == 0 goto out
  *(u64 *)(r0 + 0) = 1`;
const KEEP = `
  if r0 == 0 goto out
  r8 = r0`;
const READ_KEPT = `
  r1 = *(u64 *)(r8 + 0)`;

/** Bodies that hold functions end by themselves. */
const program = (section: string, body: string): string => `${MAPS}.section "${section}"
main:
  r6 = r1${body}${body.includes('copy:') ? '' : '\nout:\n  r0 = 0\n  exit'}`;

/** The body of the program, with the context in r6. */
type Given = readonly [name: string, section: string, body: string, verdict: string];

// prettier-ignore
const GIVEN: readonly Given[] = [
  ['a packet read', 'tc', `${make('skb')}${slice()}${READ}`, 'accept'],
  ['a packet read, in an XDP program', 'xdp', `${make('xdp')}${slice()}${READ}`, 'accept'],
  ['a packet read, in a socket filter', 'socket', `${make('skb')}${slice()}${READ}`, 'accept'],
  ['metadata read', 'tc', `${make('skb_meta')}${slice()}${READ}`, 'accept'],
  ['the wrong kind of packet', 'xdp', make('skb'), 'calling kernel function bpf_dynptr_from_skb is not allowed'],
  ['no context', 'tc', `
  r6 = 0${make('skb')}`, 'Possibly NULL pointer passed to trusted arg0'],
  ['a slice unchecked', 'tc', `${make('skb')}${slice()}
  r1 = *(u64 *)(r0 + 0)`, "R0 invalid mem access 'rdonly_mem_or_null'"],
  ['a slice to read written', 'tc', `${make('skb')}${slice()}${STORE}`, 'R0 cannot write into rdonly_mem'],
  ['a slice to write written', 'tc', `${make('skb')}${slice('_rdwr')}${STORE}`, 'accept'],
  ['a slice to write in an XDP program', 'xdp', `${make('xdp')}${slice('_rdwr')}${STORE}`, 'accept'],
  ['a slice to write where packets are only read', 'socket', `${make('skb')}${slice('_rdwr')}`, 'the prog does not allow writes to packet data'],
  ['a slice of a record to write where packets are only read', 'socket', `${reserve()}${slice('_rdwr')}${submit()}`, 'the prog does not allow writes to packet data'],
  ['a slice to write for control groups', 'cgroup_skb/egress', `${make('skb')}${slice('_rdwr')}`, 'the prog does not allow writes to packet data'],
  ['beyond a slice', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  r1 = *(u64 *)(r0 + 4)`, 'invalid access to memory, mem_size=8 off=4 size=8'],
  ['a slice through a buffer', 'tc', `
  *(u64 *)(r10 - 40) = 0${make('skb')}${slice('', -16, '  r3 = r10\n  r3 += -40')}${READ}`, 'accept'],
  ['a slice through a buffer never written', 'tc', `${make('skb')}${slice('', -16, '  r3 = r10\n  r3 += -40')}${READ}`, 'accept'],
  ['a slice through too small a buffer', 'tc', `${make('skb')}${slice('', -16, '  r3 = r10\n  r3 += -4')}`, 'invalid read from stack R3 off=-4 size=8'],
  ['a slice through the dynptr itself', 'tc', `${make('skb')}${slice('', -16, '  r3 = r10\n  r3 += -16')}`, 'invalid read from stack R3 off -16+0 size 8'],
  ['a slice of unknown size', 'tc', `${make('skb')}
  call bpf_get_prandom_u32
  r8 = r0${slice('', -16, '  r3 = 0', '  r4 = r8')}`, 'R4 must be a known constant'],
  ['a slice of a bounded size through a buffer', 'tc', `
  *(u64 *)(r10 - 40) = 0${make('skb')}
  call bpf_get_prandom_u32
  r8 = r0
  r8 &= 7${slice('', -16, '  r3 = r10\n  r3 += -40', '  r4 = r8')}`, 'R4 must be a known constant'],
  ['an empty slice', 'tc', `${make('skb')}${slice('', -16, '  r3 = 0', '  r4 = 0')}
  if r0 == 0 goto out
  r1 = *(u8 *)(r0 + 0)`, 'invalid access to memory, mem_size=0 off=0 size=1'],
  ['a slice after the packet changed', 'tc', `${make('skb')}${slice()}${KEEP}${PULL}${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['a slice unchecked after the packet changed', 'tc', `${make('skb')}${slice()}
  r8 = r0${PULL}
  if r8 == 0 goto out${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['a slice of the XDP packet after it changed', 'xdp', `${make('xdp')}${slice()}${KEEP}
  r1 = r6
  r2 = 20
  call bpf_xdp_adjust_head${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['metadata after the packet changed', 'tc', `${make('skb_meta')}${slice()}${KEEP}${PULL}${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['the dynptr itself after the packet changed', 'tc', `${make('skb')}${PULL}${slice()}${READ}`, 'accept'],
  ['a slice of a record after the packet changed', 'tc', `${reserve()}${slice()}
  if r0 == 0 goto none
  r8 = r0${PULL}${READ_KEPT}
none:${submit()}`, 'accept'],
  ['a slice after a write through the packet', 'tc', `
  *(u64 *)(r10 - 40) = 0${make('skb')}${slice()}${KEEP}${WRITE}${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['packet pointers after a write through the packet', 'tc', `
  r7 = *(u32 *)(r6 + 76)
  r8 = *(u32 *)(r6 + 80)
  r1 = r7
  r1 += 8
  if r1 > r8 goto out
  *(u64 *)(r10 - 40) = 0${make('skb')}${WRITE}
  r1 = *(u8 *)(r7 + 0)`, "R7 invalid mem access 'scalar'"],
  ['a slice of the XDP packet after a write through it', 'xdp', `
  *(u64 *)(r10 - 40) = 0${make('xdp')}${slice()}${KEEP}${WRITE}${READ_KEPT}`, 'accept'],
  ['metadata after a write through it', 'tc', `
  *(u64 *)(r10 - 40) = 0${make('skb_meta')}${slice()}${KEEP}${WRITE}${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['a slice kept on the stack while the packet changes', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  *(u64 *)(r10 - 40) = r0${PULL}
  r8 = *(u64 *)(r10 - 40)${READ_KEPT}`, "R8 invalid mem access 'scalar'"],
  ['a slice after its dynptr was overwritten', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  *(u64 *)(r10 - 16) = 0
  r1 = *(u64 *)(r0 + 0)`, 'accept'],
  ['a slice of a map value after its dynptr was overwritten', 'tc', `${local()}${slice()}
  if r0 == 0 goto out
  *(u64 *)(r10 - 16) = 0
  r1 = *(u64 *)(r0 + 0)`, 'accept'],
  ['a slice to write of a map value after its dynptr was overwritten', 'tc', `${local()}${slice('_rdwr')}
  if r0 == 0 goto out
  *(u64 *)(r10 - 16) = 0
  r1 = *(u64 *)(r0 + 0)`, 'accept'],
  ['a slice of a record after it was submitted', 'tc', `${reserve()}${slice()}
  if r0 == 0 goto none
  r8 = r0${submit()}${READ_KEPT}
  goto out
none:${submit()}`, 'accept'],
  ['a slice as plain memory', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  r1 = r0
  r2 = 8
  r3 = 0
  r4 = 0
  r5 = 0
  call bpf_csum_diff`, 'accept'],
  ['a slice moved, as plain memory', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  r0 += 4
  r1 = r0
  r2 = 4
  r3 = 0
  r4 = 0
  r5 = 0
  call bpf_csum_diff`, 'dereference of modified rdonly_mem ptr R1 off=4 disallowed'],
  ['a slice as a key', 'tc', `${make('skb')}${slice('_rdwr')}
  if r0 == 0 goto out
  r2 = r0
  r1 = values ll
  call bpf_map_lookup_elem`, 'R2 type=mem expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_'],
  ['a slice to read as memory to fill', 'tc', `${make('skb')}${slice()}${KEEP}
  r1 = r6
  r2 = 0
  r3 = r8
  r4 = 8
  call bpf_skb_load_bytes`, 'R3 type=rdonly_mem expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_'],
  ['a slice to write as memory to fill', 'tc', `${make('skb')}${slice('_rdwr')}${KEEP}
  r1 = r6
  r2 = 0
  r3 = r8
  r4 = 8
  call bpf_skb_load_bytes`, 'accept'],
  ['an indexed slice', 'tc', `${make('skb')}${slice()}
  if r0 == 0 goto out
  r1 = *(u8 *)(r0 + 0)
  r1 &= 7
  r0 += r1
  r1 = *(u8 *)(r0 + 0)`, 'accept'],
  ['direct data of a packet', 'tc', `${make('skb')}${data()}${STORE}`, 'accept'],
  ['a clone of a packet', 'tc', `${make('skb')}${clone()}${slice('', -32)}${READ}`, 'accept'],
  ['a clone of a packet, whose original was overwritten', 'tc', `${make('skb')}${clone()}
  *(u64 *)(r10 - 16) = 0${slice('', -32)}${READ}`, 'accept'],
  ['a clone over its original', 'tc', `${make('skb')}${clone(-16, -16)}${slice()}${READ}`, 'accept'],
  ['a clone of nothing', 'tc', clone(), 'Expected an initialized dynptr as arg #0'],
  ['a clone within a slot', 'tc', make('skb') + clone(-16, -28), 'cannot pass in dynptr at an offset=-28'],
  ['a clone of a record', 'tc', `${reserve()}${clone()}${submit()}`, 'accept'],
  ['a record submitted by its clone', 'tc', `${reserve()}${clone()}${submit(-32)}`, 'accept'],
  ['a record submitted by both', 'tc', `${reserve()}${clone()}${submit()}${submit(-32)}`, 'arg 1 is an unacquired reference'],
  ['a record submitted by neither', 'tc', reserve() + clone(), 'Unreleased reference id=2 alloc_insn=7'],
  ['a clone used after the record was submitted', 'tc', `${reserve()}${clone()}${submit()}${data(-32)}`, 'Expected an initialized dynptr as arg #0'],
  ['direct data of a clone after the record was submitted', 'tc', `${reserve()}${clone()}${data(-32)}
  if r0 == 0 goto none
  r8 = r0${submit()}${READ_KEPT}
  goto out
none:${submit()}`, "R8 invalid mem access 'scalar'"],
  ['a clone of a record overwritten', 'tc', `${reserve()}${clone()}
  *(u64 *)(r10 - 32) = 0${submit()}`, 'cannot overwrite referenced dynptr'],
  ['a clone of a clone', 'tc', `${reserve()}${clone()}${clone(-32, -48)}${submit(-48)}`, 'accept'],
  ['a clone over a record', 'tc', `${reserve()}${reserve(-32)}${clone(-16, -32)}${submit()}${submit(-32)}`, 'cannot overwrite referenced dynptr'],
  ['a clone made by a function, on its own stack', 'tc', `${reserve()}
  r1 = r10
  r1 += -16
  call copy${submit()}
  r0 = 0
  exit
copy:
  r2 = r10
  r2 += -16
  call bpf_dynptr_clone
  r0 = 0
  exit`, 'accept'],
  ['a record submitted by a clone on the stack of a function', 'tc', `${reserve()}
  r1 = r10
  r1 += -16
  call copy${data()}
  r0 = 0
  exit
copy:
  r2 = r10
  r2 += -16
  call bpf_dynptr_clone
  r1 = r10
  r1 += -16
  r2 = 0
  call bpf_ringbuf_submit_dynptr
  r0 = 0
  exit`, 'accept'],
  ['a record submitted while a clone is on the stack of a function', 'tc', `${reserve()}
  r1 = r10
  r1 += -16
  call copy
  r0 = 0
  exit
copy:
  r8 = r1
  r2 = r10
  r2 += -16
  call bpf_dynptr_clone
  r1 = r8
  r2 = 0
  call bpf_ringbuf_submit_dynptr
  r1 = r10
  r1 += -16
  r2 = 0
  r3 = 8
  call bpf_dynptr_data
  r0 = 0
  exit`, 'accept'],
  ['what is asked of a dynptr', 'tc', `${make('skb')}
  r1 = r10
  r1 += -16
  call bpf_dynptr_size
  r1 = r10
  r1 += -16
  call bpf_dynptr_is_null
  r1 = r10
  r1 += -16
  call bpf_dynptr_is_rdonly
  r1 = r10
  r1 += -16
  r2 = 2
  r3 = 9
  call bpf_dynptr_adjust`, 'accept'],
  ['what is asked of no dynptr', 'tc', `
  *(u64 *)(r10 - 16) = 0
  r1 = r10
  r1 += -16
  call bpf_dynptr_is_null`, 'Expected an initialized dynptr as arg #0'],
  ['what is asked of a number', 'tc', `
  r1 = 1
  call bpf_dynptr_size`, 'arg#0 expected pointer to stack or const struct bpf_dynptr'],
  ['what is asked of a map value', 'tc', `${local()}
  r1 = r7
  call bpf_dynptr_size`, 'arg#0 expected pointer to stack or const struct bpf_dynptr'],
  ['copied and filled', 'tc', `${make('skb')}${local(-32)}
  r1 = r10
  r1 += -32
  r2 = 0
  r3 = r10
  r3 += -16
  r4 = 0
  r5 = 16
  call bpf_dynptr_copy
  r1 = r10
  r1 += -32
  r2 = 0
  r3 = 16
  r4 = 255
  call bpf_dynptr_memset`, 'accept'],
  ['copied from nothing', 'tc', `${make('skb')}
  r1 = r10
  r1 += -16
  r2 = 0
  r3 = r10
  r3 += -32
  r4 = 0
  r5 = 16
  call bpf_dynptr_copy`, 'Expected an initialized dynptr as arg #2'],
  ['filled from memory of the kernel', 'tp/syscalls/sys_enter_nanosleep', `${local()}
  r1 = r10
  r1 += -16
  r2 = 0
  r3 = 8
  r4 = r6
  call bpf_probe_read_kernel_dynptr`, 'accept'],
  ['a packet in one of two branches', 'tc', `
  r1 = *(u32 *)(r6 + 0)
  if r1 == 7 goto use${make('skb')}
use:${slice()}`, 'Expected an initialized dynptr as arg #0'],
  ['a packet or a record', 'tc', `
  r1 = *(u32 *)(r6 + 0)
  if r1 == 7 goto record${make('skb')}
  goto use
record:${local()}
use:${slice('_rdwr')}${STORE}
  r8 = r0${PULL}
  *(u64 *)(r8 + 0) = 1`, "R8 invalid mem access 'scalar'"],
  ['headers read in a loop', 'tc', `${make('skb')}
  r7 = 0
again:
  r1 = r10
  r1 += -16
  r2 = r7
  r3 = 0
  r4 = 4
  call bpf_dynptr_slice
  if r0 == 0 goto out
  r1 = *(u32 *)(r0 + 0)
  r7 += 4
  if r7 < 32 goto again`, 'accept'],
];

export const DYNPTR_CASES: readonly DynptrCase[] = GIVEN.map(([name, section, body, verdict]) => [
  name,
  section,
  program(section, body),
  verdict,
]);
