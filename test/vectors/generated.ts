/** Vectors for arithmetic and comparisons: each instruction on many operands, folded into one number. */
import type { AluOp, JumpOp, Size } from '../../server/src/isa/insn.ts';
import { ALU_OPS, JUMP_OPS } from '../../server/src/isa/opcodes.ts';
import { aluResult, comparison, type Width } from './reference.ts';
import type { Vector } from './vectors.ts';

/** Both signs and both halves at their limits, and shift counts around the widths. */
const VALUES = [
  0n, 1n, -1n, 2n, 7n, -7n, 31n, 32n, 63n, 65n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x1200000007n,
  0x7fffffffffffffffn, -0x8000000000000000n, 0x8000000080000000n, 0x123456789abcdef0n,
]; // prettier-ignore
const IMMEDIATES = [0n, 1n, -1n, 3n, -3n, 8n, 0x7fffffffn, -0x80000000n];
const SHIFTS = [0n, 1n, 7n, 31n];
const WIDTHS: readonly Width[] = [64, 32];
const FOLD = 31n;

const shifts = (op: AluOp): boolean => op === 'lsh' || op === 'rsh' || op === 'arsh';
const letter = (width: Width): string => (width === 64 ? 'r' : 'w');
const load = (register: string, value: bigint): string => `${register} = ${value} ll`;

function folded(results: readonly bigint[]): string {
  const sum = results.reduce((sum, result) => BigInt.asUintN(64, sum * FOLD) ^ result, 0n);
  return `0x${sum.toString(16)}`;
}

const PACKET_IN_R6 = 'r6 = *(u32 *)(r1 + 0)';
const FOLDING = `r0 *= ${FOLD}\nr0 ^= r1`;

function vector(name: string, steps: readonly (readonly [text: string, result: bigint])[]): Vector {
  const text = [PACKET_IN_R6, 'r0 = 0', ...steps.map(([step]) => `${step}\n${FOLDING}`), 'exit'].join('\n');
  return { name, text, r0: folded(steps.map(([, result]) => result)) };
}

function ofRegisters(op: AluOp, width: Width): Vector {
  const l = letter(width);
  const steps = VALUES.flatMap((a) =>
    VALUES.map((b): [string, bigint] => {
      const insn = op === 'neg' ? `${l}1 = -${l}1` : `${l}1 ${ALU_OPS[op].operator} ${l}2`;
      return [`${load('r1', a)}\n${load('r2', b)}\n${insn}`, aluResult(op, width, a, b)];
    }),
  );
  return vector(`${op} of registers, ${width} bits`, steps);
}

function ofConstants(op: AluOp, width: Width): Vector {
  const l = letter(width);
  const steps = VALUES.flatMap((a) =>
    (shifts(op) ? SHIFTS : IMMEDIATES).map((imm): [string, bigint] => [
      `${load('r1', a)}\n${l}1 ${ALU_OPS[op].operator} ${imm}`,
      aluResult(op, width, a, imm),
    ]),
  );
  return vector(`${op} of constants, ${width} bits`, steps);
}

function compared(op: JumpOp, width: Width, second: 'register' | 'constant'): Vector {
  const l = letter(width);
  const steps = VALUES.flatMap((a) =>
    (second === 'register' ? VALUES : IMMEDIATES).map((b): [string, bigint] => {
      const operand = second === 'register' ? `${l}2` : `${b}`;
      const loads = second === 'register' ? `${load('r3', a)}\n${load('r2', b)}` : load('r3', a);
      const jump = `r1 = 1\nif ${l}3 ${JUMP_OPS[op].operator} ${operand} goto +1\nr1 = 2`;
      return [`${loads}\n${jump}`, comparison(op, width, a, b) ? 1n : 2n];
    }),
  );
  return vector(`${op} compares with a ${second}, ${width} bits`, steps);
}

const SIZES: readonly Size[] = [1, 2, 4, 8];
const bitsOf = (size: Size): number => 8 * size;
const PATTERN = 0x8182838485868788n;

type Memory = 'stack' | 'packet';
/** Compiled code may keep parts of the stack elsewhere, so what holds for it need not hold for other memory. */
const PLACES: Readonly<Record<Memory, (at: number) => string>> = {
  stack: (at) => `r10 - ${16 - at}`,
  packet: (at) => `r6 + ${8 + at}`,
};

/** A store of each size between other bytes, then all of them read back. */
function stores(source: 'register' | 'constant', memory: Memory): Vector {
  const at8 = PLACES[memory];
  const steps = SIZES.flatMap((size) =>
    [0, 8 - size].map((at): [string, bigint] => {
      const value = source === 'register' ? -0x1122334455667789n : -3n;
      const mask = (1n << BigInt(bitsOf(size))) - 1n;
      const place = BigInt(8 * at);
      const result = (PATTERN & ~(mask << place)) | ((BigInt.asUintN(64, value) & mask) << place);
      const store = `*(u${bitsOf(size)} *)(${at8(at)}) = ${source === 'register' ? 'r4' : value}`;
      return [
        `${load('r3', PATTERN)}\n*(u64 *)(${at8(0)}) = r3\n${load('r4', value)}\n${store}\nr1 = *(u64 *)(${at8(0)})`,
        result,
      ];
    }),
  );
  return vector(`stores of a ${source} to the ${memory}`, steps);
}

/** Within a block compiled code knows what was stored and need not load it. */
const OTHER_BLOCK = 'if r6 != 0 goto +1\nr6 = 0';

