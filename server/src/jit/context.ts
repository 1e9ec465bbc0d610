/** What the emission of one function knows: its code, its locals, the functions it may call. */
import type { Insn, Reg } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import type { MapAddresses } from '../vm/lower.ts';
import { LAYOUT, type TrapKind } from '../vm/machine.ts';
import { Code } from './code.ts';
import { type Facts, factsAfter, NOTHING, type Scene } from './facts.ts';
import type { MapFacts } from './mapFacts.ts';
import type { MapFunctions } from './mapFunctions.ts';
import type { SlotLocals } from './emitSlots.ts';
import { type Hints, nextHints } from './hints.ts';
import type { RegisterUse } from './initialized.ts';
import { type Known, KnownRegisters } from './known.ts';
import type { ModuleCounts } from './moduleCounts.ts';
import { OP, SIMD } from './opcodes.ts';
import type { Counting } from './counting.ts';
import { WindowTable } from './windows.ts';

/**
 * `verified` trusts the verifier and checks nothing. `safe` checks every access, bounds loops and call depth, and reports
 * where a program failed; it takes any program.
 */
export type JitMode = 'verified' | 'safe';

/** Cells of the linear memory that compiled code shares with the engine; they follow the helper frame. */
export const CELLS = {
  /** Arguments r1-r5 of a helper call. */
  args: LAYOUT.helperFrame,
  result: LAYOUT.helperFrame + 40,
  /** Rounds of loops and calls that are left, i64; only in safe mode. */
  budget: LAYOUT.helperFrame + 0x400,
  /** Answer of a slow memory check: the first address of the range that is open, and its length; i64 each. */
  windowStart: LAYOUT.helperFrame + 0x408,
  windowBytes: LAYOUT.helperFrame + 0x410,
  /** Bit per register that holds a value, i32: passed to functions, and told with a trap. */
  initialized: LAYOUT.helperFrame + 0x418,
  /** Windows of context and packet, as the engine knows them: start and length each, i64. */
  readContext: LAYOUT.helperFrame + 0x440,
  writeContext: LAYOUT.helperFrame + 0x450,
  readPacket: LAYOUT.helperFrame + 0x460,
  writePacket: LAYOUT.helperFrame + 0x470,
  /** The packet's end and beginning as the context has them, and again the beginning, or -1 unless it may be written. */
  packetEnd: LAYOUT.helperFrame + 0x480,
  packetData: LAYOUT.helperFrame + 0x488,
  writableData: LAYOUT.helperFrame + 0x490,
  /** r0-r9 and the rounds of may_goto, for the interpreter that takes over. */
  registers: LAYOUT.helperFrame + 0x500,
  rounds: LAYOUT.helperFrame + 0x550,
  /** The frame in which exact mode saw a trap, i32. */
  stoppedFrame: LAYOUT.helperFrame + 0x554,
  /** The CPU that programs run on, i32. */
  cpu: LAYOUT.helperFrame + 0x438,
  /** Added to a frame's address: where exact mode keeps the site of the call that the frame waits for, i32. */
  siteOfFrame: LAYOUT.scratch + LAYOUT.scratchBytes - LAYOUT.maxFrames * LAYOUT.frameStride - LAYOUT.stack,
  /** Batches: the event that runs, whether the machine was brought to it, and the budget of each event, i64. */
  batchEvent: LAYOUT.helperFrame + 0x4e0,
  batchTouched: LAYOUT.helperFrame + 0x4e4,
  batchBudget: LAYOUT.helperFrame + 0x4e8,
} as const;

/** The registers that have a value when a program begins, a bit each: r1 and r10. */
export const ENTRY_REGISTERS = (1 << 1) | (1 << 10);

/** Every kind of trap; compiled code names a kind by its index here. */
export const TRAP_KINDS: readonly TrapKind[] = [
  'memory', 'uninitialized', 'readOnly', 'invalidInsn', 'unknownHelper', 'unsupported', 'callDepth', 'budget', 'badPc',
  'helper',
]; // prettier-ignore

/** Index of each imported function. */
export interface Imports {
  /** (helper, pc, frame) -> status; throws when the helper traps. */
  readonly helper: number;
  /** (frame) -> 1 when a function in this frame may call no other. */
  readonly tooDeep: number;
  /** (frame, pc): runs the program that a tail call chose; its r0 is the result. */
  readonly tailCall: number;
  /** (kind, pc): ends the run with a trap. */
  readonly fault: number;
  /** (address low, address high, size | write << 8, pc, frame): ends the run or answers with a window. */
  readonly check: number;
  /** (offset, size, pc) -> 1 when the packet has these bytes, which are then the result. */
  readonly packet: number;
  /** (address low, address high, pc, frame) -> index of a function, or -1 when a helper ran. */
  readonly callx: number;
  /** (frame, pc, site): the interpreter finishes the function; its r0 is the result. */
  readonly finish: number;
  /** (event of a batch) -> 1 when its packet needs no comparison any more. */
  readonly collect: number;
  /** (pc): ends the run if somebody wants it to. */
  readonly ask: number;
}

