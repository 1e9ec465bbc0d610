import { expect } from 'vitest';
import { wholly } from '../../../server/src/base/steps.ts';
import { generate } from '../../../server/src/c/generate/generate.ts';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import type { Cpu, MachineFunction } from '../../../server/src/c/machine.ts';
import { printDistance, printInsnWith, type Naming } from '../../../server/src/isa/print.ts';

const NAMING: Naming = {
  helper: () => 'helper',
  kfunc: () => 'kfunc',
  target: printDistance,
  address: () => 'address',
  invalid: () => 'invalid',
  decimal: true,
};

/** The code of the text's functions; what stands behind a `;` is relocated. */
export function disassembled(text: string, cpu: Cpu): string {
  const { functions, problems } = wholly(generate(parseModule(text), cpu, 'optimised'));
  return [...functions.flatMap(linesOf), ...problems.map(({ message }) => `error: ${message}`)].join('\n');
}

function linesOf({ insns, relocations, core }: MachineFunction): string[] {
  return insns.flatMap((insn, pc) => {
    if (insn.kind === 'wideSlot') return [];
    const symbol = relocations.find((one) => one.pc === pc);
    const request = core.find((one) => one.pc === pc)?.request;
    const about =
      symbol === undefined ? '' : ` ; ${symbol.symbol.name}${symbol.addend === 0 ? '' : `+${symbol.addend}`}`;
    return [printInsnWith(insn, NAMING) + about + (request === undefined ? '' : ` ; core ${request.access}`)];
  });
}

/** Both texts may be indented. */
export function checkCode(text: string, expected: string, cpu: Cpu = 3): void {
  const trimmed = (lines: string): string => lines.trim().replaceAll(/\n\s*/g, '\n');
  expect(trimmed(disassembled(text, cpu))).toBe(trimmed(expected));
}
