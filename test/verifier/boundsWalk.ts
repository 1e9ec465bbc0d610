import { slots } from '../../server/src/isa/insn.ts';
import type { AluInsn, Insn, JumpInsn, LoadInsn, Reg } from '../../server/src/isa/insn.ts';
import { aluBounds, bswapBounds, forkScalar } from '../../server/src/verifier/state/aluBounds.ts';
import { UNKNOWN_BOUNDS, boundsText, constBounds, isConst } from '../../server/src/verifier/state/bounds.ts';
import { signExtendBounds, signedText, truncateBounds, zeroExtend32 } from '../../server/src/verifier/state/bounds.ts';
import type { Bounds } from '../../server/src/verifier/state/bounds.ts';
import { branchOutcome, refineBranch, refineSelfBranch } from '../../server/src/verifier/state/branchBounds.ts';
import { registersText } from './boundsLog.ts';
import type { TracedPath } from './boundsLog.ts';

/**
 * A verifier for the programs of boundsPrograms.ts, which hold nothing but numbers: it walks the paths in the kernel's
 * order (fall-through first, the latest alternative next) and writes down what the kernel's log says at each step: the
 * registers that the instruction names, as they are after it. It never joins or prunes paths.
 */
type Registers = ReadonlyMap<Reg, Bounds>;

interface Pending {
  readonly start: string;
  readonly pc: number;
  readonly regs: Registers;
}

const PATH_LIMIT = 64;
const STEP_LIMIT = 200;

export function walk(insns: readonly Insn[]): TracedPath[] {
  const pending: Pending[] = [{ start: '', pc: 0, regs: new Map() }];
  const paths: TracedPath[] = [];
  for (let next = pending.pop(); next && paths.length < PATH_LIMIT; next = pending.pop())
    paths.push({ lines: walkPath(insns, next, pending), pruned: false });
  return paths;
}

function walkPath(insns: readonly Insn[], from: Pending, pending: Pending[]): string[] {
  const regs = new Map(from.regs);
  const lines = from.start === '' ? [] : [`${from.start}: ${stateText(regs, [...regs.keys()])}`];
  let pc = from.pc;
  for (let count = 0; count < STEP_LIMIT; count++) {
    const insn = insns[pc];
    if (!insn || insn.kind === 'exit') break;
    const next = execute(insn, pc, regs, pending);
    const text = stateText(regs, touched(insn));
    if (text !== '') lines.push(`${pc}: ${text}`);
    pc = next;
  }
  return lines;
}

function stateText(regs: Registers, which: readonly Reg[]): string {
  const shown = [...new Set(which)].filter((reg) => reg !== 0);
  return registersText(shown.map((reg) => [`R${reg}`, boundsOrNumber(bounds(regs, reg))]));
}

function boundsOrNumber(b: Bounds): string {
  return isConst(b) ? signedText(b.varOff.value) : `scalar(${boundsText(b)})`;
}

function touched(insn: Insn): Reg[] {
  if (insn.kind === 'jump' || insn.kind === 'alu') return insn.source === 'reg' ? [insn.dst, insn.src] : [insn.dst];
  return 'dst' in insn ? [insn.dst] : [];
}

function bounds(regs: Registers, reg: Reg): Bounds {
  const found = regs.get(reg);
  if (!found) throw new Error(`R${reg} was never written`);
  return found;
}

function execute(insn: Insn, pc: number, regs: Map<Reg, Bounds>, pending: Pending[]): number {
  if (insn.kind === 'jump') return executeJump(insn, pc, regs, pending);
  if (insn.kind === 'alu') executeAlu(insn, pc, regs, pending);
  else if (insn.kind === 'bswap') regs.set(insn.dst, bswapBounds(insn.mode, insn.bits, bounds(regs, insn.dst)));
  else if (insn.kind === 'load') regs.set(insn.dst, loaded(insn));
  else if (insn.kind === 'loadImm64') regs.set(insn.dst, constBounds((BigInt(insn.hi) << 32n) | BigInt(insn.lo >>> 0)));
  else throw new Error(`no ${insn.kind} in these programs`);
  return pc + slots(insn);
}

function loaded(insn: LoadInsn): Bounds {
  if (insn.signed) return signExtendBounds(UNKNOWN_BOUNDS, insn.size, true);
  return truncateBounds(UNKNOWN_BOUNDS, insn.size);
}

function executeAlu(insn: AluInsn, pc: number, regs: Map<Reg, Bounds>, pending: Pending[]): void {
  if (insn.op === 'mov') {
    regs.set(insn.dst, moved(insn, regs));
    return;
  }
  const src = insn.source === 'reg' ? bounds(regs, insn.src) : constBounds(BigInt(insn.imm));
  let dst = bounds(regs, insn.dst);
  const fork = forkScalar(insn.op, dst, src);
  if (fork) {
    pending.push({ start: `from ${pc} to ${pc}`, pc, regs: new Map(regs).set(insn.dst, fork.queued) });
    dst = fork.current;
  }
  regs.set(insn.dst, aluBounds(insn.op, insn.wide, dst, src));
}

function moved(insn: AluInsn, regs: Registers): Bounds {
  if (insn.source === 'imm') return constBounds(insn.wide ? BigInt(insn.imm) : BigInt(insn.imm >>> 0));
  const src = bounds(regs, insn.src);
  if (insn.signExtendBits !== 0) return signExtendBounds(src, insn.signExtendBits / 8, insn.wide);
  return insn.wide ? src : zeroExtend32(src);
}

function executeJump(insn: JumpInsn, pc: number, regs: Map<Reg, Bounds>, pending: Pending[]): number {
  const a = bounds(regs, insn.dst);
  const b = insn.source === 'reg' ? bounds(regs, insn.src) : constBounds(BigInt(insn.imm));
  const outcome = branchOutcome(insn.op, insn.wide, a, b);
  const target = pc + 1 + insn.off;
  if (outcome !== 'unknown') return outcome === 'always' ? target : pc + 1;
  const self = insn.source === 'reg' && insn.src === insn.dst;
  const both = self ? refineSelfBranch(insn.op, insn.wide, a) : refineBranch(insn.op, insn.wide, a, b);
  const other = new Map(regs);
  for (const [side, pair] of [
    [regs, both.fallThrough],
    [other, both.taken],
  ] as const) {
    side.set(insn.dst, pair.a);
    if (insn.source === 'reg') side.set(insn.src, pair.b);
  }
  pending.push({ start: `from ${pc} to ${target}`, pc: target, regs: other });
  return pc + 1;
}
