import type { AluOp, Insn, JumpOp, Reg, Size } from '../../server/src/isa/insn.ts';

/**
 * Programs that hold nothing but numbers: unknown ones from the stack, narrowed by comparisons and masks, then put
 * through operations. The verifier of the kernel walks them all, so its log shows its whole domain of values.
 */
type Random = (below: number) => number;

/** A jump that keeps to one side; the other side ends the program by a block of its own, so that nothing is pruned. */
interface Comparison {
  readonly op: JumpOp;
  readonly wide: boolean;
  readonly dst: Reg;
  readonly against: Reg | { readonly imm: number };
  readonly stay: 'taken' | 'fallThrough';
}

export const ARITHMETIC: readonly AluOp[] = [
  'add', 'sub', 'mul', 'and', 'or', 'xor', 'lsh', 'rsh', 'arsh', 'div', 'sdiv', 'mod', 'smod',
]; // prettier-ignore
export const COMPARISONS: readonly JumpOp[] = [
  'eq', 'ne', 'set', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle',
]; // prettier-ignore

const EDGES = [
  0n, 1n, 2n, 7n, 8n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_fffen, 0x7fff_ffffn, 0x8000_0000n,
  0x8000_0001n, 0xffff_fffen, 0xffff_ffffn, 0x1_0000_0000n, 0x1_7fff_ffffn, 0x1_8000_0000n, 0x7fff_ffff_ffff_ffffn,
  0x7fff_ffff_0000_0000n, 0x7fff_ffff_8000_0000n, 0x5555_5555_5555_5555n,
]; // prettier-ignore

/** A value near an edge of one of the four ranges, of either sign, or any at all. */
export function interestingValue(random: Random): bigint {
  if (random(8) === 0) return BigInt.asUintN(64, (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32)));
  const edge = (EDGES[random(EDGES.length)] ?? 0n) + BigInt(random(4) === 0 ? random(17) - 8 : 0);
  return BigInt.asUintN(64, random(2) === 0 ? edge : -edge);
}

export function interestingImm(random: Random): number {
  return Number(BigInt.asIntN(32, interestingValue(random)));
}

export function randomProgram(random: Random): Insn[] {
  const steps: Step[] = [load(1, random), load(2, random)];
  for (let count = 1 + random(3); count > 0; count--) steps.push(narrowing(random));
  for (let count = 1 + random(4); count > 0; count--) steps.push(randomStep(random));
  return layOut(steps);
}

/** Two numbers in given ranges, then one operation or comparison of the two: after prog_tests/reg_bounds.c. */
export function rangePairProgram(random: Random): Insn[] {
  const steps: Step[] = [load(1, random, 8), load(2, random, 8)];
  for (const reg of [1, 2]) steps.push(...range(reg, random));
  const wide = random(2) === 0;
  if (random(2) === 0) {
    steps.push({ insns: [alu(pick(ARITHMETIC, random), wide, 1, 2)] });
  } else {
    const op = pick(COMPARISONS, random);
    steps.push({ compare: { op, wide, dst: 1, against: 2, stay: random(2) === 0 ? 'taken' : 'fallThrough' } });
  }
  return layOut(steps);
}

/** A sign spread over all bits and a mask or constant on it, where the verifier splits the path. */
export function signMaskProgram(random: Random): Insn[] {
  const steps: Step[] = [load(1, random), { insns: constant(2, interestingValue(random)) }];
  if (random(2) === 0) steps.push({ insns: [randomAlu(1, random(2) === 0, random)] });
  const wide = random(2) === 0;
  steps.push({ insns: [alu('arsh', wide, 1, { imm: wide ? 63 : 31 })] });
  const by = random(2) === 0 ? 2 : { imm: interestingImm(random) };
  steps.push({ insns: [alu(pick(['and', 'or', 'xor'] as const, random), random(2) === 0, 1, by)] });
  if (random(2) === 0) steps.push({ insns: [alu(pick(ARITHMETIC, random), random(2) === 0, 1, 2)] });
  return layOut(steps);
}

/** A number up to about the largest that a shift to the left keeps. */
export function shiftEdgeProgram(random: Random): Insn[] {
  const wide = random(2) === 0;
  const bits = wide ? 64 : 32;
  const by = random(bits);
  const limit = 2n ** BigInt(bits - 1 - by) + BigInt(random(3) - 1);
  return layOut([
    load(1, random, 8),
    { insns: constant(2, limit) },
    { compare: { op: 'gt', wide, dst: 1, against: 2, stay: 'fallThrough' } },
    { insns: [alu('lsh', wide, 1, { imm: by })] },
  ]);
}

type Step = { readonly insns: readonly Insn[] } | { readonly compare: Comparison };

function pick<T>(from: readonly T[], random: Random): T {
  return from[random(from.length)] as T;
}

function load(dst: Reg, random: Random, fixed?: Size): Step {
  const size = fixed ?? pick([1, 2, 4, 8, 8, 8, 8] as const, random);
  const signed = size !== 8 && random(2) === 0;
  return { insns: [{ kind: 'load', dst, src: 10, off: -8, size, signed }] };
}

