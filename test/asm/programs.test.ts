import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { printInsn } from '../../server/src/asm/pseudoC/print.ts';
import type { AsmFile } from '../../server/src/asm/assembler/syntax.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { Program } from '../../server/src/program/program.ts';

function assembled(text: string): AsmFile {
  const file = assemble(sourceText('a.s', text));
  expect(file.object.diagnostics).toEqual([]);
  return file;
}

function listing({ insns }: Program): string {
  return insns.flatMap((insn) => (insn.kind === 'wideSlot' ? [] : [printInsn(insn)])).join('; ');
}

describe('sections become programs', () => {
  it.each([
    ['.section "xdp"\nr0 = 2\nexit', 'xdp xdp -'],
    ['.section xdp.frags\nfilter: r0 = 2\nexit', 'filter xdp 32'],
    ['.section tp/syscalls/sys_enter_openat,"ax",@progbits\nr0 = 0\nexit', 'tp_syscalls_sys_enter_openat tracepoint -'],
    ['.section "socket"\n.globl a\na: r0 = 0\nexit\n.globl b\nb: r0 = 1\nexit', 'a socket_filter -, b socket_filter -'],
    ['.section "tc"\nmain: call sub\nexit\nsub: r0 = 0\nexit', 'main sched_cls -'],
    ['.section "tc"\n.globl main\nmain: r0 = 0\nloop: goto loop', 'main sched_cls -'],
  ])('%s', (text, expected) => {
    const programs = assembled(text).object.programs.map(({ name, type, flags }) => `${name} ${type} ${flags || '-'}`);
    expect(programs.join(', ')).toBe(expected);
  });

  it('says when nothing names the type', () => {
    const { object } = assemble(sourceText('a.s', 'r0 = 0\nexit'));
    expect(object.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning unknown-program-type',
    ]);
    expect(object.programs.map(({ type, insns }) => `${type} ${insns.length}`)).toEqual(['unspec 2']);
  });
});

describe('names of instructions can be labels', () => {
  it.each([
    ['if r1 == 0 goto exit\nr0 = 1\nexit: exit', 'if r1 == 0x0 goto pc+1; r0 = 1; exit'],
    ['goto Exit\nExit:\nexit', 'goto pc+0; exit'],
    ['call lock\nexit\nlock: r0 = 0\nexit', 'call pc+1; exit; r0 = 0; exit'],
    ['.globl call\ncall: r0 = 0\nexit', 'r0 = 0; exit'],
  ])('%s', (text, expected) => {
    expect(assembled(`.section "xdp"\n${text}`).object.programs.map(listing)).toEqual([expected]);
  });
});

describe('functions are linked into each program that calls them', () => {
  const text = `.section "xdp"
.globl one
one: call second
  call first
  exit
.globl two
two: r1 = first ll
  r0 = 0
  exit
.text
first: r0 = 1
  exit
second: call first
  exit
`;

  it('behind the program, each where it is first used', () => {
    const [one, two] = assembled(text).object.programs;
    expect(one?.subprogs.map(({ name, start, end }) => `${name} ${start}-${end}`)).toEqual([
      'one 0-3',
      'second 3-5',
      'first 5-7',
    ]);
    expect(one === undefined ? '' : listing(one)).toBe('call pc+2; call pc+3; exit; call pc+1; exit; r0 = 1; exit');
    expect(two === undefined ? '' : listing(two)).toBe('r1 = subprog[+3]; r0 = 0; exit; r0 = 1; exit');
  });

  it('and each instruction knows its places and lines', () => {
    const file = assembled(text);
    const shared = file.insns.find(({ span }) => text.slice(span.start, span.end) === 'r0 = 1');
    expect(shared?.places).toEqual([{ program: 0, pc: 5 }, { program: 1, pc: 4 }]); // prettier-ignore
    const line = file.object.programs[1]?.lines.find(({ pc }) => pc === 4);
    expect([line?.line, line?.column]).toEqual([11, 8]);
    expect([...(file.object.programs[0]?.labels ?? [])]).toEqual([[0, 'one'], [3, 'second'], [5, 'first']]); // prettier-ignore
  });

  it('recursion ends', () => {
    const [program] = assembled('.section "xdp"\ncall a\nexit\n.text\na: call b\nexit\nb: call a\nexit').object
      .programs;
    expect(program === undefined ? '' : listing(program)).toBe('call pc+1; exit; call pc+1; exit; call pc-3; exit');
  });
});

