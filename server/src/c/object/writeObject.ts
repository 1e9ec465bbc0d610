import { stringTable } from '../../base/stringTable.ts';
import { writeBtf } from '../../btf/write.ts';
import { writeBtfExt } from '../../btf/writeExt.ts';
import { SECTION_TYPE } from '../../elf/elf.ts';
import { writeElf, type NewSection } from '../../elf/writeElf.ts';
import type { IrModule } from '../ir/ir.ts';
import type { MachineFunction } from '../machine.ts';
import type { Places } from '../places.ts';
import type { CheckedUnit } from '../typed.ts';
import { layOut } from './layout.ts';
import { linkSections } from './linkSections.ts';
import { unitBtf } from './unitBtf.ts';

/** What the compiler's earlier stages made of one unit. */
export interface ObjectSource {
  readonly unit: CheckedUnit;
  readonly module: IrModule;
  readonly functions: readonly MachineFunction[];
  readonly places: Places;
}

/**
 * The unit as an ELF object that libbpf loads: programs, data, symbols, relocations, types (`.BTF`), and lines and CO-RE
 * relocations (`.BTF.ext`).
 */
export function writeObject(source: ObjectSource): Uint8Array {
  const layout = layOut(source);
  const { sections, symbols } = linkSections(layout);
  const { types, ext } = unitBtf(source, layout);
  const strings = stringTable();
  const extBytes = writeBtfExt(ext, strings);
  const btf = housekeeping('.BTF', writeBtf(types, strings));
  // Loaders complain of one that says nothing.
  const extSections = ext.functions.size === 0 ? [] : [housekeeping('.BTF.ext', extBytes)];
  return writeElf([...sections, btf, ...extSections], symbols);
}

function housekeeping(name: string, data: Uint8Array): NewSection {
  const type = SECTION_TYPE.progbits;
  return { name, type, flags: 0, alignBytes: 4, entryBytes: 0, data, size: data.length, relocations: [] };
}
