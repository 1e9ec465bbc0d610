/** One machine's compiled programs while they run. */
import { HELPERS } from '../kernel/helpers.ts';
import type { Program } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import { frameLimit } from '../vm/frames.ts';
import { explainAccess } from '../vm/explainAccess.ts';
import { LOOK_BACK } from '../vm/loopWatch.ts';
import { HELPER_STATUS, LAYOUT, type Fault, type HelperStatus, type Trap, type TrapKind } from '../vm/machine.ts';
import { STOPPED } from '../vm/stopSignal.ts';
import { compileProgram } from './compile.ts';
import type { BatchHooks, BatchShape } from './batch.ts';
import { CELLS, ENTRY_REGISTERS, TRAP_KINDS } from './context.ts';
import { Handover } from './handover.ts';
import { factsOf } from './mapFacts.ts';
import { explainFault } from './explainFault.ts';
import { openWindow } from './openWindow.ts';
import type { ModuleCounts } from './moduleCounts.ts';
import { HOME_WINDOW, MIN_WINDOW_BYTES } from './windows.ts';

/** Thrown through compiled code to end a run; always this one object, and always caught in `execute`. */
const STOP = new Error('the run ends');

/** Thrown through compiled code by bpf_throw, up to where the program that throws was entered. */
const EXCEPTION = new Error('the program throws');

const WORD = {
  args: CELLS.args >> 2,
  result: CELLS.result >> 2,
  budget: CELLS.budget >> 2,
  initialized: CELLS.initialized >> 2,
  stoppedFrame: CELLS.stoppedFrame >> 2,
  window: CELLS.windowStart >> 2,
  cpu: CELLS.cpu >> 2,
  readContext: CELLS.readContext >> 2,
  writeContext: CELLS.writeContext >> 2,
  readPacket: CELLS.readPacket >> 2,
  writePacket: CELLS.writePacket >> 2,
  batchEvent: CELLS.batchEvent >> 2,
  batchTouched: CELLS.batchTouched >> 2,
  batchBudget: CELLS.batchBudget >> 2,
  packetEnd: CELLS.packetEnd >> 2,
  packetData: CELLS.packetData >> 2,
  writableData: CELLS.writableData >> 2,
} as const;

const FRAME_POINTER = 1 << 10;

/** A program that was compiled and instantiated. */
export interface LoadedModule {
  readonly program: Program;
  readonly bytes: number;
  readonly main: (ctx: number, r2: number, frame: number) => void;
  readonly repeat: (ctx: number, r2: number, frame: number, count: number) => void;
  readonly callback: (index: number, frame: number) => void;
  /** Missing where nobody runs batches. */
  readonly batch?: (from: number, to: number) => void;
  /** Index in the module's table, by the slot a function begins at. */
  readonly functions: ReadonlyMap<number, number>;
  readonly tooLarge: ReadonlySet<number>;
  /** Set in exact mode. */
  readonly counts: ModuleCounts | null;
  /** Whether checks guess what pointers point to, and how often that was wrong where nothing else was. */
  readonly guesses: boolean;
  wrongGuesses: number;
}

/** Programs whose guesses are wrong more often are compiled once more, without them. */
const MOST_WRONG_GUESSES = 100;

export interface JitRunOptions {
  readonly exact: boolean;
  readonly forceDispatch: boolean;
  /** For tests: safe code without guesses at what pointers point to. */
  readonly noGuesses: boolean;
  readonly batch: BatchSetup | null;
}

/** How batches look and who takes part in them. */
export interface BatchSetup {
  readonly shape: BatchShape;
  readonly hooks: BatchHooks;
}

export class JitRun {
  readonly machine: Machine;
  trap: Trap | null = null;
  private readonly trusted: ReadonlySet<Program>;
  private readonly forceDispatch: boolean;
  private readonly guesses: boolean;
  readonly handover: Handover;
  private readonly exact: boolean;
  private readonly modules: (LoadedModule | null)[];
  private readonly words: Int32Array;
  private readonly batch: BatchSetup | null;
  private inBatch = false;
  private batchBudget = 0;
  /** Whether any of the modules looks at the windows. */
  private checked = false;

