import { sameBytes } from '../../base/bytes.ts';
import { encode } from '../../isa/encode.ts';
import { jumpTarget, type AluInsn, type Insn, type JumpInsn, type LoadInsn, type StoreInsn } from '../../isa/insn.ts';
import {
  CLASSIC_CLASS,
  CLASSIC_CODE,
  CLASSIC_LIMITS,
  CLASSIC_OPS,
  CLASSIC_SOURCE_X,
  type ClassicInsn,
} from '../../isa/classic.ts';
import { CLASSIC_EXTENSIONS, EXTENSION_OFFSET, type ExtensionSource } from '../../kernel/classicExtensions.ts';
import type { Program } from '../../program/program.ts';
import { checkClassic } from './check.ts';
import { A, convertClassic, CTX, DIVISOR_CHECK, fieldOffset, FRAME, PROLOGUE, TMP, X } from './convert.ts';

/** Why a program cannot be written in classic BPF, and the instruction that says so. */
export interface Inexpressible {
  readonly pc: number;
  readonly reason: string;
}

/** The filter that a program was converted from, or whose conversion it could be. */
export function unconvert(program: Program): readonly ClassicInsn[] | Inexpressible {
  if (program.classic !== undefined) return program.classic.insns;
  return unconvertInsns(program.insns);
}

/** Recognizes what `convertClassic` writes. Where two filters would give the same eBPF, the shorter one is found. */
export function unconvertInsns(insns: readonly Insn[]): readonly ClassicInsn[] | Inexpressible {
  if (!matches(insns, 0, PROLOGUE))
    return {
      pc: 0,
      reason: 'a filter in eBPF begins with w0 = 0, w7 = 0, r6 = r1: its registers A and X, and the context',
    };
  const reading: Reading = { insns, targets: targetsOf(insns), pieces: [] };
  for (let pc = PROLOGUE.length; pc < insns.length;) {
    const piece = pieceAt(reading, pc);
    if (typeof piece === 'string') return { pc, reason: piece };
    reading.pieces.push({ ...piece, pc });
    pc += piece.width;
  }
  const aimed = aim(reading.pieces);
  return 'reason' in aimed ? aimed : checked(aimed, reading);
}

/** A classic instruction found at `pc`; `code` and `k` are final, distances are still places in eBPF. */
interface Piece {
  readonly width: number;
  readonly code: number;
  readonly k: number;
  /** Where it goes if the comparison holds, and if not; for `ja` only the first. */
  readonly jumps: readonly number[];
}

type Placed = Piece & { readonly pc: number };

interface Reading {
  readonly insns: readonly Insn[];
  /** Slots that something jumps to: no piece may have one inside. */
  readonly targets: ReadonlySet<number>;
  readonly pieces: Placed[];
}

function targetsOf(insns: readonly Insn[]): Set<number> {
  const targets = insns.map((insn, pc) => jumpTarget(insn, pc));
  return new Set(targets.filter((target) => target !== null));
}

function matches(insns: readonly Insn[], at: number, pattern: readonly Insn[]): boolean {
  const part = insns.slice(at, at + pattern.length);
  return part.length === pattern.length && sameBytes(encode(part), encode(pattern));
}

/** Whether `pattern` stands at `pc` and nothing jumps into it. */
function standsAt({ insns, targets }: Reading, pc: number, pattern: readonly Insn[]): boolean {
  return pattern.every((_, i) => i === 0 || !targets.has(pc + i)) && matches(insns, pc, pattern);
}

const plain = (code: number, k: number, width = 1): Piece => ({ width, code, k: k >>> 0, jumps: [] });

function pieceAt(reading: Reading, pc: number): Piece | string {
  const insn = reading.insns[pc];
  switch (insn?.kind) {
    case 'packet':
      if (insn.mode === 'ind' && insn.src !== X) return `its offset is in r${insn.src}, not in X (r7)`;
      return plain(PACKET_CODES[insn.mode][insn.size], insn.imm);
    case 'alu':
      return aluPiece(reading, pc, insn);
    case 'load':
      return loadPiece(reading, pc, insn);
    case 'store':
      return storePiece(insn);
    case 'call':
      return (
        extensionPiece(({ kind }) => kind === 'helper', insn) ??
        'classic BPF calls nothing but what reads the CPU number and random numbers'
      );
    case 'goto':
      return { width: 1, code: CLASSIC_CODE.ja, k: 0, jumps: [pc + 1 + insn.off] };
    case 'jump':
      return jumpPiece(reading, pc, insn, 0);
    case 'exit':
      return plain(CLASSIC_CODE.retA, 0);
    default:
      return 'classic BPF has nothing like it';
  }
}

