import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { encode } from '../../server/src/isa/encode.ts';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';
import { buildTool } from './buildTool.ts';

/** What the kernel says about a program in few words. */
export interface ShortVerdict {
  readonly accepted: boolean;
  readonly errno: number;
  /** Instructions walked; null when the walk did not begin. */
  readonly processed: number | null;
  /** The instruction the kernel stopped at; null when it does not say. */
  readonly pc: number | null;
  /** Its first line about the error; empty when accepted. */
  readonly message: string;
}

/** A number of error that no kernel gives: a map could not be made, so there is no verdict. */
export const NO_MAP = 9999;

/** One process that loads programs into this machine's kernel, thousands a second. Maps are made once and kept. */
export class VerdictStream {
  private readonly process: ChildProcess;
  private readonly maps = new Map<string, number>();
  private readonly parts: Buffer[] = [];
  private received: Buffer = Buffer.alloc(0);
  private closed = false;
  /** Answers are read one question after another. */
  private last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.process = spawn(buildTool(path.resolve(import.meta.dirname, 'verdictStream.c')), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.process.setMaxListeners(0);
    this.process.on('close', () => (this.closed = true));
  }

  /** Answers in the order of the programs, whose BTF is left behind. */
  ask(programs: readonly Program[]): Promise<ShortVerdict[]> {
    for (const program of programs) this.put(program);
    this.parts.push(numbers([3]));
    const { stdin } = this.process;
    if (stdin === null) throw new Error('the tool has no input');
    stdin.write(Buffer.concat(this.parts.splice(0)));
    const answers = this.last.then(() => this.answers(programs.length));
    this.last = answers;
    return answers;
  }

  private async answers(count: number): Promise<ShortVerdict[]> {
    const verdicts: ShortVerdict[] = [];
    while (verdicts.length < count) verdicts.push(await this.answer());
    return verdicts;
  }

  end(): void {
    this.process.stdin?.end();
  }

  private put(program: Program): void {
    const maps = program.maps.map((map) => this.mapNumber(map, program.type));
    const refs = program.insns.flatMap((insn, pc) => (insn.kind === 'loadMap' ? [pc, maps[insn.map] ?? 0] : []));
    const { type, attachType, flags, insns } = program;
    const head = [2, programTypeNumber(type), attachTypeNumber(attachType), flags, refs.length / 2, ...refs];
    this.parts.push(numbers([...head, insns.length]), Buffer.from(encode(insns)));
  }

  private mapNumber(map: MapSpec, owner: string): number {
    const inner = map.inner === null ? -1 : this.mapNumber(map.inner, owner);
    const made = [1, MAP_TYPES.indexOf(map.type), map.keySize, map.valueSize, map.maxEntries, map.flags, inner];
    // The first program that uses a program array decides which may.
    const key = map.type === 'prog_array' ? `${made.join()},${owner}` : made.join();
    const known = this.maps.get(key);
    if (known !== undefined) return known;
    const number = this.maps.size;
    this.maps.set(key, number);
    this.parts.push(numbers(made));
    return number;
  }

  private async answer(): Promise<ShortVerdict> {
    const head = await this.take(16);
    const [errno, processed, pc, length] = [0, 4, 8, 12].map((at) => head.readInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
    const text = (await this.take(length)).toString();
    const message = /^(.*?)(verification time .*)?$/.exec(text)?.[1] ?? text;
    return {
      accepted: errno === 0,
      errno,
      processed: processed < 0 ? null : processed,
      pc: errno === 0 ? null : placeOf(message, pc),
      message: errno === 0 ? '' : message,
    };
  }

  private async take(length: number): Promise<Buffer> {
    const { stdout } = this.process;
    if (stdout === null) throw new Error('the tool has no output');
    while (this.received.length < length) {
      const more = stdout.read() as Buffer | null;
      if (more !== null) this.received = this.received.length === 0 ? more : Buffer.concat([this.received, more]);
      else if (this.closed) throw new Error('the tool ended early');
      else await Promise.race([once(stdout, 'readable'), once(this.process, 'close')]);
    }
    const taken = this.received.subarray(0, length);
    this.received = this.received.subarray(length);
    return taken;
  }
}

/** Named by the message itself, or else the instruction that was printed last. */
function placeOf(message: string, printed: number): number | null {
  // Said before the instruction is printed that would be one too many.
  if (message.startsWith('BPF program is too large')) return null;
  const named = /(?:unreachable|from|at|ldimm64) insn (\d+)/.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  return printed < 0 ? null : printed;
}

function numbers(values: readonly number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}
