/** A program to a WebAssembly module. The bytes depend on the program, the mode and the maps' addresses, nothing else. */
import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { lower, type MapAddresses } from '../vm/lower.ts';
import { batchFunction, type BatchShape } from './batch.ts';
import { Code } from './code.ts';
import { compileFunction, compileTooLarge } from './compileFunction.ts';
import { CELLS, type Imports, type JitMode, type ModuleContext } from './context.ts';
import { type FlowGraph, flowGraph, FlowMarks } from './controlFlow.ts';
import type { MapFacts } from './mapFacts.ts';
import { addMapFunctions } from './mapFunctions.ts';
import { addMissFunction } from './emitMemory.ts';
import { addFinishFunction } from './exits.ts';
import { ENTRY_HINTS } from './hints.ts';
import { mayReadUninitialized, type RegisterUse } from './initialized.ts';
import { ModuleCounts } from './moduleCounts.ts';
import { OP } from './opcodes.ts';
import { WasmModule } from './wasmModule.ts';

export interface CompileOptions {
  /** What `loadMap` yields; without it every `loadMap` traps. */
  readonly maps?: MapAddresses;
  /** What is known about the maps; without it every lookup asks the machine. */
  readonly mapFacts?: (map: number) => MapFacts | null;
  /** Number of arguments that a helper reads; without it helpers read none. */
  readonly helperArgs?: (id: number) => number;
  /** Whether r2 has a value when the program begins, which only the conformance protocol sets. */
  readonly entryHasR2?: boolean;
  /** Exact mode: where the counters lie, from `start` up to `end`. */
  readonly counters?: { readonly start: number; readonly end: number } | null;
  /** Safe mode: false when guesses at what pointers point to have proven wrong. */
  readonly guesses?: boolean;
  /** For tests: every function becomes a dispatch loop. */
  readonly forceDispatch?: boolean;
  /** Also makes the function that runs many events. */
  readonly batch?: BatchShape | null;
}

export interface CompiledProgram {
  readonly bytes: Uint8Array;
  /** First slot of each function, by its index in the module's table. */
  readonly functions: readonly number[];
  /** Functions (by first slot) that only trap, because they are too large for WebAssembly. */
  readonly tooLarge: ReadonlySet<number>;
  /** Set in exact mode. */
  readonly counts: ModuleCounts | null;
}

const NO_MAPS: MapAddresses = { handle: () => null, value: () => null };

/** Two 64-KiB pages beyond the stack are enough for programs that touch nothing else; the machine has more. */
const MIN_MEMORY_PAGES = 4;

/** The module's bytes: imports "machine" (see `Imports`), exports `main`, `repeat` and `callback`. */
export function compileToWasm(program: Program, mode: JitMode, options: CompileOptions = {}): Uint8Array {
  return compileProgram(program, mode, options).bytes;
}

export function compileProgram(program: Program, mode: JitMode, options: CompileOptions = {}): CompiledProgram {
  const wasm = new WasmModule();
  const imports = declareImports(wasm);
  wasm.importMemory(MIN_MEMORY_PAGES);
  const finishFunction = addFinishFunction(wasm, imports.finish);
  const counts = options.counters ? new ModuleCounts(options.counters.start, options.counters.end) : null;
  const missFunction = addMissFunction(wasm, imports.check);
  const mapFacts = options.mapFacts ?? (() => null);
  const mapFunctions = addMapFunctions(wasm, program, mapFacts);
  const functions = findFunctions(program);
  const { starts, flows } = functions;
  const module: ModuleContext = {
    program,
    mode,
    imports,
    maps: options.maps ?? NO_MAPS,
    mapFacts,
    mapFunctions,
    functions: new Map(starts.map((pc, i) => [pc, wasm.nextFunction + i])),
    argumentHints: new Map([[0, ENTRY_HINTS]]),
    narrowResults: new Uint8Array(program.insns.length),
    helperArgs: options.helperArgs ?? (() => 0),
    finishFunction,
    counts,
    guesses: options.guesses ?? true,
    missFunction,
    watched: mode === 'safe' ? findWatched(program, functions, options) : null,
    subprogType: wasm.type(['i64', 'i64', 'i64', 'i64', 'i64', 'i32'], ['i64']),
  };
  const table = [...module.functions.values()];
  const tooLarge = new Set<number>();
  for (const pc of starts) {
    const flow = flows.get(pc);
    const callable = functions.callable.has(pc);
    const forceDispatch = options.forceDispatch ?? false;
    const compiled = flow === undefined ? null : compileFunction(module, flow, { callable, forceDispatch });
    if (compiled === null) tooLarge.add(pc);
    wasm.addFunction(compiled ?? compileTooLarge(module, pc));
  }
  wasm.export('main', wasm.addFunction(entryFunction(wasm, table[0] ?? 0)));
  wasm.export('repeat', wasm.addFunction(repeatFunction(wasm, table[0] ?? 0)));
  wasm.export('callback', wasm.addFunction(callbackFunction(wasm, module)));
  if (options.batch)
    wasm.export('batch', wasm.addFunction(batchFunction(wasm, table[0] ?? 0, imports.collect, options.batch)));
  wasm.setTable(table);
  return { bytes: wasm.write(), functions: starts, tooLarge, counts };
}

