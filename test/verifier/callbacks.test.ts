import { describe, expect, it } from 'vitest';
import { describeVerdicts } from '../support/describeVerdicts.ts';
import { kernelAnswers, kernels, ours } from '../support/sameVerdict.ts';
import { typedProgram } from '../support/typedProgram.ts';

const HEAD = '.license "GPL"\n.section "tc"\n';

/** r1 rounds of `cb` with the frame's bytes -8 .. -1 as its context. */
const loop = (rounds: string, flags = 'r4 = 0'): string => `
  ${rounds}
  r2 = cb ll
  r3 = r10
  r3 += -8
  ${flags}
  call bpf_loop`;

/** The call, the end of the program, and a callback that does nothing. */
const IDLE = `
  call bpf_loop
  r0 = 0
  exit
.text
cb:
  r0 = 0
  exit`;

const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['a callback that counts on the stack', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 100')}
  r0 = *(u64 *)(r10 - 8)
  exit
.text
cb:
  r3 = *(u64 *)(r2 + 0)
  r3 += 1
  *(u64 *)(r2 + 0) = r3
  r0 = 0
  exit`, 'accept'],
  ['what the callback leaves is not what was there before', `
  *(u64 *)(r10 - 8) = 0
  *(u64 *)(r10 - 16) = 0${loop('r1 = 100')}
  r1 = *(u64 *)(r10 - 8)
  r1 += -16
  r2 = r10
  r2 += r1
  r0 = *(u8 *)(r2 + 0)
  exit
.text
cb:
  *(u64 *)(r2 + 0) = 16
  r0 = 0
  exit`, 'invalid read from stack R2 off=0 size=1'],
  ['a round that never comes', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 0')}
  r0 = *(u64 *)(r10 - 8)
  exit
.text
cb:
  r0 = *(u64 *)(r9 + 0)
  exit`, 'accept'],
  ['as many rounds as are allowed, one by one', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 3')}
  r0 = 0
  exit
.text
cb:
  r3 = *(u64 *)(r2 + 0)
  if r3 > 3 goto bad
  r3 += 1
  *(u64 *)(r2 + 0) = r3
  r0 = 0
  exit
bad:
  r0 = *(u64 *)(r9 + 0)
  exit`, 'accept'],
  ['a number of rounds that is not known', `
  *(u64 *)(r10 - 8) = 0
  call bpf_get_prandom_u32${loop('r1 = r0')}
  r0 = 0
  exit
.text
cb:
  r0 = 0
  exit`, 'accept'],
  ['flags that are no constant', `
  *(u64 *)(r10 - 8) = 0
  call bpf_get_prandom_u32
  r7 = r0${loop('r1 = 4', 'r4 = r7')}
  r0 = 0
  exit
.text
cb:
  r0 = 0
  exit`, 'accept'],
  ['a result above 1', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  r0 = 2
  exit`, 'At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]'],
  ['a result of which nothing is known', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  r0 = r1
  exit`, 'At callback return the register R0 has unknown scalar value should have been in [0, 1]'],
  ['a result that is a pointer', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  r0 = r10
  exit`, 'cannot return stack pointer to the caller'],
  ['the context returned', `
  r6 = r1
  r1 = 4
  r2 = cb ll
  r3 = 0
  r4 = 0
  call bpf_loop
  r0 = 0
  exit
.text
cb:
  r0 = r2
  exit`, 'accept'],
  ['a context that is no stack', `
  r3 = r1
  r1 = 4
  r2 = cb ll
  r4 = 0${IDLE}`, 'R3 type=ctx expected=fp'],
  ['no function', `
  r1 = 4
  r2 = 0
  r3 = 0
  r4 = 0${IDLE}`, 'R2 type=scalar expected=func'],
  ['a callback that calls itself over again', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit`, 'the call stack of 9 frames is too deep'],
  ['registers the callee was not given', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  r0 = r3
  exit`, 'R3 !read_ok'],
  ['an endless loop in the callback', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  goto cb`, 'infinite loop detected at insn 10'],
  ['the address of a function moved', `
  r1 = 4
  r2 = cb ll
  r2 += 8
  r3 = 0
  r4 = 0${IDLE}`, 'dereference of modified func ptr R2 off=8 disallowed'],
  ['the address of a function read', `
  r2 = cb ll
  r0 = *(u8 *)(r2 + 0)
  exit
.text
cb:
  r0 = 0
  exit`, "R2 invalid mem access 'func'"],
  ['a packet load in a callback', `
  r6 = r1
  *(u64 *)(r10 - 8) = r1${loop('r1 = 4')}
  r0 = 0
  exit
.text
cb:
  r6 = *(u64 *)(r2 + 0)
  r0 = *(u8 *)skb[0]
  r0 = 0
  exit`, 'verifier bug: callback unexpected regs 1'],
  ['a value the callback decides on', `
  *(u64 *)(r10 - 8) = 1
  *(u64 *)(r10 - 16) = 0${loop('r1 = 8')}
  r1 = *(u64 *)(r10 - 8)
  r2 = r10
  r2 += -16
  r2 += r1
  r0 = *(u8 *)(r2 + 0)
  exit
.text
cb:
  if r1 == 0 goto one
  *(u64 *)(r2 + 0) = 3
  r0 = 0
  exit
one:
  *(u64 *)(r2 + 0) = 2
  r0 = 1
  exit`, 'accept'],
  ['a callback of a subprogram of a callback', `
  *(u64 *)(r10 - 8) = 0${loop('r1 = 2')}
  r0 = 0
  exit
.text
cb:
  r1 = r2
  call inner
  r0 = 0
  exit
inner:
  r3 = r1
  r1 = 2
  r2 = cb2 ll
  r4 = 0
  call bpf_loop
  exit
cb2:
  *(u8 *)(r2 + 0) = 7
  r0 = 0
  exit`, 'accept'],
  ['stacks of callbacks together', `
  *(u64 *)(r10 - 300) = 0
  *(u64 *)(r10 - 8) = 0${loop('r1 = 2')}
  r0 = 0
  exit
.text
cb:
  *(u64 *)(r10 - 256) = 0
  r0 = 0
  exit`, 'misaligned stack access off 0+0+-300 size 8'],
  ['stacks of callbacks too big together', `
  *(u64 *)(r10 - 304) = 0
  *(u64 *)(r10 - 8) = 0${loop('r1 = 2')}
  r0 = 0
  exit
.text
cb:
  *(u64 *)(r10 - 256) = 0
  r0 = 0
  exit`, 'combined stack size of 2 calls is 560. Too large'],
]; // prettier-ignore

const ELEMENTS = (map: string, body: string): string => `${HEAD}.map m, ${map}
  r1 = m ll
  r2 = cb ll
  r3 = 0
  r4 = 0
  call bpf_for_each_map_elem
  r0 = 0
  exit
.text
cb:
${body}
  r0 = 0
  exit`;
const HASH = 'type=hash, key=4, value=8, entries=4';

const ELEMENT_CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['key and value of an element', ELEMENTS(HASH, '  r0 = *(u32 *)(r2 + 0)\n  *(u64 *)(r3 + 0) = r0'), 'accept'],
  ['a key written', ELEMENTS(HASH, '  *(u32 *)(r2 + 0) = 1'), 'write to change key R2 not allowed'],
  ['beyond the key', ELEMENTS(HASH, '  r0 = *(u64 *)(r2 + 0)'), 'invalid access to map key, key_size=4 off=0 size=8'],
  ['before the key', ELEMENTS(HASH, '  r0 = *(u16 *)(r2 - 2)'), 'invalid access to map key, key_size=4 off=-2 size=2'],
  ['the element deleted', ELEMENTS(HASH, '  call bpf_map_delete_elem'), 'accept'],
  ['the context, which is null', ELEMENTS(HASH, '  r0 = r4\n  r0 = *(u8 *)(r4 + 0)'), "R4 invalid mem access 'scalar'"],
  ['a key as memory to fill', ELEMENTS(HASH, '  r1 = r2\n  r2 = 4\n  r3 = 0\n  call bpf_probe_read_kernel'), 'R1 cannot write into map_key'],
  ['a map without elements to go through', ELEMENTS('type=queue, key=0, value=8, entries=4', ''), 'callback function not allowed for map'],
  ['an array', ELEMENTS('type=array, key=4, value=8, entries=4', '  r0 = *(u32 *)(r2 + 0)'), 'accept'],
]; // prettier-ignore

const all = [
  ...CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(HEAD + text), verdict })),
  ...ELEMENT_CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(text), verdict })),
];

/** The number in the kernel's text is that of the rewritten program, so only the verdicts are compared. */
describe('a callback that no path enters', () => {
  const removed = typedProgram(
    `${HEAD}  call f\n  r1 = 0\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop\n  r0 = 0\n  exit\n.text\nf:\n  r0 = 0\n  exit\ncb:\n  r0 = 0\n  exit`,
  );

  it('is missed by a kernel that removes it', () => {
    expect(ours(removed)).toMatchObject({ verdict: 'reject', pc: null });
  });

  it.skipIf(!kernelAnswers)('as the running kernel says (skipped where there is none)', () => {
    expect(kernels([removed])[0]).toMatchObject({ verdict: 'reject' });
  });
});

describeVerdicts('callbacks that helpers call', all, 'anywhere');
