import type { AluOp, Insn, Operand, Reg, Size } from '../../server/src/isa/insn.ts';
import { randomNumbers } from '../support/random.ts';

type Next = (below: number) => number;

/**
 * r9 and r8 point into the packet, r7 does so in a way that nobody can see; r6 points into the frame, in programs
 * without jumps: where blocks end, its address would get away.
 */
const BASES: readonly Reg[] = [9, 9, 9, 8, 8, 7, 6, 10, 10];
const FRAME: ReadonlySet<Reg> = new Set([6, 10]);

/**
 * A program that reads and writes packet and frame mostly byte by byte: builds numbers from bytes, takes
 * them apart, swaps fields, in good order and in bad, with accesses in between that hinder putting them together.
 */
export function randomBytesProgram(seed: number): Insn[] {
  const next = randomNumbers(seed);
  const jumps = next(2) === 0;
  const insns: Insn[] = [
    ...copy(9, 1),
    ...copy(8, 9),
    shifted('add', 8, 5),
    ...copy(6, 10),
    shifted('add', 6, -32),
    { kind: 'store', dst: 10, off: -64, size: 8, source: 'reg', src: 9, imm: 0 },
    load(7, 10, -64, 8),
  ];
  if (jumps) insns.push(shifted('mov', 6, 1));
  for (let slot = 0; slot < 6; slot++)
    if (next(8) > 0) insns.push(store(10, -48 + 8 * slot, 8, immediate(next(1000) - 500)));
  for (let reg = 0; reg < 6; reg++)
    insns.push({ ...shifted('mov', reg, next(0x1_0000) - 0x8000), wide: next(2) === 0 });
  const count = 3 + next(8);
  for (let i = 0; i < count; i++) {
    const body = step(next).map((insn) => (jumps ? onFrameBase(insn) : insn));
    if (jumps && next(2) === 0) insns.push(jumpOver(body.length, next));
    insns.push(...body);
  }
  for (let reg = 1; reg < 6; reg++)
    insns.push({ kind: 'alu', op: 'xor', wide: true, dst: 0, signExtendBits: 0, source: 'reg', src: reg, imm: 0 });
  insns.push({ kind: 'exit' });
  return insns;
}

/** The same with r10 in place of r6. */
function onFrameBase(insn: Insn): Insn {
  if (insn.kind === 'load' && insn.src === 6) return { ...insn, src: 10, off: insn.off - 32 };
  return insn.kind === 'store' && insn.dst === 6 ? { ...insn, dst: 10, off: insn.off - 32 } : insn;
}

function jumpOver(count: number, next: Next): Insn {
  const condition = { ...immediate(next(200) - 100), dst: next(6), wide: next(2) === 0 };
  return { kind: 'jump', op: (['gt', 'sle', 'set', 'eq'] as const)[next(4)] ?? 'eq', off: count, ...condition };
}

function step(next: Next): Insn[] {
  switch (next(8)) {
    case 0:
    case 1:
      return build(next);
    case 2:
    case 3:
      return scatter(next);
    case 4:
      return exchange(next);
    case 5:
      return [access(next)];
    default:
      return [change(next)];
  }
}

function immediate(value: number): Operand {
  return { source: 'imm', src: 0, imm: value };
}

function shifted(op: AluOp, dst: Reg, imm: number, wide = true): Extract<Insn, { kind: 'alu' }> {
  return { kind: 'alu', op, wide, dst, signExtendBits: 0, ...immediate(imm) };
}

function join(op: AluOp, dst: Reg, src: Reg, wide: boolean): Insn {
  return { kind: 'alu', op, wide, dst, signExtendBits: 0, source: 'reg', src, imm: 0 };
}

function* copy(dst: Reg, src: Reg): Iterable<Insn> {
  yield join('mov', dst, src, true);
}

function load(dst: Reg, src: Reg, off: number, size: Size): Insn {
  return { kind: 'load', dst, src, off, size, signed: false };
}

function store(dst: Reg, off: number, size: Size, value: Operand): Insn {
  return { kind: 'store', dst, off, size, ...value };
}

function place(next: Next): { base: Reg; off: number } {
  const base = BASES[next(BASES.length)] ?? 9;
  return { base, off: FRAME.has(base) ? (base === 10 ? -40 : 0) + next(16) - 4 : next(24) };
}