function loads(letter: 'u' | 's', memory: Memory): Vector {
  const at8 = PLACES[memory];
  const steps = SIZES.filter((size) => letter === 'u' || size < 8).flatMap((size) =>
    [0, 8 - size].map((at): [string, bigint] => {
      const bits = bitsOf(size);
      const part = PATTERN >> BigInt(8 * at);
      const result = letter === 'u' ? BigInt.asUintN(bits, part) : BigInt.asUintN(64, BigInt.asIntN(bits, part));
      const text = `${load('r3', PATTERN)}\n*(u64 *)(${at8(0)}) = r3\n${OTHER_BLOCK}\nr1 = *(${letter}${bits} *)(${at8(at)})`;
      return [text, result];
    }),
  );
  return vector(`loads from the ${memory}, ${letter === 'u' ? 'unsigned' : 'signed'}`, steps);
}

const OLD = [0x1ffffffffn, -1n, 0x7n] as const;
const OPERANDS = [1n, -8n, 0x500000009n, 0x80000000n] as const;

/** What is in memory afterwards, and in the register. */
function atomics(op: 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg', width: Width, fetch: boolean): Vector {
  const steps = OLD.flatMap((old) => OPERANDS.flatMap((operand) => atomicSteps(op, width, fetch, old, operand)));
  return vector(`${fetch ? 'fetching ' : ''}atomic ${op}, ${width} bits`, steps);
}

function atomicSteps(op: string, width: Width, fetch: boolean, old: bigint, operand: bigint): [string, bigint][] {
  const l = letter(width);
  const before = BigInt.asUintN(64, old);
  const low = BigInt.asUintN(width, old);
  const stored = op === 'xchg' || op === 'cmpxchg' ? operand : aluResult(op as AluOp, width, old, operand);
  // r0 is compared with 7, which is one of the old values.
  const takes = op !== 'cmpxchg' || low === 7n;
  const after = takes
    ? width === 64
      ? BigInt.asUintN(64, stored)
      : (before & ~0xffffffffn) | BigInt.asUintN(32, stored)
    : before;
  const setup = `r6 = r0\nr0 = 7\n${load('r3', old)}\n*(u64 *)(r10 - 16) = r3\n${load('r4', operand)}`;
  const register = fetch ? (op === 'cmpxchg' ? 'r0' : 'r4') : 'r4';
  const held = fetch ? low : BigInt.asUintN(64, operand);
  const insn =
    {
      xchg: `${l}4 = ${width === 64 ? 'xchg_64' : 'xchg32_32'}(r10 - 16, ${l}4)`,
      cmpxchg: `${l}0 = ${width === 64 ? 'cmpxchg_64' : 'cmpxchg32_32'}(r10 - 16, ${l}0, ${l}4)`,
    }[op] ??
    (fetch
      ? `${l}4 = atomic_fetch_${op}((u${width} *)(r10 - 16), ${l}4)`
      : `lock *(u${width} *)(r10 - 16) ${ALU_OPS[op as AluOp].operator} ${l}4`);
  return [
    [`${setup}\n${insn}\nr1 = ${register}\nr0 = r6`, held],
    ['r1 = *(u64 *)(r10 - 16)', after],
  ];
}

function swaps(): Vector {
  const steps = ([16, 32, 64] as const).flatMap((bits) =>
    (['le', 'be', 'bswap'] as const).map((mode): [string, bigint] => {
      const part = BigInt.asUintN(bits, PATTERN ^ 0x11n);
      return [
        `${load('r1', PATTERN ^ 0x11n)}\nr1 = ${mode}${bits} r1`,
        mode === 'le' ? part : reversed(part, bits / 8),
      ];
    }),
  );
  return vector('byte order', steps);
}

function reversed(value: bigint, bytes: number): bigint {
  let result = 0n;
  for (let i = 0; i < bytes; i++) result = (result << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return result;
}

function signExtensions(): Vector {
  const values = [0x7fn, 0x80n, 0x7fffn, 0x8000n, 0x7fffffffn, 0x80000000n, -1n, 0x123456789abcdef0n];
  const steps = WIDTHS.flatMap((width) =>
    ([8, 16, 32] as const)
      .filter((bits) => bits < width)
      .flatMap((bits) =>
        values.map((value): [string, bigint] => {
          const l = letter(width);
          return [
            `${load('r1', -1n)}\n${load('r2', value)}\n${l}1 = (s${bits})${l}2`,
            BigInt.asUintN(width, BigInt.asIntN(bits, value)),
          ];
        }),
      ),
  );
  return vector('moves that extend the sign', steps);
}

const aluOps = Object.keys(ALU_OPS) as AluOp[];
const jumpOps = Object.keys(JUMP_OPS) as JumpOp[];

export const GENERATED: readonly Vector[] = [
  ...(['stack', 'packet'] as const).flatMap((memory) => [
    stores('register', memory), stores('constant', memory), loads('u', memory), loads('s', memory),
  ]), swaps(), signExtensions(),
  ...WIDTHS.flatMap((width) => [
    ...(['add', 'or', 'and', 'xor'] as const).flatMap((op) => [atomics(op, width, false), atomics(op, width, true)]),
    atomics('xchg', width, true), atomics('cmpxchg', width, true),
  ]),
  ...WIDTHS.flatMap(arithmetic),
]; // prettier-ignore

function arithmetic(width: Width): Vector[] {
  return [
    ...aluOps.map((op) => ofRegisters(op, width)),
    ...aluOps.filter((op) => op !== 'neg').map((op) => ofConstants(op, width)),
    ...jumpOps.flatMap((op) => [compared(op, width, 'register'), compared(op, width, 'constant')]),
  ];
}
