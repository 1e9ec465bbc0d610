/**
 * Runs functions of the intermediate language over a flat memory: the reference that optimised code is compared with.
 * Accesses outside of memory read 0 and write nothing, so that every program has a result.
 */
import { computeBinary, computeCompare, computeConvert } from './compute.ts';
import type { AsmText, Block, Instr, IrFunction, IrModule, Value } from './ir.ts';

export interface RunOptions {
  /** Everything, symbols and stack included, is in here; its contents at the end are part of the result. */
  readonly memory?: Uint8Array;
  /** What a helper or an extern function gives. */
  readonly helper?: (call: HelperCall) => bigint;
  /** Instructions until it gives up. */
  readonly fuel?: number;
}

export interface HelperCall {
  /** `helper 5`, or the extern's name. */
  readonly name: string;
  readonly args: readonly bigint[];
  readonly memory: Uint8Array;
}

export interface RunResult {
  readonly outcome: 'returned' | 'unreachable' | 'outOfFuel';
  readonly value: bigint;
  /** Calls of helpers, volatile accesses and inline assembly, in their order. */
  readonly trace: readonly string[];
  /** Bytes of each symbol's data. */
  readonly data: ReadonlyMap<string, Uint8Array>;
}

/** Data lies from here on, the stack above `STACK_BASE`. */
export const DATA_BASE = 0x1000;
export const STACK_BASE = 0x8000;
const MEMORY_BYTES = 0x10000;

export function runFunction(
  module: IrModule,
  name: string,
  args: readonly bigint[],
  options: RunOptions = {},
): RunResult {
  const memory = options.memory ?? new Uint8Array(MEMORY_BYTES);
  const machine: Machine = {
    module,
    memory,
    view: new DataView(memory.buffer, memory.byteOffset, memory.byteLength),
    symbols: new Map(),
    helper: options.helper ?? (() => 0n),
    trace: [],
    fuel: options.fuel ?? 100_000,
    stackTop: STACK_BASE,
  };
  placeData(machine);
  const fn = module.functions.get(name);
  const end = fn ? runOne(machine, fn, args) : { outcome: 'unreachable' as const, value: 0n };
  return { ...end, trace: machine.trace, data: collectData(machine) };
}

interface Machine {
  readonly module: IrModule;
  readonly memory: Uint8Array;
  readonly view: DataView;
  readonly symbols: Map<string, number>;
  readonly helper: (call: HelperCall) => bigint;
  readonly trace: string[];
  fuel: number;
  stackTop: number;
}

type End = Pick<RunResult, 'outcome' | 'value'>;

/** A stop that unwinds calls; only this file throws and catches it. */
class Stopped extends Error {
  readonly outcome: End['outcome'];

  constructor(outcome: End['outcome']) {
    super(outcome);
    this.outcome = outcome;
  }
}

function placeData(machine: Machine): void {
  let at = DATA_BASE;
  for (const [name, { bytes, alignBytes }] of machine.module.data) {
    at = roundUp(at, Math.max(alignBytes, 1));
    machine.symbols.set(name, at);
    machine.memory.set(bytes, at);
    at += bytes.length;
  }
  for (const name of machine.module.functions.keys()) machine.symbols.set(name, machine.symbols.size + 1);
  for (const [name, { relocations }] of machine.module.data) {
    for (const { offset, symbol, addend } of relocations) {
      const to = (machine.symbols.get(symbol.name) ?? 0) + addend;
      machine.view.setBigUint64((machine.symbols.get(name) ?? 0) + offset, BigInt(to), true);
    }
  }
}

function collectData(machine: Machine): Map<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const [name, { bytes }] of machine.module.data) {
    const at = machine.symbols.get(name) ?? 0;
    data.set(name, machine.memory.slice(at, at + bytes.length));
  }
  return data;
}

function runOne(machine: Machine, fn: IrFunction, args: readonly bigint[]): End {
  try {
    return { outcome: 'returned', value: call(machine, fn, args) };
  } catch (error) {
    if (error instanceof Stopped) return { outcome: error.outcome, value: 0n };
    throw error;
  }
}

interface Frame {
  readonly machine: Machine;
  readonly values: Map<Value, bigint>;
  readonly outputs: Map<Instr, readonly bigint[]>;
}

