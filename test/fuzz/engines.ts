/** One program on packets in every engine, and everything that can be seen of it afterwards. */
import { toHex } from '../../server/src/base/bytes.ts';
import type { PacketEvent } from '../../server/src/events/event.ts';
import type { Program } from '../../server/src/program/program.ts';
import { contextBuilder, type ContextBuilder } from '../../server/src/run/contexts/enter.ts';
import { snapshotMaps } from '../../server/src/run/snapshotMaps.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import { compileFor, FLAVOURS, flavourName } from '../jit/support.ts';
import type { KernelRun } from '../support/kernelRun.ts';

/** What came of a program, as text: one line a packet, then one a map entry. */
export type Observed = readonly string[];

type Execute = () => Outcome;

export interface EngineUnderTest {
  readonly name: string;
  readonly prepare: (machine: Machine, program: Program) => Execute;
}

const BUDGET = 1_000_000;

export const ENGINES: readonly EngineUnderTest[] = [
  {
    name: 'interpreter',
    prepare: (machine, program) => {
      const interpreter = createInterpreter(machine, program);
      return () => interpreter.run(LAYOUT.ctx, BUDGET);
    },
  },
  ...FLAVOURS.map((flavour) => ({
    name: `JIT, ${flavourName(flavour)}`,
    prepare: (machine: Machine, program: Program): Execute => {
      const jit = compileFor(machine, program, flavour);
      return () => jit.run(LAYOUT.ctx, BUDGET);
    },
  })),
];

/** One machine for many programs with the same maps: making one takes longer than most programs run. */
export class TestBed {
  private readonly machine: Machine;
  private readonly builder: ContextBuilder;
  private readonly maps: Uint8Array;

  constructor(programs: readonly Program[]) {
    const [first] = programs;
    const builder = first === undefined ? 'no programs' : contextBuilder(first);
    if (typeof builder === 'string') throw new Error(builder);
    this.builder = builder;
    this.machine = createMachine(programs);
    this.maps = this.machine.memory.u8.slice(LAYOUT.maps);
  }

  /** Begins with maps and stack as new. */
  run({ prepare }: EngineUnderTest, program: Program, packets: readonly Uint8Array[]): Observed {
    const { machine, builder } = this;
    machine.memory.u8.set(this.maps, LAYOUT.maps);
    machine.memory.u8.fill(0, LAYOUT.stack, LAYOUT.ctx);
    const execute = prepare(machine, program);
    const lines = packets.map((packet) => {
      const refused = builder.enter(machine, eventOf(packet));
      if (refused !== null) throw new Error(refused);
      const outcome = execute();
      const after = toHex(builder.leave(machine).packet ?? new Uint8Array());
      return `${outcome.kind === 'exit' ? BigInt.asUintN(32, outcome.r0) : outcome.trap.message} ${after}`;
    });
    return [...lines, ...mapLines(machine)];
  }
}

export function eventOf(data: Uint8Array): PacketEvent {
  return {
    kind: 'packet', index: 0, timeNs: 0n, linkType: 1, data, wireLength: data.length, interfaceId: 0,
    interfaceName: null, direction: null, queue: null, packetId: null, verdict: null,
  }; // prettier-ignore
}

function mapLines(machine: Machine): string[] {
  return snapshotMaps(machine, 1000).flatMap(({ name, entries }) =>
    entries
      .map(({ key, values }) => `${name} ${toHex(key)} ${toHex(values[0] ?? new Uint8Array())}`)
      .filter((line) => !/ 0*$/.test(line))
      .sort(),
  );
}

/** The same of what the kernel tells. */
export function observedInKernel(program: Program, { runs, maps }: KernelRun): Observed {
  const lines = runs.map(({ returned, packet }) => `${returned} ${toHex(packet)}`);
  const entries = maps.flatMap((map, i) =>
    map
      .map(({ key, value }) => `${program.maps[i]?.name} ${toHex(key)} ${toHex(value)}`)
      .filter((line) => !/ 0*$/.test(line))
      .sort(),
  );
  return [...lines, ...entries];
}

/** Packets that all programs of one seed see. */
export function packetsFor(seed: number): Uint8Array[] {
  const made = (length: number, step: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i * step + seed * (i >> 3)) & 0xff);
  return [made(64, 1), made(66 + (seed % 200), 37)];
}