function declareImports(wasm: WasmModule): Imports {
  return {
    helper: wasm.importFunction('helper', ['i32', 'i32', 'i32'], ['i32']),
    tooDeep: wasm.importFunction('tooDeep', ['i32'], ['i32']),
    tailCall: wasm.importFunction('tailCall', ['i32', 'i32'], []),
    fault: wasm.importFunction('fault', ['i32', 'i32'], []),
    check: wasm.importFunction('check', ['i32', 'i32', 'i32', 'i32', 'i32'], []),
    packet: wasm.importFunction('packet', ['i32', 'i32', 'i32'], ['i32']),
    callx: wasm.importFunction('callx', ['i32', 'i32', 'i32', 'i32'], ['i32']),
    finish: wasm.importFunction('finish', ['i32', 'i32', 'i32'], []),
    collect: wasm.importFunction('collect', ['i32'], ['i32']),
    ask: wasm.importFunction('ask', ['i32'], []),
  };
}

interface Functions {
  /** Slots at which functions begin, the entry first. */
  readonly starts: readonly number[];
  /** Those that something can call. */
  readonly callable: ReadonlySet<number>;
  /** Those whose address is taken: callbacks, and callees of calls through registers. */
  readonly addressTaken: ReadonlySet<number>;
  /** Missing where the limit was reached. */
  readonly flows: ReadonlyMap<number, FlowGraph>;
}

function findFunctions(program: Program): Functions {
  const { insns } = program;
  const called = new Set<number>();
  const addressTaken = new Set<number>();
  const inside = (pc: number): boolean => pc >= 0 && pc < insns.length;
  insns.forEach((insn, pc) => {
    if (insn.kind === 'call' && insn.target === 'subprog' && inside(pc + 1 + insn.imm)) called.add(pc + 1 + insn.imm);
    if (insn.kind === 'loadFunc' && inside(pc + 1 + insn.off)) addressTaken.add(pc + 1 + insn.off);
  });
  const { exceptionCallback } = program;
  if (typeof exceptionCallback === 'number') addressTaken.add(exceptionCallback);
  const callable = new Set([...called, ...addressTaken]);
  const starts = [...new Set([0, ...callable, ...program.subprogs.map((subprog) => subprog.start)])];
  return { starts, callable, addressTaken, flows: findFlows(insns, starts) };
}

/**
 * Functions that run into one another are compiled once per entry. That is rare and small in real programs; a limit on
 * the slots over all functions bounds what hostile ones can cause.
 */
function findFlows(insns: readonly Insn[], starts: readonly number[]): Map<number, FlowGraph> {
  const marks = new FlowMarks(insns.length);
  const flows = new Map<number, FlowGraph>();
  let left = 4 * insns.length + 0x1_0000;
  for (const pc of starts) {
    if (left <= 0) break;
    const flow = flowGraph(insns, pc, marks);
    for (const block of flow.blocks) left -= block.end - block.start + 1;
    flows.set(pc, flow);
  }
  return flows;
}

function findWatched(program: Program, functions: Functions, options: CompileOptions): RegisterUse | null {
  const use = lower(program, options.maps ?? NO_MAPS, options.helperArgs ?? (() => 0));
  const { flows, addressTaken } = functions;
  return mayReadUninitialized(program.insns, flows, addressTaken, use, options.entryHasR2 ?? false) ? use : null;
}

/** main(ctx, r2, frame): runs the program and leaves r0 in the result cell. */
function entryFunction(wasm: WasmModule, entry: number) {
  const code = new Code(3);
  callEntry(code, entry);
  return { type: wasm.type(['i32', 'i32', 'i32'], []), locals: code.locals, code };
}

function callEntry(code: Code, entry: number): void {
  code.i32(CELLS.result);
  for (const param of [0, 1]) {
    code.get(param);
    code.u8(OP.i64ExtendI32U);
  }
  for (let reg = 3; reg <= 5; reg++) code.i64(0);
  code.get(2);
  code.call(entry);
  code.memory(OP.i64Store, 0);
}

/** repeat(ctx, r2, frame, count): what `main` does, count times, at least once. */
function repeatFunction(wasm: WasmModule, entry: number) {
  const code = new Code(4);
  const round = code.loop();
  callEntry(code, entry);
  code.get(3);
  code.i32(1);
  code.u8(OP.i32Sub);
  code.tee(3);
  code.brIf(round);
  code.end();
  return { type: wasm.type(['i32', 'i32', 'i32', 'i32'], []), locals: code.locals, code };
}

/** callback(function, frame): calls a function of the table with the arguments of the helper frame. */
function callbackFunction(wasm: WasmModule, module: ModuleContext) {
  const code = new Code(2);
  code.i32(CELLS.result);
  for (let reg = 0; reg < 5; reg++) {
    code.i32(CELLS.args);
    code.memory(OP.i64Load, 8 * reg);
  }
  code.get(1);
  code.get(0);
  code.u8(OP.callIndirect);
  code.unsigned(module.subprogType);
  code.unsigned(0);
  code.memory(OP.i64Store, 0);
  return { type: wasm.type(['i32', 'i32'], []), locals: code.locals, code };
}
