import type { Resolution } from './resolve.ts';

/** What became of an instruction: it was changed, it must never run (with the reason), or it cannot be changed. */
export type Patched = 'changed' | { readonly poisoned: 'missing' | 'width' } | { readonly problem: string };

const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, alu64: 7 } as const;
const SOURCE_REG = 0x08;
const LOAD_WIDE = 0x18;
const CALL = 0x85;

/** Size codes of BPF_LDX and its siblings, by bytes. */
const SIZE_CODES: ReadonlyMap<number, number> = new Map([[8, 0x18], [4, 0x00], [2, 0x08], [1, 0x10]]); // prettier-ignore
const SIZE_MASK = 0x18;

/** No helper has this number, so the verifier refuses the instruction where it can be reached. libbpf: "bad relo". */
export const POISON = 195_896_080;

/** Changes the instruction at a byte of little-endian code. Mirrors `bpf_core_patch_insn` of libbpf, v6.12. */
export function patch(code: DataView, at: number, resolution: Resolution): Patched {
  const opcode = code.getUint8(at);
  switch (opcode & 7) {
    case CLASS.alu:
    case CLASS.alu64:
      return (opcode & SOURCE_REG) === 0 ? patchImmediate(code, at, resolution) : unexpected(opcode);
    case CLASS.ldx:
    case CLASS.st:
    case CLASS.stx:
      return patchOffset(code, at, resolution);
    default:
      return opcode === LOAD_WIDE && at + 16 <= code.byteLength ? patchWide(code, at, resolution) : unexpected(opcode);
  }
}

function unexpected(opcode: number): Patched {
  return { problem: `the instruction there (opcode 0x${opcode.toString(16).padStart(2, '0')}) takes no such value` };
}

function patchImmediate(code: DataView, at: number, { before, after }: Resolution): Patched {
  if (after === null) return poison(code, at, 1, 'missing');
  const present = BigInt.asUintN(64, BigInt(code.getInt32(at + 4, true)));
  if (before !== null && present !== before) return differs(present, before);
  code.setInt32(at + 4, Number(BigInt.asIntN(32, after)), true);
  return 'changed';
}

function patchWide(code: DataView, at: number, { before, after }: Resolution): Patched {
  const isPlain = (code.getUint32(at, true) & 0xffff_f000) === 0 && code.getUint32(at + 8, true) === 0;
  if (!isPlain) return { problem: 'the two-slot instruction there loads no plain number' };
  if (after === null) return poison(code, at, 2, 'missing');
  const present = (BigInt(code.getUint32(at + 12, true)) << 32n) | BigInt(code.getUint32(at + 4, true));
  if (before !== null && present !== before) return differs(present, before);
  code.setUint32(at + 4, Number(after & 0xffff_ffffn), true);
  code.setUint32(at + 12, Number(after >> 32n), true);
  return 'changed';
}

function patchOffset(code: DataView, at: number, resolution: Resolution): Patched {
  const { before, after, unfit, bytesBefore, bytesAfter } = resolution;
  if (after === null) return poison(code, at, 1, 'missing');
  const present = BigInt.asUintN(64, BigInt(code.getInt16(at + 2, true)));
  if (before !== null && present !== before) return differs(present, before);
  if (after > 0x7fffn)
    return { problem: `offset ${after} is too far for the instruction; read the field with a helper` };
  if (unfit) return poison(code, at, 1, 'width');
  const resized = bytesBefore === bytesAfter ? 'changed' : resize(code, at, bytesBefore, bytesAfter);
  if (resized === 'changed') code.setInt16(at + 2, Number(after), true);
  return resized;
}

function resize(code: DataView, at: number, before: number, after: number): Patched {
  const opcode = code.getUint8(at);
  const size = SIZE_CODES.get(after);
  if (SIZE_CODES.get(before) !== (opcode & SIZE_MASK))
    return { problem: `the instruction is not as wide as the field, ${before} bytes` };
  if (size === undefined) return { problem: `in the kernel the field has ${after} bytes, which no instruction loads` };
  code.setUint8(at, (opcode & ~SIZE_MASK) | size);
  return 'changed';
}

function differs(present: bigint, expected: bigint): Patched {
  return { problem: `the instruction holds ${present}, but the program’s own types say ${expected}` };
}

function poison(code: DataView, at: number, slots: number, poisoned: 'missing' | 'width'): Patched {
  for (let slot = 0; slot < slots; slot++) {
    code.setUint32(at + 8 * slot, CALL, true);
    code.setUint32(at + 8 * slot + 4, POISON, true);
  }
  return { poisoned };
}