  constructor(machine: Machine, trusted: ReadonlySet<Program>, options: JitRunOptions) {
    this.batch = options.batch;
    this.machine = machine;
    this.trusted = trusted;
    this.forceDispatch = options.forceDispatch;
    this.guesses = !options.noGuesses;
    this.exact = options.exact;
    this.handover = new Handover(machine);
    this.modules = machine.programs.map(() => null);
    this.words = machine.memory.i32;
  }

  get insns(): number | null {
    return this.exact ? this.handover.insns : null;
  }
  get visits(): ReadonlyMap<Program, Float64Array> | null {
    return this.exact ? this.handover.visits : null;
  }
  get resultLow(): number {
    return this.words[WORD.result] ?? 0;
  }
  get resultHigh(): number {
    return this.words[WORD.result + 1] ?? 0;
  }

  /** Runs a program `count` times, at least once, all of it out of one budget. */
  execute(entry: number, ctx: number, budget: number, r2: number, count: number): boolean {
    const { words, machine } = this;
    const module = this.load(entry);
    machine.begin();
    this.trap = null;
    this.handover.begin(budget);
    setBudget(words, WORD.budget, budget);
    words[WORD.cpu] = machine.world.cpu;
    words[WORD.initialized] = ENTRY_REGISTERS | (machine.callxHelpers ? 0b100 : 0);
    if (this.checked) this.publishWindows();
    try {
      if (count > 1) module.repeat(ctx, r2, LAYOUT.stack, count);
      else this.enter(module, ctx, r2, LAYOUT.stack);
      return true;
    } catch (error) {
      if (error !== STOP) this.trap = trapOfEngine(error, module.program);
      return false;
    }
  }

  /** Runs rows of a batch, at least one. Yields `to`, or the row that trapped. */
  executeBatch(entry: number, from: number, to: number, budget: number): number {
    const { words } = this;
    const module = this.load(entry);
    this.trap = null;
    this.handover.begin(budget);
    this.batchBudget = budget;
    setBudget(words, WORD.batchBudget, budget);
    words[WORD.cpu] = this.machine.world.cpu;
    this.inBatch = true;
    try {
      module.batch?.(from, to);
      return to;
    } catch (error) {
      if (error !== STOP) this.trap = trapOfEngine(error, module.program);
      const row = words[WORD.batchEvent] ?? from;
      if (words[WORD.batchTouched] !== 0) this.collect(row);
      return row;
    } finally {
      this.inBatch = false;
    }
  }

  /** Before anything looks at the machine: in a batch it may still stand where an earlier event left it. */
  private touch(): void {
    const { words } = this;
    if (!this.inBatch || words[WORD.batchTouched] !== 0) return;
    words[WORD.batchTouched] = 1;
    this.batch?.hooks.restore(words[WORD.batchEvent] ?? 0);
    this.machine.begin();
    this.handover.begin(this.batchBudget);
  }

  /** A touched event is over. */
  private collect(row: number): boolean {
    this.words[WORD.batchTouched] = 0;
    return this.batch?.hooks.collect(row) === true;
  }

  /** Runs a program; where it throws, its exception callback or the cookie itself gives the result. */
  private enter(module: LoadedModule, ctx: number, r2: number, frame: number): void {
    try {
      module.main(ctx, r2, frame);
    } catch (error) {
      this.leaveFrames(error, module, frame);
      this.handleException(module, frame);
    }
  }

  /** A callback that throws itself is called again, as long as the budget lasts. */
  private handleException(module: LoadedModule, frame: number): void {
    const { words } = this;
    const target = module.functions.get(module.program.exceptionCallback ?? -1);
    if (target === undefined) {
      words.copyWithin(WORD.result, WORD.args, WORD.args + 2);
      return;
    }
    for (;;) {
      words[WORD.initialized] = ENTRY_REGISTERS;
      try {
        module.callback(target, frame);
        return;
      } catch (error) {
        this.leaveFrames(error, module, frame);
      }
    }
  }

