/**
 * The words of the mnemonic notation, made from the tables of the instruction set. Names are those of the
 * bpf_conformance suite and of uBPF; where GNU as (binutils 2.45, opcodes/bpf-opc.c) has others, both are understood.
 */
import type { AluOp, AtomicOp, JumpOp, Size } from '../../isa/insn.ts';
import { ALU_OPS, ATOMIC_OPS, JUMP_OPS, KIND_FACTS, type OpFact } from '../../isa/opcodes.ts';

/** What stands behind a mnemonic, and what it means. */
export type Form =
  /** `add %r1, %r2`, `add32 %r1, 5`, `neg %r1`. */
  | { readonly kind: 'alu'; readonly op: AluOp; readonly wide: boolean }
  /** `movsx864 %r1, %r2`. */
  | { readonly kind: 'movsx'; readonly bits: 8 | 16 | 32; readonly wide: boolean }
  /** GNU: `movs %r1, %r2, 8`. */
  | { readonly kind: 'movs'; readonly wide: boolean }
  /** `be16 %r1`. */
  | { readonly kind: 'swap'; readonly mode: 'le' | 'be' | 'swap'; readonly bits: 16 | 32 | 64 }
  /** GNU: `endbe %r1, 16`. */
  | { readonly kind: 'end'; readonly mode: 'le' | 'be' | 'swap' }
  /** `ldxw %r1, [%r2+4]`. */
  | { readonly kind: 'load'; readonly size: Size; readonly signed: boolean }
  /** `stxw [%r1+4], %r2`, `stw [%r1+4], 5`. */
  | { readonly kind: 'store'; readonly size: Size; readonly source: 'reg' | 'imm' }
  /** `lddw %r1, 0x1122334455667788`, and addresses of maps, data and functions by name. */
  | { readonly kind: 'lddw' }
  /** `jeq %r1, 5, label`. */
  | { readonly kind: 'jump'; readonly op: JumpOp; readonly wide: boolean }
  /** `ja label`. */
  | { readonly kind: 'goto'; readonly long: boolean }
  | { readonly kind: 'mayGoto' }
  /** `ldabsw 12`, `ldindh %r7, 14`. */
  | { readonly kind: 'packet'; readonly mode: 'abs' | 'ind'; readonly size: 1 | 2 | 4 }
  /** GNU: `aadd [%r1+0], %r2`; elsewhere `lock add [%r1+0], %r2`. */
  | { readonly kind: 'atomic'; readonly op: AtomicOp; readonly fetch: boolean; readonly size: Size }
  /** `load_acquire32 %r1, [%r2+0]`. */
  | { readonly kind: 'loadAcquire'; readonly size: Size }
  | { readonly kind: 'storeRelease'; readonly size: Size }
  /** `addr_space_cast %r1, %r2, 0, 1`. */
  | { readonly kind: 'addrSpaceCast' };

export interface Mnemonic {
  readonly name: string;
  readonly form: Form;
  /** How to write it. */
  readonly usage: string;
  readonly fact: OpFact;
}

const SIZES: readonly (readonly [string, Size])[] = [['b', 1], ['h', 2], ['w', 4], ['dw', 8]]; // prettier-ignore
const WIDTHS = [true, false] as const;

function row(name: string, operands: string, fact: OpFact, form: Form): Mnemonic {
  return { name, form, usage: operands === '' ? name : `${name} ${operands}`, fact };
}

function arithmetic(): Mnemonic[] {
  const ops = Object.keys(ALU_OPS) as AluOp[];
  return WIDTHS.flatMap((wide) =>
    ops.map((op) => {
      const fact = ALU_OPS[op];
      const operands = op === 'neg' ? '%r1' : '%r1, %r2';
      return row(suffixed(fact.mnemonic, wide), operands, fact, { kind: 'alu', op, wide });
    }),
  );
}

/** The notation marks instructions that work on 32 bits. */
export function suffixed(name: string, wide: boolean): string {
  return wide ? name : `${name}32`;
}

function moves(): Mnemonic[] {
  const { movsx, addrSpaceCast } = KIND_FACTS;
  const both = ([8, 16, 32] as const).flatMap((bits) =>
    WIDTHS.filter((wide) => wide || bits < 32).map((wide) =>
      row(`movsx${bits}${wide ? 64 : 32}`, '%r1, %r2', movsx, { kind: 'movsx', bits, wide }),
    ),
  );
  const gnu = WIDTHS.map((wide) => row(suffixed('movs', wide), '%r1, %r2, 8', movsx, { kind: 'movs', wide }));
  return [...both, ...gnu, row('addr_space_cast', '%r1, %r2, 0, 1', addrSpaceCast, { kind: 'addrSpaceCast' })];
}

