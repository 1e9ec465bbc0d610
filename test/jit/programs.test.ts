import { describe, expect, it } from 'vitest';
import type { Program } from '../../server/src/program/program.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT, type Outcome, type TrapKind } from '../../server/src/vm/machine.ts';
import { VisitCounts } from '../../server/src/vm/visitCounts.ts';
import { objectOf } from '../support/assembled.ts';
import { compileFor, FLAVOURS, flavourName, type Flavour } from './support.ts';

/** Text of an XDP program, its packet (64 bytes 0, 1, 2, …), and how its first program ends. */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly ends: bigint | readonly [kind: TrapKind, pc: number];
  /** Unless it is exact, compiled code counts rounds, so these traps may have another place than the interpreter's. */
  readonly endless?: true;
  readonly budget?: number;
}

function machineOf(text: string): Machine {
  const machine = createMachine(objectOf(`.license "GPL"\n${text}`));
  machine.setContext(new Uint8Array(24), null);
  machine.packet.set(
    Uint8Array.from({ length: 64 }, (_, i) => i),
    { kind: 'xdp' },
  );
  return machine;
}

function summary(outcome: Outcome): unknown {
  return outcome.kind === 'exit' ? outcome.r0 : [outcome.trap.kind, outcome.trap.pc];
}

function run(text: string, flavour: Flavour, budget = 1_000_000): Run {
  const machine = machineOf(text);
  const engine = compileFor(machine, machine.programs[0]!, flavour);
  return { outcome: engine.run(LAYOUT.ctx, budget), visits: counts(machine, engine.visits) };
}

/** How a run ended, and how often each instruction of each program was begun. */
interface Run {
  readonly outcome: Outcome;
  readonly visits: readonly (readonly number[])[];
}

function counts({ programs }: Machine, visits: ReadonlyMap<Program, Float64Array> | null): number[][] {
  return programs.map((program) => [...(visits?.get(program) ?? new Float64Array(program.insns.length))]);
}

function interpret(text: string, budget = 1_000_000): Run {
  const machine = machineOf(text);
  const interpreter = createInterpreter(machine, machine.programs[0]!);
  const visits = new VisitCounts();
  interpreter.reset(LAYOUT.ctx, budget);
  for (;;) {
    visits.count(interpreter.currentProgram, interpreter.pc);
    const outcome = interpreter.step();
    if (outcome !== 'running') return { outcome, visits: counts(machine, visits.byProgram) };
  }
}

function checkAll(cases: readonly Case[]): void {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_name, { text, ends, endless, budget }) => {
    const { outcome: interpreted, visits } = interpret(text, budget);
    expect(summary(interpreted)).toEqual(ends);
    for (const flavour of FLAVOURS) {
      if (typeof ends !== 'bigint' && flavour.mode === 'verified') continue;
      const { outcome, visits: counted } = run(text, flavour, budget);
      if (flavour.exact === true)
        expect([outcome.insns, counted], flavourName(flavour)).toEqual([interpreted.insns, visits]);
      const exact = endless === undefined || flavour.exact === true;
      if (exact) expect(summary(outcome), flavourName(flavour)).toEqual(summary(interpreted));
      else expect(outcome, flavourName(flavour)).toMatchObject({ kind: 'trap', trap: { kind: 'budget' } });
      // People read these words whichever engine ran.
      if (outcome.kind === 'trap' && interpreted.kind === 'trap' && exact)
        expect(outcome.trap).toEqual(interpreted.trap);
    }
  });
}

