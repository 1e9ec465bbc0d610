import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { KIND } from '../btf/buildBtf.ts';
import type { Row } from '../btf/buildBtf.ts';
import { describeVerdicts } from '../support/describeVerdicts.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel } from '../support/kverify.ts';
import { logLines } from '../support/logLines.ts';
import { rawProgram } from '../support/oracle.ts';
import { kernelAnswers } from '../support/sameVerdict.ts';
import { typedProgram } from '../support/typedProgram.ts';
import type { TypeRequests } from '../support/typedProgram.ts';

const drained = (body: string): string => `.license "GPL"
.map asked, type=user_ringbuf, entries=4096
.map values, type=array, key=4, value=64, entries=1
.map rb, type=ringbuf, entries=4096
.section "tp/syscalls/sys_enter_nanosleep"
  *(u64 *)(r10 - 8) = 0
  r1 = asked ll
  r2 = cb ll
  r3 = r10
  r3 += -8
  r4 = 0
  call bpf_user_ringbuf_drain
  r0 = 0
  exit
.text
cb:
${body}
  r0 = 0
  exit`;

const READ = `
  r3 = r1
  r1 = r10
  r1 += -8
  r2 = 8
  r4 = 0
  r5 = 0
  call bpf_dynptr_read`;

type Case = readonly [name: string, body: string, verdict: string];

/** What a callback of bpf_user_ringbuf_drain does with the sample in r1. */
const DRAINED: readonly Case[] = [
  ['read', READ, 'accept'],
  ['a slice', `
  r2 = 0
  r3 = 4
  call bpf_dynptr_data
  if r0 == 0 goto none
  r1 = *(u32 *)(r0 + 0)
none:`, 'accept'],
  ['a slice unchecked', `
  r2 = 0
  r3 = 4
  call bpf_dynptr_data
  r1 = *(u32 *)(r0 + 0)`, "R0 invalid mem access 'mem_or_null'"],
  ['loaded from', '  r1 = *(u64 *)(r1 + 0)', "R1 invalid mem access 'dynptr_ptr'"],
  ['moved', `  r1 += 8${READ}`, 'dereference of modified dynptr_ptr ptr R3 off=8 disallowed'],
  ['moved back', `  r1 += -8${READ}`, 'negative offset dynptr_ptr ptr R3 off=-8 disallowed'],
  ['moved by an unknown number', `
  r6 = r1
  call bpf_get_prandom_u32
  r0 &= 8
  r6 += r0
  r1 = r6${READ}`, 'variable dynptr_ptr access var_off=(0x0; 0x8) disallowed'],
  ['given back', '  r2 = 0\n  call bpf_ringbuf_discard_dynptr', 'cannot release unowned const bpf_dynptr'],
  ['made again', `
  r4 = r1
  r1 = rb ll
  r2 = 8
  r3 = 0
  call bpf_ringbuf_reserve_dynptr`, 'Dynptr has to be an uninitialized dynptr'],
  ['kept on the stack, where it becomes a number', `
  *(u64 *)(r10 - 16) = r1
  r1 = *(u64 *)(r10 - 16)${READ}`, 'R3 type=scalar expected=fp, dynptr_ptr'],
  ['passed on to a function', `
  call inner
  r0 = 0
  exit
inner:${READ}`, 'accept'],
]; // prettier-ignore

const withGlobal = (main: string, body: string): string => `.license "GPL"
.map values, type=array, key=4, value=64, entries=1
.map rb, type=ringbuf, entries=4096
.section "xdp"
${main}
  r0 = 2
  exit
.text
.globl given
given:
${body}
  r0 = 0
  exit`;

const RESERVED = `
  r1 = rb ll
  r2 = 8
  r3 = 0
  r4 = r10
  r4 += -16
  call bpf_ringbuf_reserve_dynptr
  r1 = r10
  r1 += -16
  call given
  r1 = r10
  r1 += -16
  r2 = 0
  call bpf_ringbuf_submit_dynptr`;