/** The suite writes the unconditional swap in two ways. */
function swaps(): Mnemonic[] {
  const names = [['le', 'le'], ['be', 'be'], ['bswap', 'swap'], ['swap', 'swap']] as const; // prettier-ignore
  const gnu = [['endle', 'le'], ['endbe', 'be'], ['bswap', 'swap']] as const; // prettier-ignore
  return [
    ...names.flatMap(([name, mode]) =>
      ([16, 32, 64] as const).map((bits) =>
        row(`${name}${bits}`, '%r1', KIND_FACTS[mode], { kind: 'swap', mode, bits }),
      ),
    ),
    ...gnu.map(([name, mode]) => row(name, '%r1, 16', KIND_FACTS[mode], { kind: 'end', mode })),
  ];
}

function memory(): Mnemonic[] {
  const { load, loadSigned, store, loadImm64, packetAbs, packetInd } = KIND_FACTS;
  return [
    row('lddw', '%r1, 0x1122334455667788', loadImm64, { kind: 'lddw' }),
    ...SIZES.flatMap(([letter, size]) => [
      row(`ldx${letter}`, '%r1, [%r2+0]', load, { kind: 'load', size, signed: false }),
      row(`stx${letter}`, '[%r1+0], %r2', store, { kind: 'store', size, source: 'reg' }),
      row(`st${letter}`, '[%r1+0], 5', store, { kind: 'store', size, source: 'imm' }),
    ]),
    ...SIZES.slice(0, 3).flatMap(([letter, size]) => [
      row(`ldxs${letter}`, '%r1, [%r2+0]', loadSigned, { kind: 'load', size, signed: true }),
      row(`ldabs${letter}`, '12', packetAbs, { kind: 'packet', mode: 'abs', size: size as 1 | 2 | 4 }),
      row(`ldind${letter}`, '%r7, 12', packetInd, { kind: 'packet', mode: 'ind', size: size as 1 | 2 | 4 }),
    ]),
  ];
}

function jumps(): Mnemonic[] {
  const ops = Object.keys(JUMP_OPS) as JumpOp[];
  const { goto, gotol, mayGoto } = KIND_FACTS;
  return [
    ...WIDTHS.flatMap((wide) =>
      ops.map((op) =>
        row(suffixed(JUMP_OPS[op].mnemonic, wide), '%r1, 5, label', JUMP_OPS[op], { kind: 'jump', op, wide }),
      ),
    ),
    row('ja', 'label', goto, { kind: 'goto', long: false }),
    row('ja32', 'label', gotol, { kind: 'goto', long: true }),
    row('jal', 'label', gotol, { kind: 'goto', long: true }),
    row('may_goto', 'label', mayGoto, { kind: 'mayGoto' }),
  ];
}

/** GNU as has a mnemonic per atomic operation; `xadddw` and `xaddw` are its older names of the first. */
function atomics(): Mnemonic[] {
  const gnu = (name: string, op: AtomicOp, fetch: boolean): Mnemonic[] =>
    WIDTHS.map((wide) =>
      row(suffixed(name, wide), '[%r1+0], %r2', ATOMIC_OPS[op], { kind: 'atomic', op, fetch, size: wide ? 8 : 4 }),
    );
  const simple = ['add', 'or', 'and', 'xor'] as const;
  const { loadAcquire, storeRelease } = ATOMIC_OPS;
  return [
    ...simple.flatMap((op) => [...gnu(`a${op}`, op, false), ...gnu(`af${op}`, op, true)]),
    ...gnu('axchg', 'xchg', true),
    ...gnu('acmp', 'cmpxchg', true),
    row('xadddw', '[%r1+0], %r2', ATOMIC_OPS.add, { kind: 'atomic', op: 'add', fetch: false, size: 8 }),
    row('xaddw', '[%r1+0], %r2', ATOMIC_OPS.add, { kind: 'atomic', op: 'add', fetch: false, size: 4 }),
    ...SIZES.flatMap(([, size]) => [
      row(`load_acquire${8 * size}`, '%r1, [%r2+0]', loadAcquire, { kind: 'loadAcquire', size }),
      row(`store_release${8 * size}`, '[%r1+0], %r2', storeRelease, { kind: 'storeRelease', size }),
    ]),
  ];
}

/** `call`, `exit` and `lock` are words of the pseudo-C, too; their operands tell the notations apart. */
export const MNEMONICS: readonly Mnemonic[] = [
  ...arithmetic(), ...moves(), ...swaps(), ...memory(), ...jumps(), ...atomics(),
]; // prettier-ignore

const byName = new Map(MNEMONICS.map((mnemonic) => [mnemonic.name, mnemonic]));

/** In any case: assemblers take both. */
export function mnemonicNamed(word: string): Mnemonic | null {
  return byName.get(word) ?? byName.get(word.toLowerCase()) ?? null;
}

/** Operations behind `lock`: `add`, `add32`, `xchg`, `cmpxchg32`. */
export const LOCKED: ReadonlyMap<string, { readonly op: AtomicOp; readonly size: Size }> = new Map(
  (['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'] as const).flatMap((op) =>
    WIDTHS.map((wide) => [suffixed(ATOMIC_OPS[op].mnemonic, wide), { op, size: wide ? 8 : 4 }] as const),
  ),
);