/** The same for all functions of a module. */
export interface ModuleContext {
  readonly program: Program;
  readonly mode: JitMode;
  readonly imports: Imports;
  readonly maps: MapAddresses;
  /** What is known about a map; null when nothing is. */
  readonly mapFacts: (map: number) => MapFacts | null;
  /** Functions on hash maps, where compiled code may use them. */
  readonly mapFunctions: ReadonlyMap<number, MapFunctions>;
  /** WebAssembly function of the subprogram at a pc. */
  readonly functions: ReadonlyMap<number, number>;
  /** Set when the program may read registers without a value: then compiled code keeps watch as the interpreter does. */
  readonly watched: RegisterUse | null;
  /** Guesses about the arguments of functions, from the calls that were emitted so far. */
  readonly argumentHints: Map<number, Hints>;
  /** By slot: whether an instruction's result is narrow; filled in anew for each function. */
  readonly narrowResults: Uint8Array;
  /** Number of arguments that a helper reads. */
  readonly helperArgs: (id: number) => number;
  /** Lets the interpreter finish a function. */
  readonly finishFunction: number;
  /** What exact mode counts; null when nothing is counted. */
  readonly counts: ModuleCounts | null;
  /** Whether checks may trust guesses at what pointers point to, and leave to the interpreter what fails them. */
  readonly guesses: boolean;
  /** Asks the machine about an access that no window allows. */
  readonly missFunction: number;
  /** Type of all compiled subprograms: r1-r5 and the frame, to r0. */
  readonly subprogType: number;
}

/** Parameters of a compiled subprogram: r1-r5, then the start of its stack frame. */
const PARAMS = 6;
const FRAME = 5;
/** may_goto's limit per call of a function: BPF_MAX_LOOPS of the kernel. */
export const MAX_LOOPS = 0x80_0000;

export class FunctionContext {
  readonly module: ModuleContext;
  readonly code = new Code(PARAMS);
  readonly windows: WindowTable;
  readonly temp: number;
  readonly address: number;
  private readonly registers: readonly number[];
  /** The same registers in 32 bits; see widths.ts. */
  private readonly narrowRegisters: readonly number[];
  /** Bit per register whose value is in the narrow local at this place. */
  narrow = 0;
  /** Whether the result of the instruction that is being emitted goes to a narrow local. */
  narrowResult = false;
  /** Local with the rounds that are left; null where no loop needs it. */
  readonly budget: number | null;
  /** Local with a bit per register that holds a value; null where nobody watches. */
  readonly initialized: number | null;
  /** Whether the function always runs in a frame above another one: any but the entry. */
  hasCaller = false;
  /** What registers seem to point at before the instruction that is being emitted. */
  hints: Hints = 0;
  /** What safe mode is certain of before the instruction that is being emitted. */
  facts: Facts = NOTHING;
  /** What that rests on; null where nothing is certain. */
  scene: Scene | null = null;
  /** Where the block ends that is being emitted. */
  blockEnd = 0;
  /** What is certain about registers since the block began. */
  readonly known = new KnownRegisters();
  /** What the emission of the instruction found out about its result. */
  noted: Known | null = null;
  /** Slot of the instruction that is being emitted. */
  pc = 0;
  /** Set in exact mode. */
  counting: Counting | null = null;
  /** The counter of may_goto, which one call of a function shares; null where nothing counts. */
  mayGoto: number | null = null;
  /** Whether a store may reach the stack frame that does not go through r10 visibly; only safe mode has such. */
  writesAnywhere = false;
  /** Locals that stand for parts of the frame; null where none do. */
  slots: SlotLocals | null = null;
  private reversalLocal: number | null = null;

  constructor(module: ModuleContext, loops: boolean) {
    this.module = module;
    const { code } = this;
    const r0 = code.local('i64');
    const saved = [0, 0, 0, 0].map(() => code.local('i64'));
    this.registers = [r0, 0, 1, 2, 3, 4, ...saved];
    this.narrowRegisters = this.registers.map(() => code.local('i32'));
    this.temp = code.local('i64');
    this.address = code.local('i32');
    this.budget = module.mode === 'safe' && loops && module.counts === null ? code.local('i64') : null;
    this.initialized = module.watched === null ? null : code.local('i32');
    this.windows = new WindowTable(code);
  }

  get safe(): boolean {
    return this.module.mode === 'safe';
  }

  get frame(): number {
    return FRAME;
  }