const PACKET_CODES = {
  abs: { 1: CLASSIC_CODE.ldAbsB, 2: CLASSIC_CODE.ldAbsH, 4: CLASSIC_CODE.ldAbsW },
  ind: { 1: CLASSIC_CODE.ldIndB, 2: CLASSIC_CODE.ldIndH, 4: CLASSIC_CODE.ldIndW },
} as const;

const REGISTERS = 'classic BPF has only the registers A (r0) and X (r7)';

function aluPiece(reading: Reading, pc: number, insn: AluInsn): Piece | string {
  const { op, dst, src, imm, source, wide } = insn;
  if (op === 'mov' && source === 'imm' && !wide) return constantPiece(reading, pc, insn);
  if (op === 'mov' && source === 'reg') return movePiece(reading, pc, insn);
  if (wide) return 'A has 32 bits, and this works on 64';
  if (dst !== A || (source === 'reg' && src !== X)) return REGISTERS;
  if (op === 'neg') return plain(CLASSIC_CODE.neg, 0);
  const row = CLASSIC_OPS.find(({ mnemonic, code }) => mnemonic === op && (code & 7) === CLASSIC_CLASS.alu);
  if (row === undefined) return `classic BPF has no operation ${op}`;
  return plain(row.code | (source === 'reg' ? CLASSIC_SOURCE_X : 0), imm);
}

function constantPiece(reading: Reading, pc: number, { dst, imm }: AluInsn): Piece | string {
  const { insns, targets } = reading;
  const next = insns[pc + 1];
  if (dst === X) return plain(CLASSIC_CODE.ldxImm, imm);
  if (dst === TMP && next?.kind === 'jump' && imm < 0 && !targets.has(pc + 1))
    return jumpPiece(reading, pc + 1, next, imm);
  if (dst !== A) return REGISTERS;
  return next?.kind === 'exit' && !targets.has(pc + 1)
    ? plain(CLASSIC_CODE.retK, imm, 2)
    : plain(CLASSIC_CODE.ldImm, imm);
}

function movePiece(reading: Reading, pc: number, { dst, src, wide }: AluInsn): Piece | string {
  const length = reading.insns[pc + 1];
  const k = length?.kind === 'packet' ? length.imm : 0;
  if (standsAt(reading, pc, expansion(CLASSIC_CODE.ldxMsh, k))) return plain(CLASSIC_CODE.ldxMsh, k, 7);
  for (const code of [CLASSIC_CODE.divX, CLASSIC_CODE.modX])
    if (standsAt(reading, pc, expansion(code, 0))) return plain(code, 0, DIVISOR_CHECK.length + 1);
  if (wide && dst === X && src === A) return plain(CLASSIC_CODE.tax, 0);
  if (wide && dst === A && src === X) return plain(CLASSIC_CODE.txa, 0);
  return REGISTERS;
}

/** What one instruction that does not jump becomes. */
function expansion(code: number, k: number): readonly Insn[] {
  return convertClassic([{ code, jt: 0, jf: 0, k: k >>> 0 }]).insns.slice(PROLOGUE.length);
}

function loadPiece(reading: Reading, pc: number, { dst, src, off, size, signed }: LoadInsn): Piece | string {
  if (dst !== A && dst !== X) return REGISTERS;
  if (src !== CTX && src !== FRAME) return 'classic BPF reads memory only in the packet and in M';
  if (size !== 4 || signed) return 'classic BPF reads words of 32 bits here';
  if (src === FRAME) return scratchPiece(off, dst === A ? CLASSIC_CODE.ldMem : CLASSIC_CODE.ldxMem);
  if (off === 0) return plain(dst === A ? CLASSIC_CODE.ldLen : CLASSIC_CODE.ldxLen, 0);
  const next = reading.insns[pc + 1];
  const swapped = next?.kind === 'bswap' && !reading.targets.has(pc + 1);
  const found = extensionPiece(
    (source) => source.kind === 'field' && source.swapped === swapped && fieldOffset(source.field) === off,
  );
  if (found === null || dst !== A) return 'classic BPF cannot read this field of the context';
  return swapped ? { ...found, width: 2 } : found;
}

function storePiece({ dst, src, off, size, source }: StoreInsn): Piece | string {
  if (dst !== FRAME || size !== 4 || source !== 'reg') return 'classic BPF writes A and X to M, and nothing else';
  if (src !== A && src !== X) return REGISTERS;
  return scratchPiece(off, src === A ? CLASSIC_CODE.st : CLASSIC_CODE.stx);
}

/** Word k lies 4 * (k + 1) bytes below the frame pointer. */
function scratchPiece(off: number, code: number): Piece | string {
  const k = -off / 4 - 1;
  return Number.isInteger(k) && k >= 0 && k < CLASSIC_LIMITS.words
    ? plain(code, k)
    : 'the scratch memory has 16 words of 4 bytes, the topmost of the stack';
}