/** r0-r5, or a few bytes somewhere. */
function value(next: Next): Operand {
  return next(4) === 0 ? immediate(0) : { source: 'reg', src: next(6), imm: 0 };
}

function size(next: Next): Size {
  return ([1, 1, 1, 2, 4, 8] as const)[next(6)] ?? 1;
}

function access(next: Next): Insn {
  const { base, off } = place(next);
  if (next(2) === 0) return load(next(6), base, off, size(next));
  return store(base, off, size(next), value(next));
}

function change(next: Next): Insn {
  const dst = next(6);
  switch (next(6)) {
    case 0:
      return {
        kind: 'bswap',
        mode: (['le', 'be', 'swap'] as const)[next(3)] ?? 'le',
        bits: ([16, 32, 64] as const)[next(3)] ?? 16,
        dst,
      };
    case 1:
      return shifted(next(2) === 0 ? 'lsh' : 'rsh', dst, 8 * next(8), true);
    case 2:
      return shifted('and', dst, [0xff, 0xffff, -1, 0xff00, -256, 0][next(6)] ?? 0, next(2) === 0);
    case 3:
      return join((['or', 'xor', 'add', 'mov'] as const)[next(4)] ?? 'or', dst, next(6), next(2) === 0);
    case 4:
      return shifted('add', dst, next(9) - 4, next(2) === 0);
    default:
      return shifted(next(2) === 0 ? 'lsh' : 'rsh', dst, 8 * next(4), false);
  }
}

/** Sometimes leaves one of the instructions out, or puts another one in. */
function disturb(insns: readonly Insn[], next: Next): Insn[] {
  return insns.flatMap((insn) => {
    if (next(40) === 0) return [];
    return next(25) === 0 ? [insn, access(next)] : [insn];
  });
}

function order(count: number, next: Next): number[] {
  const items = Array.from({ length: count }, (_, i) => i);
  if (next(2) === 0) return items;
  return items
    .map((item) => ({ item, key: next(1000) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** A number from neighbouring bytes, in either byte order. */
function build(next: Next): Insn[] {
  const count = [2, 2, 4, 4, 8, 3][next(6)] ?? 2;
  const { base, off } = place(next);
  const into = next(6);
  const byte = (into + 1 + next(5)) % 6;
  const big = next(3) === 0;
  const wide = count === 8 || next(2) === 0;
  const op = (['or', 'or', 'xor', 'add'] as const)[next(4)] ?? 'or';
  const insns: Insn[] = [];
  order(count, next).forEach((i, n) => {
    const dst = n === 0 ? into : byte;
    insns.push(load(dst, base, off + i, 1));
    const by = 8 * (big ? count - 1 - i : i);
    if (by > 0) insns.push(shifted('lsh', dst, by, wide));
    if (n > 0) insns.push(join(op, into, byte, wide));
  });
  return disturb(insns, next);
}

/** A register's bytes to neighbouring places, in either byte order. */
function scatter(next: Next): Insn[] {
  const count = [2, 2, 4, 4, 8, 3][next(6)] ?? 2;
  const { base, off } = place(next);
  const from = next(6);
  const byte = (from + 1 + next(5)) % 6;
  const big = next(2) === 0;
  const insns: Insn[] = [];
  for (const i of order(count, next)) {
    insns.push(...copy(byte, from), shifted('rsh', byte, 8 * (big ? count - 1 - i : i)));
    insns.push(store(base, off + i, 1, { source: 'reg', src: byte, imm: 0 }));
  }
  return disturb(insns, next);
}

/** Two fields change places, byte by byte, as compilers do it for packed structs. */
function exchange(next: Next): Insn[] {
  const count = [2, 4, 6][next(3)] ?? 2;
  const { base, off } = place(next);
  const apart = next(5) === 0 ? next(count) : count + next(4);
  const insns: Insn[] = [];
  const waiting: Insn[] = [];
  for (const i of order(Math.min(count, 4), next)) {
    insns.push(load(i, base, off + i, 1), load(4 + (i & 1), base, off + apart + i, 1));
    insns.push(store(base, off + i, 1, { source: 'reg', src: 4 + (i & 1), imm: 0 }));
    waiting.push(store(base, off + apart + i, 1, { source: 'reg', src: i, imm: 0 }));
  }
  return disturb([...insns, ...waiting], next);
}
