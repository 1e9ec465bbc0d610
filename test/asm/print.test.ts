import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { printInsn } from '../../server/src/asm/pseudoC/print.ts';
import { printProgram } from '../../server/src/asm/assembler/printProgram.ts';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import type { Program } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { LOG_FORMS } from './logForms.ts';

function assembleOne(text: string): Program {
  const { object } = assemble(sourceText('a.s', text));
  expect(
    object.diagnostics.filter(({ severity }) => severity === 'error'),
    text,
  ).toEqual([]);
  const [program] = object.programs;
  if (program === undefined) throw new Error(`no program in ${text}`);
  return program;
}

function programOf(insns: readonly Insn[]): Program {
  const subprogs = [{ name: 'main', start: 0, end: insns.length, global: false, typeId: 0 }];
  return {
    name: 'main', type: 'xdp', attachType: null, section: 'xdp', insns, subprogs, maps: [], lines: [], labels: new Map(),
    license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
}

function withoutSpans(maps: Program['maps']): unknown {
  return maps.map((map) => Object.assign({}, map, { span: null }));
}

function checkReassembles(program: Program): void {
  const text = printProgram(program);
  expect(toHex(encode(assembleOne(text).insns)), text).toBe(toHex(encode(program.insns)));
}

describe('an instruction prints as in the log of Linux 6.18 and reads back', () => {
  it.each(LOG_FORMS)('%s', (line) => {
    const program = assembleOne(`.section "xdp"\n0: ${line} ; R0=1`);
    const [insn] = program.insns;
    expect(insn === undefined ? '' : printInsn(insn, { opcode: true })).toBe(line);
  });
});

describe('printProgram assembles to the same bytes', () => {
  it.each([
    ['labels and jumps', 'r1 = 0\nagain: r1 += 1\nif r1 < 10 goto again\ngoto +0\nr0 = r1\nexit'],
    ['a label that is no usable name', 'call pc+2\nr0 = 1\nexit\nr0 = 2\nexit'],
    ['wide loads', 'r1 = 0x123456789abcdef0 ll\nr2 = -1 ll\nr3 = btf[77]\nr4 = btf[77][3]\nr0 = 0\nexit'],
    ['kernel functions and raw slots', 'call foo#1234\n.quad 0x0000000100002085\n.quad 0xff\nr0 = 0\nexit'],
  ])('%s', (_, text) => {
    checkReassembles(assembleOne(`.section "xdp"\n${text}\n`));
  });

  it('functions, maps and data', () => {
    const program = assembleOne(`
      .license "Dual \\"BSD\\"/GPL"
      .map counts, type=array, key=4, value=16, entries=4, flags=0x400
      .section .rodata
      .long 1
      name: .asciz "hi\\n"
      .zero 40
      .map other, type=hash, key=8, value=8, entries=16
      .section "tp/syscalls/sys_enter_openat"
      .globl main
      main: r1 = name ll
        r2 = other ll
        r3 = counts[0] + 8 ll
        r4 = second ll
        call first
        exit
      .text
      second: call first
        exit
      first: if r1 == 0 goto 1f
        goto 1f
      1: r0 = 0
        exit`);
    checkReassembles(program);
    const again = assembleOne(printProgram(program));
    expect(withoutSpans(again.maps)).toEqual(withoutSpans(program.maps));
    expect(again.subprogs).toEqual(program.subprogs);
    expect([again.license, again.section, again.type]).toEqual([program.license, program.section, program.type]);
  });

  it('random bytes', () => {
    const random = randomNumbers(3);
    for (let round = 0; round < 40; round++) {
      const bytes = new Uint8Array(60 * 8);
      for (let i = 0; i < bytes.length; i++) bytes[i] = i % 8 === 0 ? random(256) : random(3) === 0 ? random(256) : 0;
      const insns = decode(bytes).filter((insn) => insn.kind !== 'loadMap');
      const whole = insns.filter(
        (insn, pc) => insn.kind !== 'wideSlot' || insns[pc - 1]?.kind.startsWith('load') === true,
      );
      checkReassembles(programOf(decode(encode(whole))));
    }
  });
});

describe.skipIf(sharedFolder === null)('bpf_conformance (needs ../shared/vectors)', () => {
  it('all 313 vectors print and assemble to their bytes', () => {
    const file = sharedPath('vectors', 'bpf_conformance', 'vectors.json');
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly {
      readonly name: string;
      readonly code: string;
    }[];
    for (const { code } of vectors) checkReassembles(programOf(decode(fromHex(code) ?? new Uint8Array())));
    expect(vectors.length).toBe(313);
  });
});
