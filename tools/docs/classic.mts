import { OPERAND_EXAMPLES } from '../../server/src/asm/classic/mnemonics.ts';
import { CLASSIC_OPS } from '../../server/src/isa/classic.ts';
import { CLASSIC_EXTENSIONS } from '../../server/src/kernel/classicExtensions.ts';
import { code, table } from './table.mts';

export function classicInstructions(): string {
  return table(
    ['instruction', 'code', 'what it does'],
    CLASSIC_OPS.map(({ mnemonic, operand, code: number, branches, description }) => {
      const words = operand === 'none' ? '' : operand === 'target' ? ' label' : ` ${OPERAND_EXAMPLES[operand]}`;
      return [code(mnemonic + words + (branches ? ', yes, no' : '')), code(`0x${number.toString(16)}`), description];
    }),
  );
}

export function classicExtensions(): string {
  return table(
    ['name', 'offset', 'what it is', 'in eBPF'],
    CLASSIC_EXTENSIONS.map(({ name, offset, description, source }) => {
      const ebpf = source.kind === 'field' ? code(source.field) : source.kind === 'unsupported' ? 'none' : source.kind;
      return [code(name), String(offset - 0x1000), description, ebpf];
    }),
  );
}
