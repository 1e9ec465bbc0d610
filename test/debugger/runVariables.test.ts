import { describe, expect, it } from 'vitest';
import { scopesOf } from '../../server/src/debugger/variables.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { fixture } from '../vm/support.ts';

/** The variables of the scope `Run` once the program has done so many instructions. */
function runScope(text: string, steps: number): string[] {
  const { machine, interpreter } = fixture(text);
  interpreter.reset(LAYOUT.ctx);
  for (let i = 0; i < steps; i++) interpreter.step();
  const [frame] = interpreter.frames();
  if (frame === undefined) throw new Error('the run has no frame');
  const scope = scopesOf(machine, frame).find(({ name }) => name === 'Run');
  return scope?.variables().map(({ name, value }) => `${name}: ${value}`) ?? [];
}

describe('what a run tells in the debugger', () => {
  const TAIL = `.license "GPL"
.map programs, type=prog_array, entries=1
.slot programs, 0, main
.section "xdp"
.globl main
main:
  r2 = programs ll
  r3 = 0
  call bpf_tail_call
  r0 = 0
  exit`;

  it('are its tail calls', () => {
    expect(runScope(TAIL, 2)).toEqual([]);
    expect(runScope(TAIL, 3)).toEqual(['tail calls: 1 of at most 33']);
    expect(runScope(TAIL, 9)).toEqual(['tail calls: 3 of at most 33']);
  });

  it('are its timers', () => {
    const text = `.license "GPL"
.map timers, type=array, key=4, value=16, entries=1
.text
.type tick, @function
tick:
  r0 = 0
  exit
.section "xdp"
.globl main
main:
  r1 = timers[0] ll
  r2 = timers ll
  r3 = 1
  call bpf_timer_init
  r1 = timers[0] ll
  r2 = tick ll
  call bpf_timer_set_callback
  r1 = timers[0] ll
  r2 = 70
  r3 = 0
  call bpf_timer_start
  exit`;
    expect(runScope(text, 11)).toEqual(['tail calls: 0 of at most 33', 'tick: due in 70 ns']);
  });
});