  /** The frames of the program end where they stand. */
  private leaveFrames(error: unknown, module: LoadedModule, frame: number): void {
    if (error !== EXCEPTION) throw error;
    this.handover.stopFrames(module, this.handover.thrownDepth, depthOf(frame));
  }

  /** The compiled form of one of the machine's programs, made when it is first needed. */
  load(index: number): LoadedModule {
    const known = this.modules[index];
    if (known && (known.wrongGuesses < MOST_WRONG_GUESSES || !known.guesses)) return known;
    const guesses = !known && this.guesses;
    const { machine } = this;
    const program = machine.programs[index] as Program;
    const mode = this.trusted.has(program) ? 'verified' : 'safe';
    if (mode === 'safe') this.checked = true;
    const counters = this.exact ? this.handover.space : null;
    const { bytes, functions, tooLarge, counts } = compileProgram(program, mode, {
      counters,
      guesses,
      maps: machine.mapAddresses,
      mapFacts: (map) => {
        const known = machine.maps[map];
        return known ? factsOf(known) : null;
      },
      helperArgs: (id) => machine.helperArgs(id),
      entryHasR2: machine.callxHelpers,
      forceDispatch: this.forceDispatch,
      batch: this.batch?.shape ?? null,
    });
    let loaded: LoadedModule | null = null;
    const self = (): LoadedModule => loaded as LoadedModule;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { machine: this.imports(self) });
    const exports = instance.exports as unknown as Pick<LoadedModule, 'main' | 'repeat' | 'callback' | 'batch'>;
    const table = new Map(functions.map((start, i) => [start, i]));
    loaded = { ...exports, program, bytes: bytes.length, functions: table, tooLarge, counts, guesses, wrongGuesses: 0 };
    if (counts !== null && !counts.full) this.handover.loaded(program, counts);
    this.modules[index] = loaded;
    return loaded;
  }

  /** What compiled code calls; see `Imports` for the parameters. `self` is the module that calls. */
  private imports(self: () => LoadedModule): Record<string, unknown> {
    return {
      memory: this.machine.memory.wasm,
      helper: (id: number, pc: number, frame: number) => {
        this.touch();
        return this.callHelper(self(), id, pc, frame);
      },
      tooDeep: (frame: number) => (this.tooDeep(frame) ? 1 : 0),
      tailCall: (frame: number) => this.tailCall(self(), frame),
      fault: (kind: number, pc: number) => {
        this.touch();
        this.fault(self(), TRAP_KINDS[kind] ?? 'helper', pc);
      },
      check: (low: number, high: number, access: number, pc: number, frame: number) => {
        this.touch();
        this.check(self(), low, high, access, pc, frame);
      },
      packet: (offset: number, size: number) => {
        this.touch();
        return this.loadPacket(offset, size);
      },
      finish: (frame: number, pc: number, site: number) => {
        this.touch();
        this.finish(self(), frame, pc, site);
      },
      callx: (low: number, high: number, pc: number, frame: number) => {
        this.touch();
        return this.callRegister(self(), low, high, pc, frame);
      },
      collect: (row: number) => (this.collect(row) ? 1 : 0),
      ask: (pc: number) => {
        if (this.machine.stop?.() !== true) return;
        this.touch();
        this.stop(self(), pc, STOPPED);
      },
    };
  }

  private callHelper(module: LoadedModule, id: number, pc: number, frame: number): HelperStatus {
    const { machine } = this;
    machine.regions.depth = depthOf(frame);
    machine.pc = pc;
    machine.runningProgram = module.program;
    let status = machine.callHelper(id);
    while (status === HELPER_STATUS.callback) status = this.runCallback(module, pc, frame);
    if (status === HELPER_STATUS.trap) this.stop(module, pc, machine.fault);
    if (status === HELPER_STATUS.exception) {
      this.handover.thrownDepth = depthOf(frame);
      throw EXCEPTION;
    }
    if (this.checked) this.publishWindows();
    return status;
  }

  /** Tells compiled code where context and packet are; helpers may have moved the packet. */
  publishWindows(): void {
    const { words } = this;
    const { ctxBytes, ctxHidden, ctxWritable, packetStart, packetEnd, packetWritable } = this.machine.regions;
    publish(words, WORD.readContext, LAYOUT.ctx + ctxHidden, ctxBytes - ctxHidden);
    publish(words, WORD.writeContext, LAYOUT.ctx + ctxHidden, ctxWritable === null ? ctxBytes - ctxHidden : 0);
    words[WORD.packetEnd] = packetEnd;
    words[WORD.packetData] = packetStart;
    words[WORD.writableData] = packetWritable ? packetStart : -1;
    words[WORD.writableData + 1] = packetWritable ? 0 : -1;
    publish(words, WORD.readPacket, packetStart, packetEnd - packetStart);
    publish(words, WORD.writePacket, packetStart, packetWritable ? packetEnd - packetStart : 0);
  }

  /** Whether a function in this frame may call no other. */
  private tooDeep(frame: number): boolean {
    return depthOf(frame) >= frameLimit(this.machine);
  }

  /** Runs the function that a helper wants called, in the next frame, and gives the helper its result. */
  private runCallback(module: LoadedModule, pc: number, frame: number): HelperStatus {
    const { machine, words } = this;
    const waiting = machine.callback;
    const target = waiting?.target ?? 0;
    const index = module.functions.get((target - LAYOUT.code) / 8);
    if (index === undefined)
      return this.stop(module, pc, {
        kind: 'badPc',
        message: `the callback at ${target} is not a function of the program`,
        address: null,
      });
    const endless = this.handover.countCallback(HELPERS[(waiting?.helper ?? 0) - 1]?.name ?? 'a helper');
    if (endless !== null) return this.stop(module, pc, endless);
    if (this.tooDeep(frame)) {
      words[WORD.stoppedFrame] = frame;
      this.fault(module, 'callDepth', pc);
    }
    if (this.checked) this.publishWindows();
    words[WORD.initialized] = FRAME_POINTER | (((1 << (waiting?.args ?? 5)) - 1) << 1);
    module.callback(index, frame + LAYOUT.frameStride);
    machine.callback = waiting;
    machine.pc = pc;
    machine.regions.depth = depthOf(frame);
    return machine.resumeCallback(this.resultLow, this.resultHigh);
  }

  /** Another program takes over the frame; it returns like a call, with its r0 in the result cell. */
  private tailCall(from: LoadedModule, frame: number): void {
    const module = this.load(this.machine.tailProgram);
    if (this.checked) this.publishWindows();
    this.words[WORD.initialized] = ENTRY_REGISTERS;
    this.handover.beforeTailCall(from, frame);
    if (module.counts?.full === true) this.takeResult(this.handover.runProgram(module, frame));
    else this.enter(module, LAYOUT.ctx, 0, frame);
    this.handover.afterTailCall();
  }

  /** The interpreter does what is left of a function. */
  private finish(module: LoadedModule, frame: number, pc: number, site: number): void {
    const result = this.handover.finish(module, frame, pc, site);
    if (result === null && this.handover.left > LOOK_BACK) module.wrongGuesses++;
    this.takeResult(result);
    this.machine.regions.depth = depthOf(frame);
  }

  private takeResult(trap: Trap | 'thrown' | null): void {
    if (trap === 'thrown') throw EXCEPTION;
    if (trap !== null) {
      this.trap = trap;
      throw STOP;
    }
    const { low, high } = this.handover.result;
    this.words[WORD.result] = low;
    this.words[WORD.result + 1] = high;
    if (this.checked) this.publishWindows();
  }

  private check(module: LoadedModule, low: number, high: number, access: number, pc: number, frame: number): void {
    const { machine, words } = this;
    const { regions } = machine;
    const size = access & 0xff;
    const write = access > 0xff;
    regions.depth = depthOf(frame);
    if (high !== 0 || !regions.allows(low >>> 0, size, write)) this.refuse(module, low, high, size, write, pc);
    const window = openWindow(regions, low >>> 0, write);
    publish(words, WORD.window, window.start, window.bytes);
  }

  private refuse(module: LoadedModule, low: number, high: number, size: number, write: boolean, pc: number): never {
    const { machine } = this;
    const mapName = (index: number): string | null => machine.maps[index]?.spec.name ?? null;
    const access = { verb: write ? 'writes' : 'reads', size, write, mapName, nullFrom: machine.nullFrom };
    return this.stop(module, pc, explainAccess(machine.regions, toBig(low, high), access));
  }

  private loadPacket(offset: number, size: number): number {
    const value = this.machine.packet.loadNetworkOrder(offset, size);
    if (value === null) return 0;
    this.words[WORD.result] = value;
    this.words[WORD.result + 1] = 0;
    return 1;
  }

  private callRegister(module: LoadedModule, low: number, high: number, pc: number, frame: number): number {
    const { machine } = this;
    machine.regions.depth = depthOf(frame);
    const target = ((low >>> 0) - LAYOUT.code) / 8;
    const index = high === 0 ? module.functions.get(target) : undefined;
    if (index !== undefined) return index;
    if (machine.callxHelpers && high === 0 && low >>> 0 < 0x1_0000) {
      this.callHelper(module, low >>> 0, pc, frame);
      return -1;
    }
    const address = toBig(low, high);
    const insn = module.program.insns[pc];
    const register = insn?.kind === 'callx' ? insn.reg : 0;
    const message = `calls r${register} = 0x${address.toString(16)}, which is not the address of a function`;
    return this.stop(module, pc, { kind: 'badPc', message, address });
  }

  private fault(module: LoadedModule, kind: TrapKind, pc: number): never {
    const initialized = this.words[WORD.initialized] ?? 0;
    if (this.exact) this.machine.regions.depth = this.handover.stoppedDepth;
    return this.stop(module, pc, explainFault(this.machine, module, kind, pc, initialized));
  }

  private stop(module: LoadedModule, pc: number, fault: Fault | null): never {
    const { kind, message, address } = fault ?? { kind: 'helper', message: 'a helper failed', address: null };
    this.trap = { kind, pc, program: module.program.name, message, address };
    this.handover.stopFrames(module, this.machine.regions.depth);
    throw STOP;
  }
}

function setBudget(words: Int32Array, word: number, budget: number): void {
  words[word] = budget;
  words[word + 1] = budget <= 0xffff_ffff ? 0 : Math.floor(budget / 0x1_0000_0000);
}

/** Writes a window; the upper halves of both numbers are always zero. Too short ones are replaced by one always open. */
function publish(words: Int32Array, word: number, start: number, bytes: number): void {
  const open = bytes >= MIN_WINDOW_BYTES;
  words[word] = open ? start : HOME_WINDOW.start;
  words[word + 2] = open ? bytes : HOME_WINDOW.bytes;
}

/** WebAssembly's own traps: what checks would have found, had there been any. The place is unknown. */
function trapOfEngine(error: unknown, program: Program): Trap {
  const trap = (kind: TrapKind, message: string): Trap => ({
    kind,
    pc: null,
    program: program.name,
    message,
    address: null,
  });
  if (error instanceof WebAssembly.RuntimeError) return trap('memory', 'accesses memory that is not mapped');
  if (error instanceof RangeError) return trap('callDepth', 'calls nest too deeply');
  throw error;
}

function depthOf(frame: number): number {
  return (frame - LAYOUT.stack) / LAYOUT.frameStride + 1;
}

function toBig(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
