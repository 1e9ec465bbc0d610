import { Code } from '../server/src/jit/code.ts';
import { CELLS, type JitMode } from '../server/src/jit/context.ts';
import { JitRun, type LoadedModule } from '../server/src/jit/jitRun.ts';
import { OP } from '../server/src/jit/opcodes.ts';
import { WasmModule } from '../server/src/jit/wasmModule.ts';
import { LAYOUT } from '../server/src/vm/machine.ts';
import { type Contender, timed } from './contender.ts';
import { BUDGET, machineOf } from './sampleMachine.ts';
import type { Workload } from './workloads.ts';

/** The registers that have a value when a program begins, a bit each. */
const R1_AND_R10 = (1 << 1) | (1 << 10);

/** Runs between two returns to JavaScript: the loop is replaced by its optimised form only when it is entered anew. */
const RUNS_PER_CALL = 4096;

/** The compiled program, called from a loop in WebAssembly as the batch replay does, so that no boundary is measured. */
export function jitContender({ object, program }: Workload, mode: JitMode): Contender {
  const machine = machineOf(object);
  const running = new JitRun(machine, new Set(mode === 'verified' ? [program] : []), false);
  const entry = machine.programs.indexOf(program);
  if (!running.execute(entry, LAYOUT.ctx, BUDGET, 0)) throw new Error(running.trap?.message);
  const first = running.resultLow >>> 0;
  const loop = loopOver(running.load(entry).main, machine.memory.wasm);
  return {
    first,
    measure: (ms) =>
      timed(ms, (runs) => {
        for (let left = runs; left > 0; left -= RUNS_PER_CALL) loop(Math.min(left, RUNS_PER_CALL));
      }),
  };
}

/** A function that calls `main` so many times; each time the cells are set that a run begins with. */
function loopOver(main: LoadedModule['main'], memory: WebAssembly.Memory): (runs: number) => void {
  const wasm = new WasmModule();
  const callee = wasm.importFunction('main', ['i32', 'i32', 'i32'], []);
  wasm.importMemory(1);
  const code = new Code(1);
  const again = code.loop();
  code.i32(CELLS.budget);
  code.i64(BUDGET);
  code.memory(OP.i64Store, 0);
  code.i32(CELLS.initialized);
  code.i32(R1_AND_R10);
  code.memory(OP.i32Store, 0);
  for (const argument of [LAYOUT.ctx, 0, LAYOUT.stack]) code.i32(argument);
  code.call(callee);
  code.get(0);
  code.i32(1);
  code.u8(OP.i32Sub);
  code.tee(0);
  code.brIf(again);
  code.end();
  wasm.export('loop', wasm.addFunction({ type: wasm.type(['i32'], []), locals: code.locals, code }));
  const module = new WebAssembly.Module(Uint8Array.from(wasm.write()));
  const { exports } = new WebAssembly.Instance(module, { machine: { main, memory } });
  return exports['loop'] as (runs: number) => void;
}
