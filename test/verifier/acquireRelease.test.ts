import { describeVerdicts } from '../support/describeVerdicts.ts';
import { typedProgram } from '../support/typedProgram.ts';

const MAPS = `.map values, type=array, key=4, value=16, entries=1
.map records, type=ringbuf, entries=4096
`;

const whole = (body: string, section = 'tc'): string =>
  `.license "GPL"\n${MAPS}.section "${section}"\n${body}\n  r0 = 0\n  exit`;

/** r6 points to 16 bytes of a map's value, or may be null. */
const VALUE = `  *(u32 *)(r10 - 4) = 0
  r1 = values ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  r6 = r0
`;
const CHECKED = `${VALUE}  if r6 != 0 goto have\n  r0 = 0\n  exit\nhave:\n`;
const RECORD = `  r1 = records ll
  r2 = 8
  r3 = 0
  call bpf_ringbuf_reserve
  if r0 != 0 goto have
  r0 = 0
  exit
have:
  r6 = r0
`;
const load = (size: string, at: string): string => `  r2 = load_acquire((${size} *)(${at}))`;
const store = (size: string, at: string, reg = 'r2'): string => `  store_release((${size} *)(${at}), ${reg})`;

const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ...(['u8', 'u16', 'u32', 'u64'] as const).flatMap((size) => [
    [`a load of ${size} from the stack`, whole(`  *(u64 *)(r10 - 8) = 7\n${load(size, 'r10 - 8')}`), 'accept'] as const,
    [`a store of ${size} to the stack`, whole(`  r2 = 1\n${store(size, 'r10 - 8')}`), 'accept'] as const,
    [`a load of ${size} from a map's value`, whole(`${CHECKED}${load(size, 'r6 + 8')}`), 'accept'] as const,
    [`a store of ${size} to a map's value`, whole(`${CHECKED}  r2 = 1\n${store(size, 'r6 + 8')}`), 'accept'] as const,
  ]),
  ['a load off alignment', whole('  *(u64 *)(r10 - 8) = 0\n  *(u64 *)(r10 - 16) = 0\n' + load('u32', 'r10 - 9')), 'misaligned stack access off 0+0+-9 size 4'],
  ['a load off alignment in a map', whole(`${CHECKED}${load('u32', 'r6 + 1')}`), 'misaligned value access off 0+0+1 size 4'],
  ['a store off alignment in a map', whole(`${CHECKED}  r2 = 0\n${store('u64', 'r6 + 4')}`), 'misaligned value access off 0+0+4 size 8'],
  ['beyond the value', whole(`${CHECKED}${load('u64', 'r6 + 16')}`), 'invalid access to map value, value_size=16 off=16 size=8'],
  ['a value that may be null', whole(`${VALUE.replace('= 0', '= 9')}${load('u64', 'r6 + 0')}`), "R6 invalid mem access 'map_value_or_null'"],
  ['a number', whole(`  r6 = 8\n${load('u64', 'r6 + 0')}`), "R6 invalid mem access 'scalar'"],
  ['an unset register', whole(load('u64', 'r6 + 0')), 'R6 !read_ok'],
  ['an unset value', whole(store('u64', 'r10 - 8', 'r7')), 'R7 !read_ok'],
  ['an unset address', whole(`  r2 = 0\n${store('u64', 'r7 - 8')}`), 'R7 !read_ok'],
  ['loaded into the frame pointer', whole('  *(u64 *)(r10 - 8) = 0\n  r10 = load_acquire((u64 *)(r10 - 8))'), 'frame pointer is read only'],
  ['a load from the context', whole(load('u32', 'r1 + 0')), 'BPF_ATOMIC loads from R1 ctx is not allowed'],
  ['a load from the context where nothing is', whole(load('u32', 'r1 + 2000')), 'invalid bpf_context access off=2000 size=4'],
  ['a store to the context', whole(`  r2 = 0\n${store('u32', 'r1 + 8')}`), 'BPF_ATOMIC stores into R1 ctx is not allowed'],
  ['a store to the context where none may be', whole(`  r2 = 0\n${store('u32', 'r1 + 0')}`), 'invalid bpf_context access off=0 size=4'],
  ['a load from the packet', whole(`  r2 = *(u32 *)(r1 + 76)\n  r3 = *(u32 *)(r1 + 80)\n  r4 = r2\n  r4 += 10\n  if r4 > r3 goto +2\n  r6 = r2\n  r0 = load_acquire((u8 *)(r6 + 0))`), 'BPF_ATOMIC loads from R6 pkt is not allowed'],
  ['a store to the packet', whole(`  r2 = *(u32 *)(r1 + 76)\n  r3 = *(u32 *)(r1 + 80)\n  r4 = r2\n  r4 += 10\n  if r4 > r3 goto +2\n  r6 = r2\n  store_release((u8 *)(r6 + 0), r6)`), 'BPF_ATOMIC stores into R6 pkt is not allowed'],
  ['a load from a record', whole(`${RECORD}  r2 = 1\n${store('u64', 'r6 + 0')}\n${load('u64', 'r6 + 0')}\n  r1 = r6\n  r2 = 0\n  call bpf_ringbuf_discard`), 'accept'],
  ['beyond a record', whole(`${RECORD}${load('u64', 'r6 + 8')}\n  r1 = r6\n  r2 = 0\n  call bpf_ringbuf_discard`), 'invalid access to memory, mem_size=8 off=8 size=8'],
  ['a pointer stored and loaded', whole(`${store('u64', 'r10 - 8', 'r1')}\n${load('u64', 'r10 - 8')}\n  r0 = *(u32 *)(r2 + 0)`), 'accept'],
  ['half a pointer loaded', whole(`${store('u64', 'r10 - 8', 'r1')}\n${load('u32', 'r10 - 8')}`), 'invalid size of register fill'],
  ['a number stored and loaded', whole(`  r3 = 8\n${store('u64', 'r10 - 8', 'r3')}\n${load('u64', 'r10 - 8')}\n  r4 = r10\n  r4 -= r2\n  r0 = *(u8 *)(r4 + 0)`), 'R4 subtraction from stack pointer prohibited'],
  ['a known number stored and loaded', whole(`  r3 = 0\n${store('u64', 'r10 - 8', 'r3')}\n${load('u64', 'r10 - 8')}\n  if r2 == 0 goto +1\n  r0 = *(u8 *)(r9 + 0)`), 'accept'],
  ['a byte loaded is below 256', whole(`${CHECKED}${load('u8', 'r6 + 0')}\n  if r2 < 256 goto +1\n  r0 = *(u8 *)(r9 + 0)`), 'accept'],
  ['what was loaded decides', whole(`${CHECKED}${load('u64', 'r6 + 0')}\n  if r2 > 15 goto +2\n  r6 += r2\n  r0 = *(u8 *)(r6 + 0)`), 'accept'],
  ['an unwritten stack slot', whole(load('u64', 'r10 - 8')), 'accept'],
  ['a precise number from the stack', whole(`${CHECKED}  r0 = *(u8 *)(r6 + 0)\n  r3 = 4\n  if r0 == 0 goto +1\n  r3 = 40\n${store('u64', 'r10 - 16', 'r3')}\n${load('u64', 'r10 - 16')}\n  r6 += r2\n  r0 = *(u8 *)(r6 + 0)`), 'invalid access to map value, value_size=16 off=40 size=1'],
]; // prettier-ignore

const all = CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(text), verdict }));

describeVerdicts('loads that acquire, stores that release', all, 'anywhere');