  /** Whether a register's value is in 32 bits here: its upper half is zero, or nobody reads it. */
  isNarrow(reg: Reg): boolean {
    return ((this.narrow >> reg) & 1) !== 0;
  }

  /** Takes an instruction into account for what is known, certain and guessed after it. */
  learn(insn: Insn, pc: number): void {
    this.known.after(insn);
    if (this.noted !== null && insn.kind === 'alu') this.known.note(insn.dst, this.noted);
    this.noted = null;
    if (!this.safe) return;
    if (this.scene !== null)
      this.facts = factsAfter(this.scene, this.facts, this.hints, { insn, pc, end: this.blockEnd });
    this.hints = nextHints(this.hints, insn);
  }

  /** Pushes a register's 64 bits. */
  push(reg: Reg): void {
    const { code } = this;
    if (reg < 10 && !this.isNarrow(reg)) {
      code.get(this.registers[reg] as number);
      return;
    }
    this.push32(reg);
    code.u8(OP.i64ExtendI32U);
  }

  /** Pushes a register's low 32 bits. */
  push32(reg: Reg): void {
    const { code } = this;
    if (reg === 10) {
      code.get(FRAME);
      code.i32(LAYOUT.frameBytes);
      code.u8(OP.i32Add);
    } else if (this.isNarrow(reg)) code.get(this.narrowRegisters[reg] as number);
    else {
      code.get(this.registers[reg] as number);
      code.u8(OP.i32WrapI64);
    }
  }

  /** Pops 64 bits into the register that the instruction writes. r10 is never written by valid code: it is dropped. */
  pop(reg: Reg): void {
    const { code } = this;
    if (reg === 10) code.u8(OP.drop);
    else if (this.narrowResult) {
      code.u8(OP.i32WrapI64);
      this.setNarrow(reg);
    } else {
      code.set(this.registers[reg] as number);
      this.narrow &= ~(1 << reg);
    }
  }

  /** Pops 32 bits that stand for 64 with a zero upper half, or whose upper half nobody reads. */
  pop32(reg: Reg): void {
    if (reg < 10 && this.narrowResult) {
      this.setNarrow(reg);
      return;
    }
    this.code.u8(OP.i64ExtendI32U);
    this.pop(reg);
  }

  private setNarrow(reg: Reg): void {
    this.code.set(this.narrowRegisters[reg] as number);
    this.narrow |= 1 << reg;
  }

  /** At the function's entry: arguments come in 64 bits, and those of which half is enough are narrowed. */
  narrowArguments(atEntry: number): void {
    for (let reg = 1; reg <= 5; reg++) {
      if (((atEntry >> reg) & 1) === 0) continue;
      this.code.get(this.registers[reg] as number);
      this.code.u8(OP.i32WrapI64);
      this.code.set(this.narrowRegisters[reg] as number);
    }
  }

  /** Ends the run with a trap. */
  fault(kind: TrapKind, pc: number): void {
    const { code } = this;
    this.counting?.stop(kind !== 'uninitialized');
    code.i32(TRAP_KINDS.indexOf(kind));
    code.i32(pc);
    code.call(this.module.imports.fault);
    code.u8(OP.unreachable);
  }

  /** Leaves the function with the 64 bits on the stack as r0: at an `exit`, or early in the middle of a block. */
  leave(early: boolean): void {
    if (this.counting === null) this.saveBudget();
    else this.counting.leave(early);
    this.code.u8(OP.return);
  }

  /** Before calls. */
  saveBudget(): void {
    this.counting?.beforeCall();
    if (this.budget === null) return;
    this.code.i32(CELLS.budget);
    this.code.get(this.budget);
    this.code.memory(OP.i64Store, 0);
  }

  /** After calls. */
  loadBudget(): void {
    this.counting?.afterCall();
    if (this.budget === null) return;
    this.code.i32(CELLS.budget);
    this.code.memory(OP.i64Load, 0);
    this.code.set(this.budget);
  }

  /** Called before the prologue when the function reverses bytes: the order of bytes then stands in a local. */
  reserveReversal(): void {
    this.reversalLocal ??= this.code.local('v128');
  }

  /** In the prologue. */
  setReversal(): void {
    if (this.reversalLocal === null) return;
    this.pushReversalOrder();
    this.code.set(this.reversalLocal);
  }

  /** Pushes the order of bytes that reverses eight of them. */
  pushReversal(): void {
    if (this.reversalLocal === null) this.pushReversalOrder();
    else this.code.get(this.reversalLocal);
  }

  private pushReversalOrder(): void {
    this.code.simd(SIMD.v128Const);
    for (let lane = 0; lane < 16; lane++) this.code.u8(lane < 8 ? 7 - lane : 0xff);
  }
}
