import { inlinedCalls, type InlinedCall } from './inlinedCalls.ts';
import { inlinedIn, lineAt, type BpfObject, type LineInfo, type Program } from '../program/program.ts';

/** An instruction of one of the object's programs. */
export interface CodePlace {
  /** Index into object.programs. */
  readonly program: number;
  readonly pc: number;
  /** Of a place to stop at: how many of the inlined calls there are entered then; all unless told. */
  readonly level?: number;
}

const NO_CALLS: readonly InlinedCall[] = [];

/** Code begins here in the address space that the disassembly view shows; eight bytes a slot. Never 0. */
const CODE_BASE = 0x1000_0000;
const SLOT_BYTES = 8;

/** What is debugged: an object's programs, the places of their instructions in texts, and their code addresses. */
export class DebugTarget {
  readonly object: BpfObject;
  /** By program: the first slot's number in the one row of all programs' code. */
  readonly #starts: readonly number[];
  readonly #slots: number;
  readonly #indices: ReadonlyMap<Program, number>;
  /** Texts that the user can see; null while nobody said, then all. */
  #shown: ReadonlySet<string> | null = null;
  /** By program and pc. */
  readonly #lineNumbers: Int32Array[] = [];
  readonly #lineNumberOf = new Map<string, number>();
  /** By program and pc. */
  readonly #calls: (readonly InlinedCall[])[][] = [];
  #exits: readonly CodePlace[] | null = null;
  #instructions: Float64Array | null = null;

  constructor(object: BpfObject) {
    this.object = object;
    this.#indices = new Map(object.programs.map((program, index) => [program, index]));
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

  indexOf(program: Program): number {
    return this.#indices.get(program) ?? 0;
  }

  /** Only these texts are there to be seen; code from others is shown, and stepped through, as a listing. */
  showOnly(paths: ReadonlySet<string>): void {
    this.#shown = paths;
    this.#lineNumbers.length = 0;
  }

  /** The text place that the user sees for an instruction; null where there is none. */
  shownLineOf(place: CodePlace): LineInfo | null {
    const line = this.lineOf(place);
    return line === null || this.#shown?.has(line.path) === false ? null : line;
  }

  /** A number for the line that the user sees: the same for all instructions of one line of a text or listing. */
  lineNumber({ program, pc }: CodePlace): number {
    const numbers = (this.#lineNumbers[program] ??= this.#numberLines(program));
    return numbers[pc] ?? -1;
  }

  /** The inlined calls that an instruction came of, from the outermost inwards, as far as their texts are shown. */
  callsAt({ program, pc }: CodePlace): readonly InlinedCall[] {
    this.#calls[program] ??= inlinedCalls(this.program(program));
    const calls = this.#calls[program]?.[pc] ?? NO_CALLS;
    const hidden = this.#shown === null ? -1 : calls.findIndex(({ path }) => this.#shown?.has(path) !== true);
    return hidden === -1 ? calls : calls.slice(0, hidden);
  }

  /** As `lineNumber`, with `level` calls entered: the line of the next call where there is one. */
  lineNumberIn(place: CodePlace, level: number): number {
    const call = this.callsAt(place)[level];
    return call === undefined ? this.lineNumber(place) : this.#numberOf(call.path, call.line);
  }

  /** Where programs may end. */
  get exits(): readonly CodePlace[] {
    this.#exits ??= this.object.programs.flatMap(({ insns }, program) =>
      insns.flatMap((insn, pc) => (insn.kind === 'exit' ? [{ program, pc }] : [])),
    );
    return this.#exits;
  }

  #numberLines(program: number): Int32Array {
    return Int32Array.from(this.program(program).insns, (_, pc) => {
      const line = this.shownLineOf({ program, pc });
      if (line === null) return -2 - (this.#starts[program] ?? 0) - pc;
      return this.#numberOf(line.path, line.line);
    });
  }

  #numberOf(path: string, line: number): number {
    const key = `${path}:${line}`;
    const known = this.#lineNumberOf.get(key) ?? this.#lineNumberOf.size;
    this.#lineNumberOf.set(key, known);
    return known;
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
    for (const program of this.object.programs)
      for (const info of [...program.lines, ...inlinedIn(program)])
        if (info.path === path && info.line >= line) nearest = Math.min(nearest, info.line);
    if (nearest === Number.POSITIVE_INFINITY) return null;
    const places = this.object.programs.flatMap((one, program) =>
      beginningsOf(one, path, nearest).map((pc) => this.#stopAt({ program, pc }, path, nearest)),
    );
    return { line: nearest, places };
  }

  /** A call that begins on the line is not entered yet. */
  #stopAt(place: CodePlace, path: string, line: number): CodePlace {
    const call = this.callsAt(place).findIndex((one) => one.path === path && one.line === line);
    return call === -1 ? place : { ...place, level: call };
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

  /** The instruction that begins at a code address; null where none does. */
  placeOf(address: number): CodePlace | null {
    const slot = (address - CODE_BASE) / SLOT_BYTES;
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.#slots) return null;
    let program = this.#starts.length - 1;
    while (program > 0 && (this.#starts[program] ?? 0) > slot) program--;
    const pc = slot - (this.#starts[program] ?? 0);
    return this.program(program).insns[pc]?.kind === 'wideSlot' ? null : { program, pc };
  }

  /** Addresses of all instructions, in order; the second slot of a wide one is none. */
  get instructions(): Float64Array {
    this.#instructions ??= Float64Array.from(
      this.object.programs.flatMap(({ insns }, program) =>
        insns.flatMap((insn, pc) => (insn.kind === 'wideSlot' ? [] : [this.addressOf({ program, pc })])),
      ),
    );
    return this.#instructions;
  }

  /** First and one past the last address of all code. */
  get codeRange(): { readonly start: number; readonly end: number } {
    return { start: CODE_BASE, end: CODE_BASE + this.#slots * SLOT_BYTES };
  }
}

/**
 * The pcs at which a line begins. Where it calls what was inlined, that function's code belongs to it: the line begins
 * there if it has none before, and does not begin anew behind.
 */
function beginningsOf(program: Program, path: string, line: number): number[] {
  const { lines } = program;
  const calls = inlinedIn(program).filter((call) => call.path === path && call.line === line);
  const own = lines.flatMap((info, index) => (begins(lines, index, path, line) ? [info.pc] : []));
  const starts = calls.filter(({ from }) => {
    const before = lines.findLast(({ pc }) => pc < from);
    return before?.path !== path || before.line !== line;
  });
  const pcs = [...own.filter((pc) => calls.every(({ to }) => to !== pc)), ...starts.map(({ from }) => from)];
  return [...new Set(pcs)].toSorted((a, b) => a - b);
}

/** A line's code may come in several pieces; each piece begins where the entry before is of another line. */
function begins(lines: readonly LineInfo[], index: number, path: string, line: number): boolean {
  const info = lines[index];
  const before = lines[index - 1];
  if (info === undefined || info.path !== path || info.line !== line) return false;
  return before === undefined || before.path !== path || before.line !== line;
}
