import { lineAt, type BpfObject, type LineInfo, type Program } from '../program/program.ts';

/** An instruction of one of the object's programs. */
export interface CodePlace {
  /** Index into object.programs. */
  readonly program: number;
  readonly pc: number;
}

/** A place in a text. Lines and columns are one-based. */
export interface TextPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** Code begins here in the address space that the disassembly view shows; eight bytes a slot. Never 0. */
const CODE_BASE = 0x1000_0000;
const SLOT_BYTES = 8;

/** What is debugged: an object's programs, the places of their instructions in texts, and their code addresses. */
export class DebugTarget {
  readonly object: BpfObject;
  /** By program: the first slot's number in the one row of all programs' code. */
  readonly #starts: readonly number[];
  readonly #slots: number;

  constructor(object: BpfObject) {
    this.object = object;
    let next = 0;
    this.#starts = object.programs.map(({ insns }) => {
      const start = next;
      next += insns.length;
      return start;
    });
    this.#slots = next;
  }

  program(index: number): Program {
    const program = this.object.programs[index];
    if (program === undefined) throw new RangeError(`no program ${index}`);
    return program;
  }

  /** Every text that instructions come from. */
  paths(): string[] {
    return [...new Set(this.object.programs.flatMap(({ lines }) => lines.map(({ path }) => path)))];
  }

  lineOf({ program, pc }: CodePlace): LineInfo | null {
    return lineAt(this.program(program), pc);
  }

  /**
   * The instructions where a breakpoint on `line` stops: those at which the line's code begins, in every program; where
   * the line has none, those of the next line that has.
   */
  placesOfLine(path: string, line: number): { readonly line: number; readonly places: readonly CodePlace[] } | null {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { lines } of this.object.programs)
      for (const info of lines) if (info.path === path && info.line >= line) nearest = Math.min(nearest, info.line);
    if (nearest === Number.POSITIVE_INFINITY) return null;
    const places = this.object.programs.flatMap(({ lines }, program) =>
      lines.flatMap((info, index) => (begins(lines, index, path, nearest) ? [{ program, pc: info.pc }] : [])),
    );
    return { line: nearest, places };
  }

  /** Where a function of that name begins, in every program that holds it. */
  placesOfFunction(name: string): CodePlace[] {
    return this.object.programs.flatMap(({ subprogs, name: own }, program) =>
      subprogs.flatMap((subprog, index) =>
        subprog.name === name || (index === 0 && own === name) ? [{ program, pc: subprog.start }] : [],
      ),
    );
  }

  addressOf({ program, pc }: CodePlace): number {
    return CODE_BASE + ((this.#starts[program] ?? 0) + pc) * SLOT_BYTES;
  }

  /** The instruction at a code address; null where there is none. */
  placeOf(address: number): CodePlace | null {
    const slot = (address - CODE_BASE) / SLOT_BYTES;
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.#slots) return null;
    let program = this.#starts.length - 1;
    while (program > 0 && (this.#starts[program] ?? 0) > slot) program--;
    return { program, pc: slot - (this.#starts[program] ?? 0) };
  }

  /** First and one past the last address of all code. */
  get codeRange(): { readonly start: number; readonly end: number } {
    return { start: CODE_BASE, end: CODE_BASE + this.#slots * SLOT_BYTES };
  }
}

/** A line's code may come in several pieces; each piece begins where the entry before is of another line. */
function begins(lines: readonly LineInfo[], index: number, path: string, line: number): boolean {
  const info = lines[index];
  const before = lines[index - 1];
  if (info === undefined || info.path !== path || info.line !== line) return false;
  return before === undefined || before.path !== path || before.line !== line;
}