function call(machine: Machine, fn: IrFunction, args: readonly bigint[]): bigint {
  const frame: Frame = { machine, values: new Map(), outputs: new Map() };
  for (const [i, param] of fn.params.entries()) frame.values.set(param, cut(param, args[i] ?? 0n));
  const stackTop = machine.stackTop;
  let block = fn.blocks[0];
  let from: Block | null = null;
  while (block) {
    const next = runBlock(frame, block, from);
    if (typeof next === 'bigint') {
      machine.stackTop = stackTop;
      return next;
    }
    from = block;
    block = next;
  }
  throw new Stopped('unreachable');
}

/** The next block, or the value returned. */
function runBlock(frame: Frame, block: Block, from: Block | null): Block | bigint {
  enterPhis(frame, block, from);
  for (const instr of block.instrs) {
    if (instr.op === 'phi') continue;
    if (--frame.machine.fuel < 0) throw new Stopped('outOfFuel');
    switch (instr.op) {
      case 'jump':
        return instr.to;
      case 'branch':
        return computeCompare(instr.kind, widthOf(instr.args[0]), valueAt(frame, instr, 0), valueAt(frame, instr, 1))
          ? instr.then
          : instr.otherwise;
      case 'switch':
        return switchTarget(instr, widthOf(instr.args[0]), valueAt(frame, instr, 0));
      case 'return':
        return instr.args.length > 0 ? valueAt(frame, instr, 0) : 0n;
      case 'unreachable':
        throw new Stopped('unreachable');
      case 'asmGoto':
        frame.machine.trace.push(asmEvent(frame, instr, instr.asm));
        return instr.next;
      default:
        frame.values.set(instr, cut(instr, execute(frame, instr)));
    }
  }
  throw new Stopped('unreachable');
}

/** All at once: a phi may be an argument of another. */
function enterPhis(frame: Frame, block: Block, from: Block | null): void {
  const at = from ? block.preds.indexOf(from) : -1;
  const entered: [Instr, bigint][] = [];
  for (const instr of block.instrs) {
    if (instr.op !== 'phi') break;
    entered.push([instr, valueAt(frame, instr, at)]);
  }
  for (const [phi, value] of entered) frame.values.set(phi, value);
}

function switchTarget(instr: Instr & { op: 'switch' }, bits: 32 | 64, value: bigint): Block {
  const signed = BigInt.asIntN(bits, value);
  const inside = (first: bigint, last: bigint, at: bigint): boolean => first <= at && at <= last;
  const found = instr.cases.find(({ first, last }) => inside(first, last, first < 0n ? signed : value));
  return found?.to ?? instr.otherwise;
}

type Plain = Exclude<Instr, { op: 'phi' | 'jump' | 'branch' | 'switch' | 'return' | 'unreachable' | 'asmGoto' }>;

function execute(frame: Frame, instr: Plain): bigint {
  const { machine } = frame;
  switch (instr.op) {
    case 'binary':
      return computeBinary(instr.kind, widthOf(instr), valueAt(frame, instr, 0), valueAt(frame, instr, 1));
    case 'compare': {
      const bits = widthOf(instr.args[0]);
      return computeCompare(instr.kind, bits, valueAt(frame, instr, 0), valueAt(frame, instr, 1)) ? 1n : 0n;
    }
    case 'convert':
      return computeConvert(instr.kind, widthOf(instr), valueAt(frame, instr, 0));
    case 'load':
      return runLoad(frame, instr);
    case 'store':
      if (instr.volatile) machine.trace.push(`store ${instr.size} ${lowBytes(frame, instr)}`);
      write(machine, Number(valueAt(frame, instr, 0)) + instr.off, instr.size, valueAt(frame, instr, 1));
      return 0n;
    case 'alloca':
      return allocate(machine, instr.sizeBytes, instr.alignBytes);
    case 'address':
      return BigInt((machine.symbols.get(instr.symbol.name) ?? 0) + instr.addend);
    case 'core':
      return instr.value;
    case 'call':
      return runCall(frame, instr);
    case 'memcpy':
    case 'memmove':
    case 'memset':
      fill(frame, instr);
      return 0n;
    default:
      return executeRare(frame, instr);
  }
}

