import { describe, expect, it } from 'vitest';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { HELPER_STATUS, LAYOUT } from '../../server/src/vm/machine.ts';
import { objectOf } from '../support/assembled.ts';
import { randomNumbers } from '../support/random.ts';
import { compileFor } from './support.ts';
import { times } from '../support/times.ts';

const CPUS = 3;

type Next = (below: number) => number;

/** Fills `size` bytes of the frame from `off` on, in pieces of any width, so that few bits differ between keys. */
function fill(off: number, size: number, choice: number, next: Next): string[] {
  const lines: string[] = [];
  for (let done = 0; done < size;) {
    const width = [8, 4, 2, 1].filter((each) => each <= size - done)[next(2)] ?? 1;
    const value = done === 0 || done + width === size ? choice : 7;
    lines.push(`*(u${8 * width} *)(r10 ${off + done}) = ${value}`);
    done += width;
  }
  return lines.map((line) => line.replace('r10 -', 'r10 - '));
}

const KEY = -128;
const VALUE = -320;

function pointers(withValue: boolean): string[] {
  const key = [`r2 = r10`, `r2 += ${KEY}`, 'r1 = m ll'];
  return withValue ? ['r3 = r10', `r3 += ${VALUE}`, ...key] : key;
}

function operation(spec: { keySize: number; valueSize: number }, label: string, next: Next): string[] {
  const key = fill(KEY, spec.keySize, next(6), next);
  switch (next(5)) {
    case 0:
    case 1: {
      const flags = next(8) === 0 ? ['r4 = *(u64 *)(r10 - 400)'] : [`r4 = ${next(3) === 0 ? next(4) : 0}`];
      return [
        ...key,
        ...fill(VALUE, spec.valueSize, next(100), next),
        ...pointers(true),
        ...flags,
        'call bpf_map_update_elem',
        'r9 *= 31',
        'r9 += r0',
      ];
    }
    case 2:
      return [...key, ...pointers(false), 'call bpf_map_delete_elem', 'r9 *= 31', 'r9 += r0'];
    default:
      return [
        ...key,
        ...pointers(false),
        'call bpf_map_lookup_elem',
        'r9 *= 31',
        `if r0 == 0 goto ${label}`,
        'r1 = *(u8 *)(r0 + 0)',
        'r9 += r1',
        'r1 += 1',
        '*(u8 *)(r0 + 0) = r1',
        `${label}: r9 += 1`,
      ];
  }
}

const TYPES = ['hash', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'array', 'percpu_array'] as const;

function randomMapProgram(seed: number): { type: string; text: string } {
  const next = randomNumbers(seed);
  const type = TYPES[next(TYPES.length)] ?? 'hash';
  const isArray = type.endsWith('array');
  const keySize = isArray ? 4 : ([1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 20, 40, 64, 72][next(15)] ?? 4);
  const valueSize = [1, 2, 4, 7, 8, 12, 24, 130][next(8)] ?? 8;
  const lines = ['r9 = 0', `*(u64 *)(r10 - 400) = ${next(5)}`];
  const count = 4 + next(16);
  for (let i = 0; i < count; i++) lines.push(...operation({ keySize, valueSize }, `next${i}`, next));
  const map = `.map m, type=${type}, key=${keySize}, value=${valueSize}, entries=${1 + next(5)}`;
  return { type, text: `.license "GPL"\n${map}\n.section "xdp"\n${lines.join('\n')}\nr0 = r9\nexit` };
}

function machineOf(text: string): Machine {
  const machine = createMachine(objectOf(text), { cpus: CPUS });
  machine.world.cpu = 1;
  machine.setContext(new Uint8Array(24), null);
  return machine;
}

/** Result and contents of all maps, tables included. */
function observed(machine: Machine, r0: bigint | string): object {
  return { r0, maps: Buffer.from(machine.memory.u8.subarray(LAYOUT.maps)).toString('base64') };
}

describe('helpers on maps in compiled code', () => {
  it('leave every table as the interpreter does', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= times(300); seed++) {
      const { type, text } = randomMapProgram(seed);
      seen.add(type);
      const slow = machineOf(text);
      const interpreter = createInterpreter(slow, slow.programs[0]!);
      const fast = machineOf(text);
      const engine = compileFor(fast, fast.programs[0]!, { mode: 'verified', forceDispatch: false });
      // A second run meets what the first one left.
      for (let run = 0; run < 2; run++) {
        const outcome = interpreter.run(LAYOUT.ctx, 100_000);
        engine.execute(LAYOUT.ctx, 100_000);
        const r0 = (BigInt(engine.r0High >>> 0) << 32n) | BigInt(engine.r0Low >>> 0);
        const expected = observed(slow, outcome.kind === 'exit' ? outcome.r0 : outcome.trap.message);
        expect(observed(fast, engine.trap?.message ?? r0), `seed ${seed}, run ${run}: ${type}`).toEqual(expected);
      }
    }
    expect(seen).toEqual(new Set(TYPES));
  });

  it('do not ask the machine', () => {
    const text = `.map m, type=hash, key=13, value=8, entries=4\n.section "xdp"
${fill(KEY, 13, 1, randomNumbers(1)).join('\n')}
*(u64 *)(r10 ${VALUE}) = 5
${pointers(true).join('\n')}
r4 = 0
call bpf_map_update_elem
${pointers(false).join('\n')}
call bpf_map_lookup_elem
if r0 == 0 goto out
r6 = *(u64 *)(r0 + 0)
${pointers(false).join('\n')}
call bpf_map_delete_elem
r0 += r6
out: exit`.replaceAll('(r10 -', '(r10 - ');
    const machine = machineOf(text);
    const asked: number[] = [];
    machine.callHelper = (id) => {
      asked.push(id);
      return HELPER_STATUS.trap;
    };
    const engine = compileFor(machine, machine.programs[0]!, { mode: 'verified', forceDispatch: false });
    expect(engine.execute(LAYOUT.ctx, 1000)).toBe(true);
    expect(engine.r0Low).toBe(5);
    expect(asked).toEqual([]);
  });
});
