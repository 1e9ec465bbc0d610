import { fromHex } from '../base/bytes.ts';
import { readElf } from '../elf/readElf.ts';
import { roleOf } from '../elf/sectionRole.ts';
import { createJit } from '../jit/createJit.ts';
import { decode } from '../isa/decode.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { Outcome } from '../vm/machine.ts';
import { rawMachine, rawProgram, runRaw } from '../vm/runRaw.ts';
import type { Arguments } from './arguments.ts';
import { usage } from './check.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import type { World } from './world.ts';

const BUDGET = 100_000_000;

/** The plugin protocol of the public bpf_conformance runner. */
export async function conformance(world: World, args: Arguments): Promise<ExitStatus> {
  const memory = fromHex(args.positionals[0] ?? '');
  if (memory === null) return usage(world, 'the memory argument is no hex text');
  const input = fromHex(await world.readStandardInput());
  const code = input !== null && args.switches.has('--elf') ? codeOfObject(input) : input;
  if (code === null || code.length === 0 || code.length % 8 !== 0)
    return usage(world, 'standard input is no program as hex, 8 bytes an instruction');
  const program = rawProgram(decode(code));
  const refused = program.insns.find(({ kind }) => kind === 'invalid');
  if (refused?.kind === 'invalid') return failed(world, `invalid instruction: ${refused.reason}`);
  const engine = args.values.get('--engine') ?? 'jit';
  const outcome = engine === 'jit' ? runJit(program, memory) : runRaw(program, memory, BUDGET);
  if (outcome.kind === 'trap') return failed(world, outcome.trap.message);
  await world.out(`${outcome.r0.toString(16)}\n`);
  return EXIT.ok;
}

/** The instructions of the first section that holds any; null where there is none. */
function codeOfObject(bytes: Uint8Array): Uint8Array | null {
  const sections = readElf(bytes).elf?.sections ?? [];
  return sections.find((section) => roleOf(section) === 'code' && section.data.length > 0)?.data ?? null;
}

function runJit(program: ReturnType<typeof rawProgram>, memory: Uint8Array): Outcome {
  const machine = rawMachine(program, memory);
  const jit = createJit(machine, program, { mode: 'safe' });
  const left = jit.execute(memory.length > 0 ? LAYOUT.packet : 0, BUDGET, memory.length);
  if (left) return { kind: 'exit', r0: (BigInt(jit.r0High >>> 0) << 32n) | BigInt(jit.r0Low >>> 0), insns: null };
  const { trap } = jit;
  if (trap === null || machine.fault?.message === 'unwound') return { kind: 'exit', r0: 0n, insns: null };
  return { kind: 'trap', trap, insns: null };
}

function failed(world: World, message: string): ExitStatus {
  world.error(`${message}\n`);
  return EXIT.failed;
}
