import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { writeBtf } from '../../server/src/btf/write.ts';
import { encode } from '../../server/src/isa/encode.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { buildTool } from './buildTool.ts';

/** What the running kernel did with a program. */
export interface KernelRun {
  /** 0, or the error number with which the kernel refused the program. */
  readonly errno: number;
  /** Why it was refused; empty when it was not. */
  readonly log: string;
  readonly runs: readonly { readonly returned: number; readonly packet: Uint8Array }[];
  /** Per map its entries, in the order of the kernel's own table. */
  readonly maps: readonly (readonly { readonly key: Uint8Array; readonly value: Uint8Array }[])[];
}

function findRunner(): string | null {
  if (process.getuid?.() !== 0) return null;
  try {
    const tool = buildTool(path.resolve(import.meta.dirname, 'krun.c'));
    const probe = spawnSync(tool, { input: question(emptyProgram(), [new Uint8Array(64)]) });
    return probe.status === 0 && probe.stdout.readUInt32LE(0) === 0 ? tool : null;
  } catch {
    return null;
  }
}

/** Runs each program on the packets, one after another, with fresh maps for each program. */
export function runInKernel(programs: readonly Program[], packets: readonly Uint8Array[]): KernelRun[] {
  if (kernelRunner === null) throw new Error('no kernel to ask');
  const input = Buffer.concat(programs.map((program) => question(program, packets)));
  const run = spawnSync(kernelRunner, { input, maxBuffer: 1 << 30, timeout: 300_000 });
  if (run.status !== 0) throw new Error(`the kernel's runner failed: ${run.stderr.toString()}`);
  const reader = new Answer(run.stdout);
  return programs.map((program) => reader.next(program, packets.length));
}

function question(program: Program, packets: readonly Uint8Array[]): Buffer {
  const insns = encode(program.insns);
  const refs = program.insns.flatMap((insn, pc) => (insn.kind === 'loadMap' ? [pc, insn.map] : []));
  const parts = [numbers([programTypeNumber(program.type), program.maps.length])];
  for (const { type, keySize, valueSize, maxEntries, flags, initial } of program.maps) {
    const contents = initial ?? new Uint8Array();
    parts.push(numbers([MAP_TYPES.indexOf(type), keySize, valueSize, maxEntries, flags, contents.length]), contents);
  }
  parts.push(numbers([refs.length / 2, ...refs, insns.length]), insns, ...functionTypes(program));
  parts.push(numbers([packets.length]));
  for (const packet of packets) parts.push(numbers([packet.length]), packet);
  return Buffer.concat(parts);
}

/** What callbacks and functions that are verified on their own need. Sections of data are laid out by loaders: left out. */
function functionTypes({ btf, subprogs }: Program): Uint8Array[] {
  const typed = subprogs.filter(({ typeId }) => typeId !== 0);
  if (btf === null || typed.length !== subprogs.length) return [numbers([0, 0])];
  const types = writeBtf(btf.types.map((type) => (type.kind === 'datasec' ? { kind: 'fwd', name: type.name.slice(1), union: false } : type))); // prettier-ignore
  return [numbers([types.length]), types, numbers([typed.length, ...typed.flatMap(({ start, typeId }) => [start, typeId])])]; // prettier-ignore
}

function numbers(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

class Answer {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  private number(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  private take(length: number): Uint8Array {
    this.at += length;
    return Uint8Array.from(this.bytes.subarray(this.at - length, this.at));
  }

  next(program: Program, packets: number): KernelRun {
    const errno = this.number();
    if (errno !== 0) return { errno, log: Buffer.from(this.take(this.number())).toString(), runs: [], maps: [] };
    const runs = Array.from({ length: packets }, () => ({ returned: this.number(), packet: this.take(this.number()) }));
    const maps = program.maps.map(({ keySize, valueSize }) =>
      Array.from({ length: this.number() }, () => ({ key: this.take(keySize), value: this.take(valueSize) })),
    );
    return { errno, log: '', runs, maps };
  }
}

function emptyProgram(): Program {
  const zero: Insn = { kind: 'alu', op: 'mov', wide: true, dst: 0, source: 'imm', src: 0, imm: 0, signExtendBits: 0 };
  return {
    name: 'probe', type: 'sched_cls', attachType: null, section: 'tc', insns: [zero, { kind: 'exit' }], subprogs: [],
    maps: [], lines: [], labels: new Map(), license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
}

/** Path of the tool, compiled on first use; null where there is no compiler, no kernel or no right to ask it. */
export const kernelRunner: string | null = findRunner();
