import { assert, unreachable } from '../base/assert.ts';
import { slots, type AluInsn, type AtomicInsn, type BswapInsn, type Insn, type LoadMapInsn } from './insn.ts';
import { ADDR_SPACE_CAST, ALU_OPS, ATOMIC_OPS, CLASS, FETCH, JUMP_OPS, MODE, OP, PSEUDO, SIZE_CODES, SOURCE_REG } from './opcodes.ts'; // prettier-ignore
import type { Slot } from './slot.ts';

/** The bytes of instructions by slot; each two-slot instruction must be followed by its `wideSlot`. */
export function encode(insns: readonly Insn[], littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(insns.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [pc, insn] of insns.entries()) {
    if (insn.kind === 'wideSlot') continue;
    writeSlot(view, pc, encodeSlot(insn), littleEndian);
    if (slots(insn) === 1) continue;
    assert(insns[pc + 1]?.kind === 'wideSlot', `the two-slot instruction at ${pc} has no second slot`);
    view.setInt32(pc * 8 + 12, highHalf(insn), littleEndian);
  }
  return bytes;
}

/** The opcode byte of an instruction; 0 for a `wideSlot`. */
export function opcodeOf(insn: Insn): number {
  return encodeSlot(insn).opcode;
}

function writeSlot(view: DataView, pc: number, slot: Slot, littleEndian: boolean): void {
  const at = pc * 8;
  view.setUint8(at, slot.opcode);
  view.setUint8(at + 1, littleEndian ? slot.dst | (slot.src << 4) : slot.src | (slot.dst << 4));
  view.setInt16(at + 2, slot.off, littleEndian);
  view.setInt32(at + 4, slot.imm, littleEndian);
}

function slotOf(opcode: number, dst: number, src: number, off: number, imm: number): Slot {
  return { opcode, dst, src, off, imm };
}

function encodeSlot(insn: Insn): Slot {
  switch (insn.kind) {
    case 'alu':
      return encodeAlu(insn);
    case 'bswap':
      return encodeByteSwap(insn);
    case 'addrSpaceCast': {
      const spaces = (insn.dstSpace << 16) | insn.srcSpace;
      return slotOf(CLASS.alu64 | ALU_OPS.mov.code | SOURCE_REG, insn.dst, insn.src, ADDR_SPACE_CAST, spaces);
    }
    case 'load': {
      const mode = insn.signed ? MODE.memsx : MODE.mem;
      return slotOf(CLASS.ldx | mode | SIZE_CODES[insn.size], insn.dst, insn.src, insn.off, 0);
    }
    case 'store': {
      const cls = insn.source === 'reg' ? CLASS.stx : CLASS.st;
      return slotOf(cls | MODE.mem | SIZE_CODES[insn.size], insn.dst, insn.src, insn.off, insn.imm);
    }
    case 'atomic':
      return encodeAtomic(insn);
    case 'packet': {
      const mode = insn.mode === 'ind' ? MODE.ind : MODE.abs;
      return slotOf(CLASS.ld | mode | SIZE_CODES[insn.size], 0, insn.src, 0, insn.imm);
    }
    case 'wideSlot':
      return slotOf(0, 0, 0, 0, 0);
    case 'invalid':
      return slotOf(insn.opcode, insn.regs & 0xf, insn.regs >> 4, insn.off, insn.imm);
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return encodeWide(insn);
    case 'jump':
    case 'goto':
    case 'mayGoto':
    case 'call':
    case 'callx':
    case 'exit':
      return encodeControl(insn);
    default:
      return unreachable(insn);
  }
}

type Wide = Extract<Insn, { kind: 'loadImm64' | 'loadMap' | 'loadBtfId' | 'loadFunc' }>;
type Control = Extract<Insn, { kind: 'jump' | 'goto' | 'mayGoto' | 'call' | 'callx' | 'exit' }>;

function encodeControl(insn: Control): Slot {
  switch (insn.kind) {
    case 'jump': {
      const cls = insn.wide ? CLASS.jmp : CLASS.jmp32;
      const source = insn.source === 'reg' ? SOURCE_REG : 0;
      return slotOf(cls | JUMP_OPS[insn.op].code | source, insn.dst, insn.src, insn.off, insn.imm);
    }
    case 'goto':
      return insn.long ? slotOf(CLASS.jmp32 | OP.ja, 0, 0, 0, insn.off) : slotOf(CLASS.jmp | OP.ja, 0, 0, insn.off, 0);
    case 'mayGoto':
      return slotOf(CLASS.jmp | OP.jcond, 0, 0, insn.off, 0);
    case 'call':
      return slotOf(CLASS.jmp | OP.call, 0, CALL_SOURCES[insn.target], insn.off, insn.imm);
    case 'callx':
      return slotOf(CLASS.jmp | OP.call | SOURCE_REG, insn.reg, 0, 0, 0);
    case 'exit':
      return slotOf(CLASS.jmp | OP.exit, 0, 0, 0, 0);
    default:
      return unreachable(insn);
  }
}

const CALL_SOURCES = { helper: 0, subprog: 1, kfunc: 2 } as const;

function encodeAlu(insn: AluInsn): Slot {
  const { code, off } = ALU_OPS[insn.op];
  const cls = insn.wide ? CLASS.alu64 : CLASS.alu;
  const source = insn.source === 'reg' ? SOURCE_REG : 0;
  return slotOf(cls | code | source, insn.dst, insn.src, insn.op === 'mov' ? insn.signExtendBits : off, insn.imm);
}

const SWAP_OPCODES = {
  le: CLASS.alu | OP.end,
  be: CLASS.alu | OP.end | SOURCE_REG,
  swap: CLASS.alu64 | OP.end,
} as const;

function encodeByteSwap(insn: BswapInsn): Slot {
  return slotOf(SWAP_OPCODES[insn.mode], insn.dst, 0, 0, insn.bits);
}

function encodeAtomic(insn: AtomicInsn): Slot {
  const { code, fetch } = ATOMIC_OPS[insn.op];
  const imm = fetch === 'choice' && insn.fetch ? code | FETCH : code;
  return slotOf(CLASS.stx | MODE.atomic | SIZE_CODES[insn.size], insn.dst, insn.src, insn.off, imm);
}

const MAP_SOURCES: Readonly<Record<LoadMapInsn['by'], number>> = {
  fd: PSEUDO.mapFd,
  value: PSEUDO.mapValue,
  idx: PSEUDO.mapIdx,
  idxValue: PSEUDO.mapIdxValue,
};

function encodeWide(insn: Wide): Slot {
  const opcode = CLASS.ld | MODE.imm | SIZE_CODES[8];
  switch (insn.kind) {
    case 'loadImm64':
      return slotOf(opcode, insn.dst, PSEUDO.imm, 0, insn.lo);
    case 'loadMap':
      return slotOf(opcode, insn.dst, MAP_SOURCES[insn.by], 0, insn.map);
    case 'loadBtfId':
      return slotOf(opcode, insn.dst, PSEUDO.btfId, 0, insn.btfId);
    case 'loadFunc':
      return slotOf(opcode, insn.dst, PSEUDO.func, 0, insn.off);
    default:
      return unreachable(insn);
  }
}

function highHalf(insn: Insn): number {
  if (insn.kind === 'loadImm64') return insn.hi;
  if (insn.kind === 'loadMap') return insn.off;
  return insn.kind === 'loadBtfId' ? insn.module : 0;
}
