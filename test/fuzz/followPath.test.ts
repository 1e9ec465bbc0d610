import { describe, expect, it } from 'vitest';
import { contextBuilder } from '../../server/src/run/contexts/enter.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import type { Program } from '../../server/src/program/program.ts';
import { programOfText } from '../support/assembled.ts';
import { times } from '../support/times.ts';
import { eventOf, packetsFor } from './engines.ts';
import { untrueOnPath } from './followPath.ts';
import { judge } from './judge.ts';
import { madeProgram } from './madeProgram.ts';
import { validProgram } from './validProgram.ts';

const PACKET_TYPES = new Set(['xdp', 'sched_cls', 'socket_filter', 'cgroup_skb']);
/** Seeds of an area that no other test uses. */
const FIRST = 800_000_000;

describe('what the verifier knows on a path that is run', () => {
  it(`is true in ${times(60)} valid programs`, { timeout: 300_000 }, () => {
    const programs = Array.from({ length: times(60) }, (_, i) => validProgram(FIRST + i, 30));
    expect(programs.flatMap((program, i) => untrue(program, FIRST + i))).toEqual([]);
  });

  it(`is true in those of ${times(1500)} made-up programs that are accepted`, { timeout: 300_000 }, () => {
    const seeds = Array.from({ length: times(1500) }, (_, i) => FIRST + i);
    let ran = 0;
    const wrong = seeds.flatMap((seed) => {
      const program = madeProgram(seed);
      const ours = judge(program);
      if (ours === null || typeof ours === 'string' || ours.outcome !== 'accepted') return [];
      if (!PACKET_TYPES.has(program.type)) return [];
      ran++;
      return untrue(program, seed);
    });
    expect(wrong).toEqual([]);
    expect(ran).toBeGreaterThan(seeds.length / 20);
  });

  it('notices numbers that are not what the verifier thinks', () => {
    const [thought, run] = [5, 6].map((r0) => programOfText(`.section "xdp"\n  r0 = ${r0}\n  exit\n`));
    if (thought === undefined || run === undefined) throw new Error('no program');
    const interpreter = createInterpreter(createMachine([run]), run);
    expect(untrueOnPath(thought, interpreter)).toBe('0: r0 is 6, outside of its bounds');
  });
});

function untrue(program: Program, seed: number): string[] {
  const builder = contextBuilder(program);
  if (typeof builder === 'string') throw new Error(builder);
  const machine = createMachine([program]);
  return packetsFor(seed).flatMap((packet) => {
    const refused = builder.enter(machine, eventOf(packet));
    if (refused !== null) throw new Error(refused);
    const interpreter = createInterpreter(machine, program);
    interpreter.reset(LAYOUT.ctx);
    const what = untrueOnPath(program, interpreter);
    return what === null ? [] : [`seed ${seed}: ${what}`];
  });
}
