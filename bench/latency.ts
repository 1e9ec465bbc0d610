/** How long it takes from a program's bytes to its first result. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { readObject } from '../server/src/elf/readObject.ts';
import { createJit } from '../server/src/jit/createJit.ts';
import { verify } from '../server/src/verifier/verify.ts';
import { LAYOUT } from '../server/src/vm/machine.ts';
import { cpuMs } from './contender.ts';
import { BUDGET, machineOf } from './sampleMachine.ts';

/** Milliseconds. */
export interface Latency {
  /** From the bytes of the object to the first result, every access checked. */
  readonly checked: number;
  /** Of them: making and running WebAssembly from instructions. */
  readonly compile: number;
  /** What the verifier takes, without which checks cannot be left out. */
  readonly verify: number;
}

/** The least of some rounds, in this process, where the script has been optimised. */
export function warmLatency(file: string, rounds: number): Latency {
  const bytes = new Uint8Array(readFileSync(file));
  const all = Array.from({ length: rounds }, () => latencyOf(file, bytes));
  const least = (part: keyof Latency): number => Math.min(...all.map((one) => one[part]));
  return { checked: least('checked'), compile: least('compile'), verify: least('verify') };
}

/** The least of some processes that do it once. */
export function coldLatency(file: string, rounds: number): Latency {
  const all = Array.from({ length: rounds }, () => {
    const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), file], { encoding: 'utf8' });
    return JSON.parse(stdout) as Latency;
  });
  return all.toSorted((a, b) => a.checked - b.checked)[0] as Latency;
}

function latencyOf(file: string, bytes: Uint8Array): Latency {
  const began = cpuMs();
  const object = readObject(file, bytes);
  const program = object.programs[0];
  if (program === undefined) throw new Error(`${file} holds no program`);
  const machine = machineOf(object);
  const decoded = cpuMs();
  const engine = createJit(machine, program, { mode: 'safe' });
  if (!engine.execute(LAYOUT.ctx, BUDGET)) throw new Error(engine.trap?.message);
  const ran = cpuMs();
  verify(program);
  return { checked: ran - began, compile: ran - decoded, verify: cpuMs() - ran };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file = ''] = process.argv;
  console.log(JSON.stringify(latencyOf(file, new Uint8Array(readFileSync(file)))));
}
