import type { BinaryStep, ValuePlace, ValueStep } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';

/** Larger values are not shown. */
export const LARGEST_BYTES = 64 * 1024;

/** The bytes of a value at its place, `size` of them at most; null where there is nothing to be had. */
export function bytesAt(machine: Machine, frame: Frame, where: ValuePlace, size: number): Uint8Array | null {
  if (size > LARGEST_BYTES) return null;
  switch (where.kind) {
    case 'register':
      return bytesOf(frame.registers[where.reg] ?? null, size);
    case 'stack':
      return memoryAt(machine, frame.framePointer + where.off, size);
    case 'global': {
      const values = machine.maps[where.map]?.values ?? null;
      return values === null ? null : memoryAt(machine, values + where.off, size);
    }
    case 'constant':
      return bytesOf(where.value, size);
    case 'bytes':
      return where.bytes.subarray(0, size);
    case 'computed': {
      const value = computed(machine, frame, where.steps);
      return where.memory && value !== null ? memoryAt(machine, Number(value), size) : bytesOf(value, size);
    }
  }
}

function bytesOf(value: bigint | null, size: number): Uint8Array | null {
  if (value === null) return null;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, Math.min(size, 8));
}

/** Of the stack only what the program has written, of other memory what it may read. */
function memoryAt({ memory, regions }: Machine, address: number, size: number): Uint8Array | null {
  if (address < 0 || address + size > memory.u8.length) return null;
  const at = address - LAYOUT.stack;
  const onStack = at >= 0 && at < memory.stackWritten.length;
  if (onStack && !memory.stackWritten.subarray(at, at + size).includes(1)) return null;
  return onStack || regions.allows(address, size, false) ? memory.u8.slice(address, address + size) : null;
}

/** What the steps leave on top; null where a value on the way is not known. */
function computed(machine: Machine, frame: Frame, steps: readonly ValueStep[]): bigint | null {
  const stack: bigint[] = [];
  for (const step of steps) if (!take(machine, frame, step, stack)) return null;
  return stack.at(-1) ?? null;
}

/** False where the step cannot be done. */
function take(machine: Machine, frame: Frame, step: ValueStep, stack: bigint[]): boolean {
  const value = valueOf(machine, frame, step, stack);
  if (value === null) return false;
  if (value !== undefined) stack.push(BigInt.asIntN(64, value));
  return true;
}

/** Undefined for a step that only moves values. */
function valueOf(machine: Machine, frame: Frame, step: ValueStep, stack: bigint[]): bigint | null | undefined {
  switch (step.op) {
    case 'number':
      return step.value;
    case 'register': {
      const value = frame.registers[step.reg] ?? null;
      return value === null ? null : value + step.add;
    }
    case 'pick':
      return stack.at(-1 - step.index) ?? null;
    case 'drop':
      return stack.pop() === undefined ? null : undefined;
    case 'swap':
      return turned(stack, 2);
    case 'rot':
      return turned(stack, 3);
    default:
      return changed(machine, step, stack);
  }
}

/** The value on top goes below the others of the `count` topmost. */
function turned(stack: bigint[], count: number): null | undefined {
  const top = stack.length < count ? undefined : stack.pop();
  if (top === undefined) return null;
  stack.splice(stack.length - count + 1, 0, top);
  return undefined;
}

type Change = Exclude<ValueStep, { op: 'number' | 'register' | 'pick' | 'drop' | 'swap' | 'rot' }>;

function changed(machine: Machine, step: Change, stack: bigint[]): bigint | null {
  const top = stack.pop() ?? null;
  if (top === null) return null;
  switch (step.op) {
    case 'load':
      return numberIn(memoryAt(machine, Number(BigInt.asUintN(64, top)), Math.min(step.size, 8)));
    case 'convert':
      return step.signed ? BigInt.asIntN(step.bits, top) : BigInt.asUintN(step.bits, top);
    case 'abs':
      return top < 0n ? -top : top;
    case 'neg':
      return -top;
    case 'not':
      return ~top;
    default: {
      const below = stack.pop() ?? null;
      return below === null ? null : binary(step.op, below, top);
    }
  }
}

function numberIn(bytes: Uint8Array | null): bigint | null {
  return bytes === null ? null : bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Comparisons and divisions take signs into account, remainders do not. Source: DWARF 5, section 2.5.1.4. */
function binary(op: BinaryStep, a: bigint, b: bigint): bigint | null {
  if (op === 'div' || op === 'mod') return divided(op, a, b);
  const shift = BigInt.asUintN(64, b) > 63n ? 64n : b;
  const made = RESULTS[op](a, b, shift);
  return typeof made === 'boolean' ? BigInt(made) : made;
}

function divided(op: 'div' | 'mod', a: bigint, b: bigint): bigint | null {
  if (b === 0n) return null;
  return op === 'div' ? a / b : BigInt.asUintN(64, a) % BigInt.asUintN(64, b);
}

type Binary = (a: bigint, b: bigint, shift: bigint) => bigint | boolean;

const RESULTS: Readonly<Record<Exclude<BinaryStep, 'div' | 'mod'>, Binary>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  mul: (a, b) => a * b,
  shl: (a, _, shift) => a << shift,
  shr: (a, _, shift) => BigInt.asUintN(64, a) >> shift,
  shra: (a, _, shift) => a >> shift,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  lt: (a, b) => a < b,
};