describe('maps, tail calls and callbacks', () => {
  checkAll([
    {
      name: 'an array map keeps what a program writes',
      text: `.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
*(u32 *)(r10 - 4) = 2
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto none
r1 = 41
*(u64 *)(r0 + 0) = r1
lock *(u64 *)(r0 + 0) += r1
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto none
r0 = *(u64 *)(r0 + 0)
exit
none:
r0 = -1
exit`,
      ends: 82n,
    },
    {
      name: 'beyond the array there is nothing',
      text: `.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
*(u32 *)(r10 - 4) = 4
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
exit`,
      ends: 0n,
    },
    {
      name: 'a key is a number without sign',
      text: `.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
*(u32 *)(r10 - 4) = -1
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
exit`,
      ends: 0n,
    },
    {
      name: 'a value ends where it ends',
      text: `.map counts, type=array, key=4, value=6, entries=4
.section "xdp"
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
r0 = *(u64 *)(r0 + 0)
exit`,
      ends: ['memory', 6],
    },
    {
      name: 'a tail call takes over and does not come back',
      text: `.map progs, type=prog_array, key=4, value=4, entries=2
.slot progs, 1, second
.section "xdp"
.globl first
first:
r2 = progs ll
r3 = 1
call bpf_tail_call
r0 = 1
exit
.globl second
second:
r0 = *(u32 *)(r1 + 4)
r1 = *(u32 *)(r1 + 0)
r0 -= r1
exit`,
      ends: 64n,
    },
    {
      name: 'an empty slot lets the program go on',
      text: `.map progs, type=prog_array, key=4, value=4, entries=2
.section "xdp"
r2 = progs ll
r3 = 0
call bpf_tail_call
r0 = 7
exit`,
      ends: 7n,
    },
    {
      name: 'the 34th tail call in a row falls through',
      text: `.map progs, type=prog_array, key=4, value=4, entries=1
.map counts, type=array, key=4, value=8, entries=1
.slot progs, 0, self
.section "xdp"
.globl self
self:
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto none
r7 = r0
r1 = 1
lock *(u64 *)(r7 + 0) += r1
r1 = r6
r2 = progs ll
r3 = 0
call bpf_tail_call
r0 = *(u64 *)(r7 + 0)
none:
exit`,
      ends: 34n,
    },
    {
      name: 'bpf_loop calls back with its counter and context',
      text: `.section "xdp"
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = body ll
r3 = r10
r3 += -8
r4 = 0
call bpf_loop
r0 = *(u64 *)(r10 - 8)
exit
body:
r0 = *(u64 *)(r2 + 0)
r0 += r1
*(u64 *)(r2 + 0) = r0
r0 = 0
exit`,
      ends: 45n,
    },
    {
      name: 'a callback that traps says where',
      text: `.section "xdp"
r1 = 10
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
exit
body:
r0 = *(u64 *)(r2 + 0)
exit`,
      ends: ['memory', 7],
    },
    {
      name: 'a callback has no third argument',
      text: `.section "xdp"
r1 = 10
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
exit
body:
r0 = r3
exit`,
      ends: ['uninitialized', 7],
    },
  ]);
});

describe('faults', () => {
  checkAll([
    { name: 'null', text: '.section "xdp"\nr1 = 0\nr0 = *(u8 *)(r1 + 0)\nexit', ends: ['memory', 1] },
    {
      name: 'behind the packet',
      text: '.section "xdp"\nr1 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 61)\nexit',
      ends: ['memory', 1],
    },
    {
      name: 'before the packet',
      text: '.section "xdp"\nr1 = *(u32 *)(r1 + 0)\nr0 = *(u16 *)(r1 - 1)\nexit',
      ends: ['memory', 1],
    },
    {
      name: 'the last bytes of the packet',
      text: '.section "xdp"\nr1 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 60)\nexit',
      ends: 0x3f3e3d3cn,
    },
    {
      name: 'after a good access through the same register',
      text: '.section "xdp"\nr1 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 60)\nr1 += 4\nr0 = *(u32 *)(r1 + 60)\nexit',
      ends: ['memory', 3],
    },
    {
      name: 'a number with bits above 32 is no address',
      text: '.section "xdp"\nr2 = 0x100000000 ll\nr1 += r2\nr0 = *(u32 *)(r1 + 0)\nexit',
      ends: ['memory', 3],
    },
    { name: 'below the stack frame', text: '.section "xdp"\nr0 = *(u8 *)(r10 - 513)\nexit', ends: ['memory', 0] },
    { name: 'above the stack frame', text: '.section "xdp"\nr0 = *(u64 *)(r10 - 4)\nexit', ends: ['memory', 0] },
    {
      name: 'the frame of a function that returned',
      text: '.section "xdp"\ncall other\nr0 = *(u64 *)(r0 - 8)\nexit\nother:\n*(u64 *)(r10 - 8) = 1\nr0 = r10\nexit',
      ends: ['memory', 1],
    },
    {
      name: 'a map is not memory',
      text: '.map m, type=array, key=4, value=8, entries=1\n.section "xdp"\nr1 = m ll\nr0 = *(u64 *)(r1 + 0)\nexit',
      ends: ['memory', 2],
    },
    { name: 'a register without value', text: '.section "xdp"\nr0 = r7\nexit', ends: ['uninitialized', 0] },
    {
      name: 'a register without value on one path',
      text: '.section "xdp"\nif r1 == 0 goto skip\nr0 = 1\nskip: exit',
      ends: 1n,
    },
    {
      name: 'r1 after a call',
      text: '.section "xdp"\ncall bpf_ktime_get_ns\nr0 = r1\nexit',
      ends: ['uninitialized', 1],
    },
    {
      name: 'recursion',
      text: '.section "xdp"\nr1 = 0\ncall again\nexit\nagain:\ncall again\nexit',
      ends: ['callDepth', 3],
    },
    { name: 'a helper that does not exist', text: '.section "xdp"\ncall 9999\nexit', ends: ['unknownHelper', 0] },
    { name: 'running off the end', text: '.section "xdp"\nr0 = 0', ends: ['badPc', 1] },
    {
      name: 'an endless loop',
      text: '.section "xdp"\nr0 = 0\nagain:\nr0 += 1\ngoto again',
      ends: ['budget', 2],
      endless: true,
    },
    {
      name: 'the shortest endless loop',
      text: '.section "xdp"\nagain: goto again',
      ends: ['budget', 0],
      endless: true,
    },
    {
      name: 'calls that call and call without a loop',
      text: `.section "xdp"
call f1
exit
${[1, 2, 3, 4, 5, 6].map((i) => `f${i}:\n${`call f${i + 1}\n`.repeat(40)}exit`).join('\n')}
f7:
r0 = 0
exit`,
      ends: ['budget', 217],
      endless: true,
    },
  ]);
});