function executeRare(frame: Frame, instr: Plain): bigint {
  switch (instr.op) {
    case 'atomic':
      return runAtomic(frame, instr);
    case 'asm':
      return runAsm(frame, instr);
    case 'asmOutput':
      return frame.outputs.get(instr.args[0] as Instr)?.[instr.index] ?? 0n;
    case 'late':
      return runLate(frame, instr);
    case 'packetLoad':
      frame.machine.trace.push(`packet ${instr.size} ${valueAt(frame, instr, 1)}`);
      return valueAt(frame, instr, 1) & 0xffn;
    case 'addrSpaceCast':
      return valueAt(frame, instr, 0);
    default:
      return 0n;
  }
}

function runLoad(frame: Frame, instr: Instr & { op: 'load' }): bigint {
  const value = read(frame.machine, Number(valueAt(frame, instr, 0)) + instr.off, instr.size);
  if (instr.volatile) frame.machine.trace.push(`load ${instr.size} ${value}`);
  return instr.signed ? BigInt.asUintN(64, BigInt.asIntN(instr.size * 8, value)) : value;
}

function runCall(frame: Frame, instr: Instr & { op: 'call' }): bigint {
  const { machine } = frame;
  const values = instr.args.map((_, i) => valueAt(frame, instr, i));
  const { callee } = instr;
  if (callee.kind === 'function') {
    const fn = machine.module.functions.get(callee.symbol.name);
    if (fn && fn.blocks.length > 0) return call(machine, fn, values);
  }
  const args = callee.kind === 'value' ? values.slice(1) : values;
  const name =
    callee.kind === 'helper'
      ? `helper ${callee.number}`
      : callee.kind === 'function'
        ? callee.symbol.name
        : `helper ${values[0]}`;
  if (!instr.pure) machine.trace.push(`${name}(${args.map(normalise).join(', ')})`);
  return machine.helper({ name, args, memory: machine.memory });
}

function runAtomic(frame: Frame, instr: Instr & { op: 'atomic' }): bigint {
  const { machine } = frame;
  const address = Number(valueAt(frame, instr, 0)) + instr.off;
  const old = read(machine, address, instr.size);
  const [operand, other] = [1, 2].map((i) => (instr.args[i] ? valueAt(frame, instr, i) : 0n)) as [bigint, bigint];
  const same = BigInt.asUintN(instr.size * 8, operand) === old;
  machine.trace.push(`atomic ${instr.kind} ${old} ${operand}`);
  const next = {
    add: old + operand,
    or: old | operand,
    and: old & operand,
    xor: old ^ operand,
    xchg: operand,
    cmpxchg: same ? other : old,
    loadAcquire: old,
    storeRelease: operand,
  }[instr.kind];
  write(machine, address, instr.size, next);
  return old;
}

/** Real assembly gives a value made of its inputs; an empty template passes on what is tied to its outputs. */
function runAsm(frame: Frame, instr: Instr & { op: 'asm' }): bigint {
  const { asm } = instr;
  if (asm.template !== '' || asm.volatile) frame.machine.trace.push(asmEvent(frame, instr, asm));
  const sum = instr.args.reduce((total, _, i) => total + valueAt(frame, instr, i), 1n);
  const outputs: bigint[] = [];
  for (const { output, arg } of asm.operands) {
    if (output === null) continue;
    const tied = asm.template === '' && arg !== null ? valueAt(frame, instr, arg) : BigInt.asUintN(16, sum);
    outputs[output] = tied;
  }
  frame.outputs.set(instr, outputs);
  return outputs[0] ?? 0n;
}

function asmEvent(frame: Frame, instr: Instr, asm: AsmText): string {
  return `asm ${JSON.stringify(asm.template)} ${instr.args.map((_, i) => traced(frame, instr, i)).join(', ')}`;
}

