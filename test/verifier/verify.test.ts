import { describe, expect, it } from 'vitest';
import { decode } from '../../server/src/isa/decode.ts';
import { fromHex } from '../../server/src/base/bytes.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { explainText } from '../../server/src/verifier/messages/messages.ts';
import { verify, verifyJob } from '../../server/src/verifier/verify.ts';
import { programNamed, readSample } from '../elf/sample.ts';
import { programOfText } from '../support/assembled.ts';
import { verdictFiles } from '../support/verdictFiles.ts';
import { fuzzProgram } from './fuzzPrograms.ts';

function raw(type: ProgramType, hex: string): Program {
  const insns = decode(fromHex(hex) ?? new Uint8Array());
  return {
    name: 'test', type, attachType: null, section: type, insns, maps: [], lines: [], labels: new Map(), license: 'GPL',
    subprogs: [{ name: 'test', start: 0, end: insns.length, global: true, typeId: 0 }], btf: null, sleepable: false,
    flags: 0,
  }; // prettier-ignore
}

const UNCHECKED = `
.section xdp
r6 = r1
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r4 = r2
r4 += 8
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 8)
out:
r0 = 2
exit
`;

describe('what a verification tells', () => {
  it('the finding in plain words, at its place, with the way there', () => {
    const { outcome, finding } = verify(programOfText(UNCHECKED));
    expect(outcome).toBe('rejected');
    expect(finding).toMatchObject({
      code: 'packet-access-out-of-bounds',
      kernelMessage: 'invalid access to packet, off=8 size=1, R2(id=0,off=8,r=8)',
      kernelLines: ['invalid access to packet, off=8 size=1, R2(id=0,off=8,r=8)', 'R2 offset is outside of the packet'],
      pc: 6,
    });
    expect(finding?.path).toEqual([
      { pc: 1, note: 'r2 is loaded here from the context' },
      { pc: 5, note: 'not taken: if r4 > r3' },
      { pc: 6, note: 'here r2 is a pointer into the packet, with 8 bytes checked' },
    ]);
  });

  it('what a program needs of a running kernel, and no verdict', () => {
    const needy = readSample('needs.clang19.o').programs.filter(({ needs = [] }) => needs.length > 0);
    const told = needy.map((program) => {
      const { outcome, finding } = verify(program);
      return [program.name, outcome, finding?.code, finding?.pc, finding?.message];
    });
    expect(told).toEqual([
      ['core', 'unsupported', 'core-relocation-needed', 1, 'This program needs the byte offset of a field, task_struct.group_leader.'],
      ['symbols', 'unsupported', 'kernel-config-needed', 0, 'This program needs the value of CONFIG_HZ, a setting of the kernel.'],
    ]); // prettier-ignore
    expect(verify(programNamed(readSample('globals.big.o'), 'globals'))).toMatchObject({
      outcome: 'unsupported',
      processed: 0,
      finding: { code: 'big-endian-needed', pc: 0, suggestion: null },
    });
  });

  it('the states before each instruction and how often it was walked', () => {
    const { states, visits } = verify(programOfText(UNCHECKED));
    expect(states[0]?.[0]?.frames[0]?.regs[1]?.kind).toBe('ctx');
    expect(states[2]?.[0]?.frames[0]?.regs[2]?.kind).toBe('packet');
    expect([...visits]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  it('the same result in slices of any size', () => {
    const program = fuzzProgram(17);
    const whole = verify(program);
    const job = verifyJob(program, { kernel: '6.18', privileged: true, logLevel: 0 });
    let slices = 1;
    while (!job.advance(1)) slices++;
    expect(job.result()).toEqual(whole);
    expect(slices).toBeGreaterThan(1);
  });

  it('the log as the kernel prints it at level 2', () => {
    const program = raw('xdp', 'bfa20000000000000702 0000f8ffffff7a02000000000000b70000000000000095000000 00000000');
    expect(verify(program, { logLevel: 2 }).log.split('\n').slice(0, 12)).toEqual([
      'func#0 @0',
      'Live regs before insn:',
      '      0: .......... (bf) r2 = r10',
      '      1: ..2....... (07) r2 += -8',
      '      2: ..2....... (7a) *(u64 *)(r2 +0) = 0',
      '      3: .......... (b7) r0 = 0',
      '      4: 0......... (95) exit',
      '0: R1=ctx() R10=fp0',
      '0: (bf) r2 = r10                      ; R2=fp0 R10=fp0',
      '1: (07) r2 += -8                      ; R2=fp-8',
      '2: (7a) *(u64 *)(r2 +0) = 0           ; R2=fp-8 fp-8=0',
      '3: (b7) r0 = 0                        ; R0=0',
    ]);
  });

  it('an atomic operation that does not exist without its opcode, as the kernel prints it', () => {
    const { log } = verify(raw('xdp', 'b701000001000000db1af8fff10000019500000000000000'), { logLevel: 1 });
    expect(log).toContain('\n1: BUG_db\nBPF_ATOMIC uses invalid atomic opcode 10000f1\n');
  });

  it('the stack of each function, and a program only when it was accepted', () => {
    const program = raw('xdp', '7a0af8ff00000000b7000000000000009500000000000000');
    expect(verify(program)).toMatchObject({ outcome: 'accepted', program, stackBytes: [8], finding: null });
    expect(verify(raw('xdp', '9500000000000000')).program).toBeNull();
  });
});

describe('what is not modelled is named, never guessed', () => {
  it.each([
    ['a program type', raw('lsm', 'b7000000000000009500000000000000'), 'programs of type lsm'],
    ['a helper', raw('xdp', '850000009e000000b7000000000000009500000000000000'), 'helper bpf_get_current_task_btf'],
    ['a kernel function', raw('xdp', '8520000001000000b7000000000000009500000000000000'), 'kernel functions (kfuncs)'],
  ])('%s', (_name, program, what) => {
    const { outcome, finding } = verify(program);
    expect(outcome).toBe('unsupported');
    expect(finding?.message).toContain(what);
  });
});

describe('messages count bytes and say what the instruction does', () => {
  const at = (load: string, bytes = 0): string =>
    `.section xdp\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += ${bytes}\n` +
    `if r4 > r3 goto out\n${load}\nout:\nr0 = 2\nexit\n`;
  const cases: [text: string, message: string][] = [
    [at('r0 = *(u8 *)(r2 + 23)'), 'This reads 1 byte at offset 23 of the packet, but the program has not made sure that any byte is there.'],
    [at('*(u32 *)(r2 + 4) = 0', 6), 'This writes 4 bytes at offset 4 of the packet, but the program has made sure of 6 bytes only.'],
    [at('r0 = *(u16 *)(r2 + 0)', 1), 'This reads 2 bytes at offset 0 of the packet, but the program has made sure of 1 byte only.'],
    [at('r5 = *(u8 *)(r2 + 0)\nr2 += r5\nr0 = *(u8 *)(r2 + 3)', 1),
      'r2 holds a computed place in the packet. This reads 1 byte at offset 3 from that place, but the program has not made sure that any byte is there.'],
    ['.section xdp\nr2 = *(u32 *)(r1 + 8)\nr0 = *(u8 *)(r2 + 0)\nexit\n',
      "This reads 1 byte at offset 0 of the packet's metadata, but the program has not made sure that any byte is there."],
    ['.section xdp\n*(u64 *)(r10 + 0) = 0\nr0 = 2\nexit\n',
      'This writes 8 bytes at offset 0 from the frame pointer, but the stack is the 512 bytes below it.'],
    ['.section xdp\nr0 = *(u32 *)(r1 + 1)\nexit\n',
      'This reads 4 bytes at offset 1 of the context, but programs of this type have no field there that allows it.'],
    ['.map m, type=array, value=1, entries=1\n.section xdp\n*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = m ll\ncall bpf_map_lookup_elem\n' +
      'if r0 == 0 goto out\nr1 = 1\nlock *(u32 *)(r0 + 0) += r1\nout:\nr0 = 2\nexit\n',
      "The map's values have 1 byte; this reads and writes 4 bytes at offset 0."],
    ['.map m, type=hash, key=8, value=8, entries=1\n.section xdp\nr2 = r10\nr2 += 0\nr1 = m ll\ncall bpf_map_lookup_elem\nr0 = 2\nexit\n',
      'This hands the helper 8 bytes at offset 0 from the frame pointer, but the stack is the 512 bytes below it.'],
  ]; // prettier-ignore
  it.each(cases.map(([text, message]) => ({ text, message })))('$message', ({ text, message }) => {
    expect(verify(programOfText(text)).finding?.message).toBe(message);
  });
});

describe('every refusal of the corpus has a code and words of its own', () => {
  const messages = [...new Set(verdictFiles().flatMap((file) => (file.message === null ? [] : [file.message])))];
  it.each(messages.filter((message) => message !== ''))('%s', (message) => {
    expect(explainText(message).code).not.toBe('rejected');
  });
});
