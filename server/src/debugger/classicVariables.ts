import { CLASSIC_LIMITS } from '../isa/classic.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import { formatValue } from './values.ts';
import { leaf, type Variable } from './variables.ts';

/** Where a filter's registers live in its eBPF; the words of M lie below the frame pointer, M[0] topmost. */
const REGISTERS = [
  ['A', 0],
  ['X', 7],
] as const;

/** A, X, and the words of M that the filter has stored. Before the first instruction A and X are 0. */
export function classicVariables({ memory }: Machine, { registers, framePointer }: Frame): Variable[] {
  const values = REGISTERS.map(([name, number]) =>
    leaf(name, formatValue(BigInt.asUintN(32, registers[number] ?? 0n), null), `r${number}`, name),
  );
  for (let k = 0; k < CLASSIC_LIMITS.words; k++) {
    const address = framePointer - 4 * (k + 1);
    if (memory.stackWritten[address - LAYOUT.stack] !== 1) continue;
    values.push(
      leaf(`M[${k}]`, formatValue(BigInt(memory.view.getUint32(address, true)), null), `fp-${4 * (k + 1)}`, `M[${k}]`),
    );
  }
  return values;
}

/** A, X or a word of M by name, as filters write them; null for other names. */
export function classicVariable(machine: Machine, frame: Frame, name: string): Variable | null {
  const wanted = name.replace(/^%/, '').toLowerCase();
  return classicVariables(machine, frame).find((one) => one.name.toLowerCase() === wanted) ?? null;
}