/** What a global function does with a dynptr that it is given, and what may be given. */
const GIVEN: readonly (readonly [name: string, main: string, body: string, verdict: string])[] = [
  ['a record read', RESERVED, READ, 'accept'],
  ['a record given back', RESERVED, '  r2 = 0\n  call bpf_ringbuf_submit_dynptr', 'cannot release unowned const bpf_dynptr'],
  ['a record loaded from', RESERVED, '  r0 = *(u64 *)(r1 + 0)', "R1 invalid mem access 'dynptr_ptr'"],
  ['stack without a dynptr', '  *(u64 *)(r10 - 16) = 0\n  r1 = r10\n  r1 += -16\n  call given', READ, 'Expected an initialized dynptr as arg #0'],
  ['a number', '  r1 = 0\n  call given', READ, 'arg#0 expected pointer to stack or const struct bpf_dynptr'],
  ['the context', '  call given', READ, 'arg#0 expected pointer to stack or const struct bpf_dynptr'],
  ['a record cloned', RESERVED, `
  r2 = r10
  r2 += -16
  call bpf_dynptr_clone
  r1 = r10
  r1 += -16
  r2 = 0
  r3 = 4
  call bpf_dynptr_data`, 'accept'],
  ['a record cut', RESERVED, '  r2 = 1\n  r3 = 4\n  call bpf_dynptr_adjust', 'accept'],
  ['a record asked for its size', RESERVED, '  call bpf_dynptr_size', 'accept'],
  ['a packet written, with pointers into it', `
  r6 = *(u32 *)(r1 + 0)
  r7 = *(u32 *)(r1 + 4)
  r2 = r6
  r2 += 8
  if r2 > r7 goto out
  r2 = 0
  r3 = r10
  r3 += -16
  call bpf_dynptr_from_xdp
  r1 = r10
  r1 += -16
  call given
  r0 = *(u8 *)(r6 + 0)
out:`, `
  *(u64 *)(r10 - 8) = 0
  r2 = 0
  r3 = r10
  r3 += -8
  r4 = 8
  r5 = 0
  call bpf_dynptr_write`, 'accept'],
  ['a dynptr within a slot', RESERVED.replace('r1 += -16\n  call given', 'r1 += -12\n  call given'), READ, 'cannot pass in dynptr at an offset=-12'],
]; // prettier-ignore

/** `int given(struct bpf_dynptr *)` behind the functions' own types. */
const TYPES: TypeRequests = {
  globals: ['given'],
  rows: (first): readonly Row[] => [
    { kind: KIND.struct, name: 'bpf_dynptr', word: 16 },
    { kind: KIND.ptr, word: first },
    { kind: KIND.funcProto, vlen: 1, word: 1, rest: ['dynptr', first + 1] },
  ],
  protos: (first) => ({ given: first + 2 }),
};

const all = [
  ...DRAINED.map(([name, body, verdict]) => ({
    name: `sample: ${name}`,
    told: typedProgram(drained(body)),
    verdict,
  })),
  ...GIVEN.map(([name, main, body, verdict]) => ({
    name: `argument: ${name}`,
    told: typedProgram(withGlobal(main, body), TYPES),
    verdict,
  })),
];

describeVerdicts('dynptrs that are only lent', all, 'anywhere');

describe('dynptrs that are only lent, in the log', () => {
  it.skipIf(!kernelAnswers)(
    'are told in the log as the running kernel tells them (skipped where there is none)',
    () => {
      const asked = askKernel(
        all.map(({ told: { program, btf } }) => rawProgram(program, btf)),
        2,
      );
      expect(
        all.map(({ told: { program } }) => logLines(verify(program, { logLevel: 2, kernelBtf: kernelBtf() }).log)),
      ).toEqual(asked.map(({ log }) => logLines(log)));
    },
  );
});
