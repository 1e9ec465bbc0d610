import { sizeOf } from '../btf/query.ts';
import type { LocalVariable, Locals } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import { cVariable, type CValue } from './cValue.ts';
import { leaf, type Variable } from './variables.ts';

/** The local variables that a frame, or a function that was inlined there, has at its instruction. */
export function localVariables(machine: Machine, frame: Frame, inlined: string | null): Variable[] {
  return localsOf(machine, frame, inlined).map(({ name, known, value }) => {
    if (known === 0) return leaf(name, 'no value here');
    const variable = cVariable(name, name, value);
    return known < value.bytes.length ? { ...variable, value: `${variable.value} (in part)` } : variable;
  });
}

/** The value of the local variable that this name means at the frame's instruction. */
export function localValue(machine: Machine, frame: Frame, inlined: string | null, name: string): CValue | null {
  const found = localsOf(machine, frame, inlined).filter((one) => one.name === name && one.known > 0);
  return found.at(-1)?.value ?? null;
}

interface Local {
  readonly name: string;
  /** Bytes that are somewhere to be found. */
  readonly known: number;
  readonly value: CValue;
}

function localsOf(machine: Machine, frame: Frame, inlined: string | null): Local[] {
  const { locals } = frame.program;
  if (locals === undefined) return [];
  const groups = new Map<string, LocalVariable[]>();
  for (const one of locals.variables) {
    if (one.inlined !== inlined || !covers(frame, one)) continue;
    const key = `${one.name} ${one.typeId}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((pieces) => localOf(machine, frame, locals, pieces));
}

/** Only of the function that the frame is in. */
function covers({ pc, program }: Frame, { from, to }: LocalVariable): boolean {
  const own = program.subprogs.find(({ start, end }) => start <= pc && pc < end);
  return from <= pc && pc < to && (own === undefined || (own.start <= from && to <= own.end));
}

function localOf(machine: Machine, frame: Frame, { btf }: Locals, pieces: readonly LocalVariable[]): Local {
  const [{ name, typeId }] = pieces as [LocalVariable];
  const bytes = new Uint8Array(Math.min(sizeOf(btf, typeId) ?? 8, LARGEST_BYTES));
  const known = pieces.reduce((sum, piece) => sum + copyPiece(machine, frame, piece, bytes), 0);
  return { name, known, value: { machine, frame, btf, typeId, bytes } };
}

const LARGEST_BYTES = 64 * 1024;

/** Copies what a piece holds; answers how many bytes are known. */
function copyPiece(machine: Machine, frame: Frame, { where, off, size }: LocalVariable, into: Uint8Array): number {
  const bytes = pieceBytes(machine, frame, where, size);
  if (bytes === null || off >= into.length) return 0;
  const taken = bytes.subarray(0, Math.min(bytes.length, into.length - off));
  into.set(taken, off);
  return taken.length;
}

function pieceBytes(machine: Machine, frame: Frame, where: LocalVariable['where'], size: number): Uint8Array | null {
  if (where.kind === 'stack') {
    const address = frame.framePointer + where.off;
    if (address < LAYOUT.stack || size > LARGEST_BYTES) return null;
    const { stackWritten } = machine.memory;
    if (!stackWritten.subarray(address - LAYOUT.stack, address - LAYOUT.stack + size).includes(1)) return null;
    return machine.memory.u8.slice(address, address + size);
  }
  const value = where.kind === 'constant' ? where.value : frame.registers[where.reg];
  if (value === null || value === undefined) return null;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, Math.min(size, 8));
}
