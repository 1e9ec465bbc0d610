/**
 * Leaving compiled code in the middle of a function: the interpreter goes on from some instruction with the same
 * registers and memory until the function returns, and compiled code returns what it returned.
 */
import { CELLS, type FunctionContext, MAX_LOOPS } from './context.ts';
import { Code } from './code.ts';
import { CALLER_SAVED } from './initialized.ts';
import { OP } from './opcodes.ts';
import type { WasmModule } from './wasmModule.ts';

const REGISTERS = 10;
/** Parameters of the finishing function: r0-r9, frame, pc, site, registers with a value, rounds. */
const FINISH_PARAMS = REGISTERS + 5;
const ALL_REGISTERS = 0x7ff;

interface Exit {
  /** Index among the module's sites; -1 when nothing is counted. */
  readonly site: number;
  /** The first instruction for the interpreter. */
  readonly pc: number;
  /** Whether a call has just ended, whose effect on the set of registers with values is not noted yet. */
  readonly called: boolean;
}

/** Lets the interpreter finish the function and returns its result. */
export function emitFinish(f: FunctionContext, { site, pc, called }: Exit): void {
  const { code } = f;
  for (let reg = 0; reg < REGISTERS; reg++) f.push(reg);
  code.get(f.frame);
  code.i32(pc);
  code.i32(site);
  pushInitialized(f, called);
  if (f.mayGoto === null) code.i32(MAX_LOOPS);
  else code.get(f.mayGoto);
  code.call(f.module.finishFunction);
  code.u8(OP.return);
}

/** Where nobody keeps watch, no register is read before it has a value. */
function pushInitialized(f: FunctionContext, called: boolean): void {
  const { code } = f;
  if (f.initialized === null) {
    code.i32(ALL_REGISTERS);
    return;
  }
  code.get(f.initialized);
  if (!called) return;
  code.i32(~CALLER_SAVED);
  code.u8(OP.i32And);
  code.i32(1);
  code.u8(OP.i32Or);
}

/** One function for all exits of a module: hands everything to the engine and yields r0. */
export function addFinishFunction(wasm: WasmModule, finish: number): number {
  const code = new Code(FINISH_PARAMS);
  for (let reg = 0; reg < REGISTERS; reg++) {
    code.i32(CELLS.registers);
    code.get(reg);
    code.memory(OP.i64Store, 8 * reg);
  }
  const [frame, pc, site, initialized, rounds] = [0, 1, 2, 3, 4].map((i) => REGISTERS + i) as [
    number, number, number, number, number,
  ]; // prettier-ignore
  for (const [cell, param] of [
    [CELLS.initialized, initialized],
    [CELLS.rounds, rounds],
  ] as const) {
    code.i32(cell);
    code.get(param);
    code.memory(OP.i32Store, 0);
  }
  for (const param of [frame, pc, site]) code.get(param);
  code.call(finish);
  code.i32(CELLS.result);
  code.memory(OP.i64Load, 0);
  const params = [...Array.from({ length: REGISTERS }, () => 'i64' as const), ...FINISH_REST];
  return wasm.addFunction({ type: wasm.type(params, ['i64']), locals: code.locals, code });
}

const FINISH_REST = ['i32', 'i32', 'i32', 'i32', 'i32'] as const;