/** Both ends of a range in one of the four ways to compare; the constants go through r3 where imm is too narrow. */
function range(reg: Reg, random: Random): Step[] {
  const wide = random(2) === 0;
  const signed = random(2) === 0;
  const bits = wide ? 64 : 32;
  const cut = (value: bigint): bigint => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const ends = [cut(interestingValue(random)), cut(interestingValue(random))];
  if ((ends[0] ?? 0n) > (ends[1] ?? 0n)) ends.reverse();
  return [
    { insns: constant(3, ends[0] ?? 0n) },
    { compare: { op: signed ? 'sge' : 'ge', wide, dst: reg, against: 3, stay: 'taken' } },
    { insns: constant(3, ends[1] ?? 0n) },
    { compare: { op: signed ? 'sgt' : 'gt', wide, dst: reg, against: 3, stay: 'fallThrough' } },
  ];
}

function narrowing(random: Random): Step {
  const dst = 1 + random(2);
  const stay = random(2) === 0 ? 'taken' : 'fallThrough';
  const wide = random(2) === 0;
  if (random(4) === 0) return { insns: [alu('and', wide, dst, { imm: interestingImm(random) })] };
  return { compare: { op: pick(COMPARISONS, random), wide, dst, against: { imm: interestingImm(random) }, stay } };
}

function randomStep(random: Random): Step {
  const dst = 1 + random(2);
  const wide = random(2) === 0;
  switch (random(12)) {
    case 0:
      return narrowing(random);
    case 1: {
      const against = random(8) === 0 ? dst : 3 - dst;
      const stay = random(2) === 0 ? 'taken' : 'fallThrough';
      return { compare: { op: pick(COMPARISONS, random), wide, dst, against, stay } };
    }
    case 2:
      return { insns: constant(dst, interestingValue(random)) };
    case 3:
      return { insns: [alu('neg', wide, dst, { imm: 0 })] };
    case 4:
      return { insns: [byteSwap(dst, random)] };
    case 5:
    case 6:
      return { insns: [extension(dst, wide, random)] };
    default:
      return { insns: [randomAlu(dst, wide, random)] };
  }
}

function randomAlu(dst: Reg, wide: boolean, random: Random): Insn {
  const op = pick(ARITHMETIC, random);
  if (random(3) === 0) return alu(op, wide, dst, random(8) === 0 ? dst : 3 - dst);
  const bits = wide ? 64 : 32;
  if (op === 'lsh' || op === 'rsh' || op === 'arsh')
    return alu(op, wide, dst, { imm: pick([random(bits), bits / 2, bits - 1, 1], random) });
  const imm = interestingImm(random);
  return alu(op, wide, dst, { imm: imm === 0 && /div|mod/.test(op) ? 3 : imm });
}

function extension(dst: Reg, wide: boolean, random: Random): Insn {
  const signExtendBits = wide ? pick([8, 16, 32] as const, random) : pick([0, 8, 16] as const, random);
  return { kind: 'alu', op: 'mov', wide, dst, source: 'reg', src: dst, imm: 0, signExtendBits };
}

function byteSwap(dst: Reg, random: Random): Insn {
  const mode = pick(['le', 'be', 'swap'] as const, random);
  return { kind: 'bswap', mode, bits: pick([16, 32, 64] as const, random), dst };
}

function alu(op: AluOp, wide: boolean, dst: Reg, by: Reg | { readonly imm: number }): Insn {
  const operand = typeof by === 'number' ? { source: 'reg', src: by, imm: 0 } : { source: 'imm', src: 0, imm: by.imm };
  return { kind: 'alu', op, wide, dst, signExtendBits: 0, ...(operand as { source: 'reg'; src: Reg; imm: number }) };
}

function constant(dst: Reg, value: bigint): Insn[] {
  const lo = Number(BigInt.asIntN(32, value));
  const hi = Number(BigInt.asIntN(32, value >> 32n));
  return [{ kind: 'loadImm64', dst, lo, hi }, { kind: 'wideSlot' }];
}

/** Each abandoned side gets an ending of its own behind the program. */
function layOut(steps: readonly Step[]): Insn[] {
  const insns: Insn[] = [];
  const endings: number[] = [];
  for (const step of steps) {
    if ('insns' in step) {
      insns.push(...step.insns);
    } else if (step.compare.stay === 'taken') {
      insns.push(jump(step.compare, 2), ...ending(insns.length));
    } else {
      endings.push(insns.length);
      insns.push(jump(step.compare, 0));
    }
  }
  insns.push(...ending(0));
  for (const at of endings) {
    const from = insns[at];
    if (from?.kind === 'jump') insns[at] = { ...from, off: insns.length - at - 1 };
    insns.push(...ending(at + 1));
  }
  return insns;
}

function jump(compare: Comparison, off: number): Insn {
  const { op, wide, dst, against } = compare;
  if (typeof against === 'number') return { kind: 'jump', op, wide, dst, off, source: 'reg', src: against, imm: 0 };
  return { kind: 'jump', op, wide, dst, off, source: 'imm', src: 0, imm: against.imm };
}

function ending(mark: number): Insn[] {
  const operand = { source: 'imm', src: 0, imm: mark } as const;
  return [{ kind: 'alu', op: 'mov', wide: true, dst: 0, signExtendBits: 0, ...operand }, { kind: 'exit' }];
}