/** Looks key `key` up in array `m`; the value's address is in r0. */
function lookup(key: number): string {
  return `*(u32 *)(r10 - 4) = ${key}\nr2 = r10\nr2 += -4\nr1 = m ll\ncall bpf_map_lookup_elem`;
}

const ARRAY = '.map m, type=array, key=4, value=16, entries=4\n.section "xdp"';

describe('checks know what is mapped now', () => {
  checkAll([
    {
      name: 'a packet that lost its first bytes',
      text: `.section "xdp"
r6 = r1
r7 = *(u32 *)(r6 + 0)
r0 = *(u8 *)(r7 + 3)
r1 = r6
r2 = 4
call bpf_xdp_adjust_head
r0 = *(u8 *)(r7 + 4)
r0 = *(u8 *)(r7 + 3)
exit`,
      ends: ['memory', 7],
    },
    {
      name: 'a packet that lost its last bytes',
      text: `.section "xdp"
r6 = r1
r7 = *(u32 *)(r6 + 0)
r0 = *(u8 *)(r7 + 63)
r1 = r6
r2 = -1
call bpf_xdp_adjust_tail
r0 = *(u8 *)(r7 + 62)
r0 = *(u8 *)(r7 + 63)
exit`,
      ends: ['memory', 7],
    },
    {
      name: 'a packet that shrank inside a callee',
      text: `.section "xdp"
r6 = r1
r7 = *(u32 *)(r6 + 0)
r0 = *(u8 *)(r7 + 63)
call shrink
r0 = *(u8 *)(r7 + 63)
exit
shrink:
r2 = -1
call bpf_xdp_adjust_tail
r0 = 0
exit`,
      ends: ['memory', 4],
    },
    {
      name: 'a callee writes to the stack of its caller and reads the packet',
      text: `.section "xdp"
r2 = *(u32 *)(r1 + 0)
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -8
call sum
r0 = *(u64 *)(r10 - 8)
exit
sum:
r3 = 0
again:
r4 = *(u64 *)(r1 + 0)
r5 = *(u8 *)(r2 + 0)
r4 += r5
*(u64 *)(r1 + 0) = r4
r2 += 1
r3 += 1
if r3 < 64 goto again
r0 = 0
exit`,
      ends: 2016n,
    },
    {
      name: 'a callee that goes on beyond the stack frame of its caller',
      text: `.section "xdp"
r1 = r10
r1 += -8
call fill
exit
fill:
*(u64 *)(r1 + 0) = 1
r1 += 1
*(u64 *)(r1 + 0) = 1
r0 = 0
exit`,
      ends: ['memory', 6],
    },
    {
      name: 'two values of a map at once',
      text: `${ARRAY}
${lookup(1)}
if r0 == 0 goto out
r6 = r0
${lookup(3)}
if r0 == 0 goto out
r7 = r0
*(u64 *)(r6 + 8) = 5
*(u64 *)(r7 + 8) = 7
r0 = *(u64 *)(r6 + 8)
r1 = *(u64 *)(r7 + 8)
r0 *= r1
out: exit`,
      ends: 35n,
    },
    {
      name: 'behind a value of a map',
      text: `${ARRAY}\n${lookup(1)}\nr0 = *(u64 *)(r0 + 9)\nexit`,
      ends: ['memory', 6],
    },
    {
      name: 'before a value of a map',
      text: `${ARRAY}\n${lookup(0)}\nr0 = *(u64 *)(r0 - 8)\nexit`,
      ends: ['memory', 6],
    },
    {
      name: 'a value that is not there',
      text: `${ARRAY}\n${lookup(4)}\nr0 = *(u64 *)(r0 + 0)\nexit`,
      ends: ['memory', 6],
    },
    {
      name: 'a value of a read-only map',
      text: `${ARRAY.replace('entries=4', 'entries=4, flags=BPF_F_RDONLY_PROG')}\n${lookup(1)}\n*(u64 *)(r0 + 0) = 1\nexit`,
      ends: ['readOnly', 6],
    },
    {
      name: 'a key in the packet',
      text: `${ARRAY}
r2 = *(u32 *)(r1 + 0)
*(u32 *)(r2 + 0) = 2
r1 = m ll
call bpf_map_lookup_elem
if r0 != 0 goto found
exit
found:
*(u64 *)(r0 + 0) = 9
r0 = *(u64 *)(r0 + 0)
exit`,
      ends: 9n,
    },
    {
      name: 'a key that no program may read',
      text: `${ARRAY}\nr2 = 8\nr1 = m ll\ncall bpf_map_lookup_elem\nexit`,
      ends: ['memory', 3],
    },
    {
      name: 'a key that lies across the end of the stack frame',
      text: `${ARRAY}\nr2 = r10\nr2 += -2\nr1 = m ll\ncall bpf_map_lookup_elem\nexit`,
      ends: ['memory', 4],
    },
    {
      name: 'a value that was deleted is still memory of the map',
      text: `.map h, type=hash, key=4, value=8, entries=4
.section "xdp"
*(u32 *)(r10 - 4) = 1
*(u64 *)(r10 - 16) = 77
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
r6 = r0
r0 = *(u64 *)(r6 + 0)
r7 = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
r0 = *(u64 *)(r6 + 0)
exit`,
      ends: 77n,
    },
    {
      name: 'a key in the frame of a function that returned',
      text: `${ARRAY}
call other
r2 = r0
r2 += -4
r1 = m ll
call bpf_map_lookup_elem
exit
other:
*(u32 *)(r10 - 4) = 0
r0 = r10
exit`,
      ends: ['memory', 5],
    },
    {
      name: 'r0 after a call is what the call returned',
      text: `.section "xdp"
r0 = r10
r0 += -8
*(u64 *)(r0 + 0) = 1
call bpf_get_smp_processor_id
r0 = *(u64 *)(r0 + 0)
exit`,
      ends: ['memory', 4],
    },
    {
      name: 'a register that is a map on one path only',
      text: `${ARRAY}
r6 = m ll
*(u32 *)(r10 - 4) = 0
r7 = *(u32 *)(r1 + 12)
if r7 == 0 goto call
r6 = 0
call:
r1 = r6
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 != 0 goto found
exit
found:
r0 = 3
exit`,
      ends: 3n,
    },
  ]);
});

