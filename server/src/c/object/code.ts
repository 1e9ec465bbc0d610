import { encode } from '../../isa/encode.ts';
import type { Insn } from '../../isa/insn.ts';
import type { MachineFunction } from '../machine.ts';
import type { LaidOutSection } from './layout.ts';
import { R_BPF, type Relocation, type SymbolTable } from './linkSections.ts';

/** The instructions of a section, with what loaders have to fill in. */
export function codeOf(section: LaidOutSection, table: SymbolTable): { data: Uint8Array; relocations: Relocation[] } {
  const data = new Uint8Array(section.sizeBytes);
  const relocations: Relocation[] = [];
  for (const { fn, offset } of section.functions) {
    const insns = [...fn.insns];
    for (const one of fn.relocations) {
      const { symbol, insn, type } = relocated(fn, one, table);
      insns[one.pc] = insn;
      relocations.push({ offset: offset + one.pc * 8, type, symbol });
    }
    data.set(encode(insns), offset);
  }
  relocations.sort((a, b) => a.offset - b.offset);
  return { data, relocations };
}

/**
 * The instruction with the part of the address that loaders add to: bytes in `lo` of a 64-bit immediate, and in calls
 * instructions less one, so that -1 calls the symbol itself. Mirrors `bpf_object__reloc_code` of libbpf (1.5).
 */
function relocated(
  fn: MachineFunction,
  { pc, kind, symbol, addend }: MachineFunction['relocations'][number],
  table: SymbolTable,
): { insn: Insn; type: number; symbol: number } {
  const reference = table.bySection(symbol);
  const before = fn.insns[pc];
  if (kind === 'call') {
    const imm = reference.addend / 8 - 1;
    return { insn: { kind: 'call', target: 'subprog', imm, off: 0 }, type: R_BPF.call, symbol: reference.symbol };
  }
  const dst = before?.kind === 'loadImm64' ? before.dst : 0;
  const lo = (reference.addend + addend) | 0;
  return { insn: { kind: 'loadImm64', dst, lo, hi: 0 }, type: R_BPF.address, symbol: reference.symbol };
}