describe('what pasted text looks like', () => {
  it.each([
    [
      'a log',
      '; int x = 1;\n0: R1=ctx() R10=fp0\n0: (b7) r0 = 0                       ; R0_w=0\n1: (15) if r0 == 0x0 goto pc+1\n2: (18) r1 = 0xffff888012345678\n4: (95) exit',
    ],
    [
      'llvm-objdump',
      '       0:\tb7 00 00 00 00 00 00 00\tr0 = 0x0\n       1:\t15 00 01 00 00 00 00 00\tif r0 == 0x0 goto +0x1 <xdp+0x18>\n       2:\t18 01 00 00 78 56 34 12 00 00 00 00 80 88 ff ff\tr1 = 0xffff888012345678 ll\n       4:\t95 00 00 00 00 00 00 00\texit',
    ],
    ['inline assembly', 'r0 = 0; if r0 == 0 goto 1f; r1 = 0xffff888012345678 ll; 1: exit'],
    [
      'other spellings',
      'R0 = 0 // zero\n/* a\n comment */ if R0==0 goto +1 # one\nr1=0xffff888012345678 ll\r\nexit ; the end',
    ],
  ])('%s', (name, text) => {
    const [program] = assembled(`.section "xdp"\n${text}\n`).object.programs;
    const goto = name === 'inline assembly' ? 'pc+2' : 'pc+1';
    const expected = `r0 = 0; if r0 == 0x0 goto ${goto}; r1 = 0xffff888012345678; exit`;
    expect(program === undefined ? '' : listing(program)).toBe(expected);
  });

  it('maps as bpftool shows them', () => {
    const text = `.map a, type=array, value=8, entries=1\n.map b, type=array, value=8, entries=1, id=5
      .section "xdp"\nr1 = map[id:5]\nr1 = map[id:5][0]+4\nr1 = map[a]\nr1 = map[name:b]\nr1 = b[0] + 2 * 2 ll\nexit`;
    const [program] = assembled(text).object.programs;
    const loads = program?.insns.flatMap((insn) =>
      insn.kind === 'loadMap' ? [`${insn.by} ${insn.map} ${insn.off}`] : [],
    );
    expect(loads).toEqual(['fd 1 0', 'value 1 4', 'fd 0 0', 'fd 1 0', 'value 1 4']);
  });
});

it('reads what only clang -S writes', () => {
  const text = '.section meta,"a",@progbits\n.long 5\n.section xdp,"ax",@progbits\nr8 = w4\nexit';
  const [program] = assembled(text).object.programs;
  expect(program === undefined ? '' : listing(program)).toBe('w8 = w4; exit');
});

describe('maps and data', () => {
  it('lays data down in memory order', () => {
    const { object } = assembled(`.set two, 2
      .data
      .byte 1, two, 0xff, -1
      .short 0x1234
      .p2align 3
      .quad -2
      .asciz "a\\n\\x41\\101"
      .fill 2, 2, 7
      .bss
      .zero 5
      .section license
      .asciz "GPL"
      .section .rodata.str1.1
      .string "é"`);
    const hex = object.maps.map(
      ({ name, initial, frozen, flags }) => `${name} ${[...(initial ?? [])].join(' ')} ${frozen} ${flags}`,
    );
    expect(hex).toEqual([
      '.data 1 2 255 255 52 18 0 0 254 255 255 255 255 255 255 255 97 10 65 65 0 7 0 7 0 false 1024',
      '.bss 0 0 0 0 0 false 1024',
      '.rodata.str1.1 195 169 0 true 1152',
    ]);
    expect(object.license).toBe('GPL');
  });

  it('fills slots and inner maps', () => {
    const { object } = assembled(`.map inner, type=hash, key=4, value=8, entries=2, flags=BPF_F_NO_PREALLOC
      .map outer, type=array_of_maps, entries=2, inner=inner
      .map jumps, type=prog_array, entries=2
      .slot outer, 1, inner
      .slot jumps, 0, main
      .section "xdp"
      main: exit`);
    expect(
      object.maps.map(({ name, keySize, valueSize, flags, inner, slots }) => [
        name,
        keySize,
        valueSize,
        flags,
        inner?.name,
        slots,
      ]),
    ).toEqual([
      ['inner', 4, 8, 1, undefined, []],
      ['outer', 4, 4, 0, 'inner', [{ index: 1, name: 'inner' }]],
      ['jumps', 4, 4, 0, undefined, [{ index: 0, name: 'main' }]],
    ]);
  });
});

describe('tokens, definitions and references', () => {
  const text = `.map m, type=array, value=8, entries=1 // map
.section "xdp"
.globl main
main: r1 = m ll
  call bpf_ktime_get_ns
  if r0 == 0 goto out
out: exit`;

  it('tokens are in order and do not overlap', () => {
    const { tokens } = assembled(text);
    expect(
      tokens
        .map(({ kind, span }) => `${kind}:${text.slice(span.start, span.end)}`)
        .slice(-19)
        .join(' '),
    ).toBe(
      'label:main operator:: register:r1 operator:= map:m keyword:ll keyword:call helper:bpf_ktime_get_ns keyword:if register:r0 operator:== number:0 keyword:goto label:out label:out operator:: keyword:exit'
        .split(' ')
        .slice(-19)
        .join(' ')
        .replace(/^/, 'directive:.globl label:main '),
    );
    for (const [i, { span }] of tokens.entries())
      expect(span.start).toBeGreaterThanOrEqual(tokens[i - 1]?.span.end ?? 0);
  });

  it('names', () => {
    const { definitions, references } = assembled(text);
    expect(definitions.map(({ kind, name, parent, entry }) => `${kind} ${name} ${parent} ${entry}`)).toEqual([
      'map m null false', 'function main null true', 'label out 1 false',
    ]); // prettier-ignore
    expect(references.map(({ name, definition }) => `${name} ${definition}`)).toEqual(['main 1', 'm 0', 'out 2']);
  });
});