describe('an engine that runs many events', () => {
  it('starts afresh after a trap', () => {
    const machine = machineOf(
      '.section "xdp"\nr2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 4)\nr0 -= r2\nif r0 > 9 goto ok\nr0 = *(u8 *)(r2 + 9)\nok: exit',
    );
    const engine = compileFor(machine, machine.programs[0]!, { mode: 'safe', forceDispatch: false });
    for (const [length, ends] of [
      [10, 10n],
      [4, ['memory', 4]],
      [12, 12n],
    ] as const) {
      machine.packet.set(new Uint8Array(length), { kind: 'xdp' });
      expect(summary(engine.run(LAYOUT.ctx, 1000))).toEqual(ends);
    }
  });

  it('repeats a run as often as asked, without coming back in between', () => {
    const text = `.map counts, type=array, key=4, value=8, entries=1
.section "xdp"
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto out
r1 = *(u64 *)(r0 + 0)
r1 += 1
*(u64 *)(r0 + 0) = r1
r0 = r1
out: exit`;
    for (const flavour of FLAVOURS) {
      const machine = machineOf(text);
      const engine = compileFor(machine, machine.programs[0]!, flavour);
      expect(engine.repeat(LAYOUT.ctx, 1_000_000, 5)).toBe(true);
      expect(engine.r0Low).toBe(5);
      expect(engine.repeat(LAYOUT.ctx, 1_000_000, 1)).toBe(true);
      expect(engine.r0Low).toBe(6);
    }
  });

  it('stops callbacks that call and call, in accepted programs, too', () => {
    const text = `.section "xdp"
r1 = 1000
r2 = each ll
r3 = 0
r4 = 0
call bpf_loop
r0 = 0
exit
each:
r0 = 0
exit`;
    const { outcome } = run(text, FLAVOURS[0]!, 500);
    expect(outcome).toMatchObject({
      trap: {
        kind: 'budget',
        pc: 5,
        message: 'still running after 500 callbacks, in bpf_loop, which calls a function again and again',
      },
    });
    expect(summary(run(text, FLAVOURS[0]!, 1000).outcome)).toBe(0n);
  });

  it('is stopped by WebAssembly itself where a program was trusted wrongly', () => {
    const { outcome } = run('.section "xdp"\nr1 = 0xfffffff0 ll\nr0 = *(u64 *)(r1 + 0)\nexit', FLAVOURS[0]!);
    expect(summary(outcome)).toEqual(['memory', null]);
  });
});
