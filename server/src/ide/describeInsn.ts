import { unreachable } from '../base/assert.ts';
import type { Insn } from '../isa/insn.ts';
import { ALU_OPS, ATOMIC_OPS, JUMP_OPS, KIND_FACTS, type OpFact } from '../isa/opcodes.ts';

/** What an instruction does and since when kernels have it. */
export function describeInsn(insn: Insn): string {
  const { description, since } = factOf(insn);
  return [ownWords(insn) ?? description, widthNote(insn), since === null ? '' : `Since Linux ${since}.`]
    .filter(Boolean)
    .join(' ');
}

/** Where the table's sentence speaks of several forms at once. */
function ownWords(insn: Insn): string | null {
  if (insn.kind === 'alu' && insn.op === 'mov' && insn.signExtendBits === 0)
    return insn.source === 'imm' ? `Sets r${insn.dst} to ${insn.imm}.` : `Copies r${insn.src} to r${insn.dst}.`;
  if (insn.kind === 'load' && !insn.signed)
    return `Loads ${bytes(insn.size)}${insn.size < 8 ? '; the upper bits become zero' : ''}.`;
  if (insn.kind === 'store') return `Stores ${bytes(insn.size)} to memory.`;
  return null;
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function widthNote(insn: Insn): string {
  if (insn.kind === 'alu' && !insn.wide) return 'Works on 32 bits and clears the upper half of the register.';
  if (insn.kind === 'jump' && !insn.wide) return 'Compares the lower 32 bits.';
  return '';
}

function factOf(insn: Insn): OpFact {
  switch (insn.kind) {
    case 'alu':
      return insn.signExtendBits === 0 ? ALU_OPS[insn.op] : KIND_FACTS.movsx;
    case 'bswap':
      return KIND_FACTS[insn.mode];
    case 'jump':
      return JUMP_OPS[insn.op];
    case 'atomic':
      return ATOMIC_OPS[insn.op];
    case 'load':
      return insn.signed ? KIND_FACTS.loadSigned : KIND_FACTS.load;
    case 'loadMap':
      return insn.by === 'value' || insn.by === 'idxValue' ? KIND_FACTS.loadMapValue : KIND_FACTS.loadMap;
    case 'goto':
      return insn.long ? KIND_FACTS.gotol : KIND_FACTS.goto;
    case 'call':
      return { helper: KIND_FACTS.callHelper, subprog: KIND_FACTS.callSubprog, kfunc: KIND_FACTS.callKfunc }[
        insn.target
      ];
    case 'packet':
      return insn.mode === 'abs' ? KIND_FACTS.packetAbs : KIND_FACTS.packetInd;
    case 'addrSpaceCast':
    case 'store':
    case 'loadImm64':
    case 'loadBtfId':
    case 'loadFunc':
    case 'mayGoto':
    case 'callx':
    case 'exit':
    case 'wideSlot':
    case 'invalid':
      return KIND_FACTS[insn.kind];
    default:
      return unreachable(insn);
  }
}