function runLate(frame: Frame, instr: Instr & { op: 'late' }): bigint {
  const { machine } = frame;
  const [a, b, n] = [0, 1, 2].map((i) => (instr.args[i] ? Number(valueAt(frame, instr, i)) : 0)) as [
    number,
    number,
    number,
  ];
  switch (instr.kind) {
    case 'constantP':
      return instr.args[0]?.op === 'const' ? 1n : 0n;
    case 'memcpy':
    case 'memmove':
      copy(machine, a, b, n);
      return BigInt(a);
    case 'memset':
      for (let i = 0; i < n; i++) write(machine, a + i, 1, BigInt(b & 0xff));
      return BigInt(a);
    case 'memcmp':
      return compareBytes(machine, a, b, n, false);
    case 'strlen':
      return BigInt(textLength(machine, a));
    case 'strcmp':
      return compareBytes(machine, a, b, machine.memory.length, true);
    case 'strncmp':
      return compareBytes(machine, a, b, n, true);
  }
}

function fill(frame: Frame, instr: Instr & { op: 'memcpy' | 'memmove' | 'memset' }): void {
  const to = Number(valueAt(frame, instr, 0));
  if (instr.op !== 'memset') return copy(frame.machine, to, Number(valueAt(frame, instr, 1)), instr.sizeBytes);
  const byte = valueAt(frame, instr, 1) & 0xffn;
  for (let i = 0; i < instr.sizeBytes; i++) write(frame.machine, to + i, 1, byte);
}

function copy(machine: Machine, to: number, from: number, count: number): void {
  const limit = Math.min(count, machine.memory.length);
  const bytes = Array.from({ length: limit }, (_, i) => read(machine, from + i, 1));
  for (const [i, byte] of bytes.entries()) write(machine, to + i, 1, byte);
}

function compareBytes(machine: Machine, a: number, b: number, count: number, text: boolean): bigint {
  for (let i = 0; i < Math.min(count, machine.memory.length); i++) {
    const difference = read(machine, a + i, 1) - read(machine, b + i, 1);
    if (difference !== 0n) return BigInt.asUintN(64, difference < 0n ? -1n : 1n);
    if (text && read(machine, a + i, 1) === 0n) return 0n;
  }
  return 0n;
}

function textLength(machine: Machine, at: number): number {
  let length = 0;
  while (at + length < machine.memory.length && read(machine, at + length, 1) !== 0n) length++;
  return length;
}

function allocate(machine: Machine, sizeBytes: number, alignBytes: number): bigint {
  const at = roundUp(machine.stackTop, Math.max(alignBytes, 8));
  machine.stackTop = at + sizeBytes;
  if (machine.stackTop <= machine.memory.length) machine.memory.fill(0, at, machine.stackTop);
  return BigInt(at);
}

function read(machine: Machine, at: number, size: 1 | 2 | 4 | 8): bigint {
  if (!(at >= 0 && at + size <= machine.memory.length)) return 0n;
  switch (size) {
    case 1:
      return BigInt(machine.view.getUint8(at));
    case 2:
      return BigInt(machine.view.getUint16(at, true));
    case 4:
      return BigInt(machine.view.getUint32(at, true));
    case 8:
      return machine.view.getBigUint64(at, true);
  }
}

function write(machine: Machine, at: number, size: 1 | 2 | 4 | 8, value: bigint): void {
  if (!(at >= 0 && at + size <= machine.memory.length)) return;
  for (let i = 0; i < size; i++) machine.view.setUint8(at + i, Number((value >> BigInt(8 * i)) & 0xffn));
}

function valueAt(frame: Frame, instr: Instr, n: number): bigint {
  const arg = instr.args[n];
  if (!arg) return 0n;
  return arg.op === 'const' ? arg.value : (frame.values.get(arg) ?? 0n);
}

function traced(frame: Frame, instr: Instr, n: number): string {
  return normalise(valueAt(frame, instr, n));
}

/** What of a value a store writes. */
function lowBytes(frame: Frame, store: Instr & { op: 'store' }): string {
  return normalise(BigInt.asUintN(8 * store.size, valueAt(frame, store, 1)));
}

/** Where things lie on the stack is no part of a program's behaviour. */
function normalise(value: bigint): string {
  return value >= BigInt(STACK_BASE) && value < BigInt(MEMORY_BYTES) ? 'stack' : String(value);
}

function widthOf(value: Value | undefined): 32 | 64 {
  return value?.type === 'i32' ? 32 : 64;
}

function cut(value: Value, result: bigint): bigint {
  return BigInt.asUintN(widthOf(value), result);
}

function roundUp(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}