function extensionPiece(
  wanted: (source: ExtensionSource) => boolean,
  call?: { readonly imm: number; readonly target: string },
): Piece | null {
  const found = CLASSIC_EXTENSIONS.find(
    ({ source }) =>
      wanted(source) &&
      (call === undefined || (call.target === 'helper' && source.kind === 'helper' && source.id === call.imm)),
  );
  return found === undefined
    ? null
    : plain(USUAL_LOADS[found.name] ?? CLASSIC_CODE.ldAbsW, EXTENSION_OFFSET + found.offset);
}

/** How wide the load is makes no difference to these values; libpcap writes them so. */
const USUAL_LOADS: Readonly<Record<string, number>> = {
  type: CLASSIC_CODE.ldAbsH,
  vlan_tci: CLASSIC_CODE.ldAbsH,
  vlan_avail: CLASSIC_CODE.ldAbsB,
};

const JUMP_CODES: Partial<Record<JumpInsn['op'], readonly [code: number, negated: boolean]>> = {
  eq: [0x15, false],
  gt: [0x25, false],
  ge: [0x35, false],
  set: [0x45, false],
  ne: [0x15, true],
  le: [0x25, true],
  lt: [0x35, true],
};

/** A comparison, with the jump behind it that stands for the other place. `large` is the constant in r2, or 0. */
function jumpPiece({ insns, targets }: Reading, pc: number, insn: JumpInsn, large: number): Piece | string {
  const { op, dst, src, source, imm, off, wide } = insn;
  const [code, negated] = JUMP_CODES[op] ?? [];
  if (code === undefined || negated === undefined) return 'classic BPF compares unsigned numbers only';
  if (!wide) return 'a converted filter compares 64 bits, of which the upper half is 0';
  const other = source === 'reg' ? src : null;
  if (dst !== A || (other !== null && other !== (large === 0 ? X : TMP))) return REGISTERS;
  if (other === null && imm < 0) return 'classic BPF compares unsigned numbers of 32 bits';
  const before = large === 0 ? 0 : 1;
  const whole = { code: other === X ? code | CLASSIC_SOURCE_X : code, k: (large || imm) >>> 0 };
  const taken = pc + 1 + off;
  const next = insns[pc + 1];
  if (!negated && next?.kind === 'goto' && !targets.has(pc + 1) && takesTwoJumps(insn, next.off))
    return { ...whole, width: before + 2, jumps: [taken, pc + 2 + next.off] };
  return { ...whole, width: before + 1, jumps: negated ? [pc + 1, taken] : [taken, pc + 1] };
}

/** Whether a comparison and the jump behind it are one instruction; otherwise the jump is a `ja` of its own. */
function takesTwoJumps({ op, off }: JumpInsn, other: number): boolean {
  return other !== 0 && (off !== 1 || op === 'set');
}

/** Places in eBPF become distances between classic instructions. */
function aim(pieces: readonly Placed[]): readonly ClassicInsn[] | Inexpressible {
  const indexAt = new Map(pieces.map(({ pc }, index) => [pc, index]));
  const insns: ClassicInsn[] = [];
  for (const [index, { pc, code, k, jumps }] of pieces.entries()) {
    const distances = jumps.map((target) => (indexAt.get(target) ?? -1) - index - 1);
    const most = code === CLASSIC_CODE.ja ? CLASSIC_LIMITS.insns : CLASSIC_LIMITS.distance;
    if (distances.some((distance) => distance < 0)) return { pc, reason: 'classic BPF jumps only forward' };
    if (distances.some((distance) => distance > most))
      return { pc, reason: `comparisons of classic BPF reach ${CLASSIC_LIMITS.distance} instructions` };
    const [first = 0, second = 0] = distances;
    insns.push(code === CLASSIC_CODE.ja ? { code, jt: 0, jf: 0, k: first } : { code, jt: first, jf: second, k });
  }
  return insns;
}

/** Shapes alone do not make a filter: what comes out must be one that kernels take and that converts to the same. */
function checked(classic: readonly ClassicInsn[], { insns, pieces }: Reading): readonly ClassicInsn[] | Inexpressible {
  const [problem] = checkClassic(classic);
  if (problem !== undefined) return { pc: pieces[Math.max(0, problem.index)]?.pc ?? 0, reason: lower(problem.message) };
  const again = convertClassic(classic).insns;
  const differs = insns.findIndex(
    (insn, pc) => again[pc] === undefined || !sameBytes(encode([insn]), encode([again[pc]])),
  );
  return differs === -1 ? classic : { pc: differs, reason: 'no filter is converted to this instruction here' };
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
