/**
 * Addresses and constants of two slots that are made again and again are made once and copied, where that is shorter.
 * Nothing is lost when no register is free for them: the allocation makes them anew in that case.
 */
import { FIRST_VIRTUAL, isVirtual, newOp, type Code, type Op } from './code.ts';
import { dominatorsOf } from './dominators.ts';
import { copy } from './insns.ts';
import { isRemade } from './lifetimes.ts';
import { forEachWrite, renamed } from './registers.ts';

interface Group {
  /** Index of the leader's block. */
  readonly block: number;
  readonly leader: Op;
  readonly followers: Op[];
}

export function shareAddresses(code: Code): void {
  const groups = findGroups(code).filter(isWorthwhile);
  if (groups.length === 0) return;
  const registers = new Map<Op, number>();
  const leaders = new Set<Op>();
  for (const { leader, followers } of groups) {
    const reg = code.nextVirtual++;
    leaders.add(leader);
    for (const op of [leader, ...followers]) registers.set(op, reg);
  }
  for (const block of code.blocks)
    block.ops = block.ops.flatMap((op) => shared(op, registers.get(op), leaders.has(op)));
}

/** Those that a dominating block makes, too, belong to it. */
function findGroups(code: Code): Group[] {
  const writes = countWrites(code);
  const dominates = dominatorsOf(code.blocks);
  const groups: Group[] = [];
  const known = new Map<string, Group[]>();
  for (const [block, { ops }] of code.blocks.entries())
    for (const op of ops) {
      const key = keyOf(op, writes);
      if (key === null) continue;
      const likely = known.get(key)?.slice(-MOST_TRIED);
      const group = likely?.findLast((one) => dominates(one.block, block));
      if (group !== undefined) {
        group.followers.push(op);
        continue;
      }
      const made: Group = { block, leader: op, followers: [] };
      groups.push(made);
      if (likely === undefined) known.set(key, [made]);
      else known.get(key)?.push(made);
    }
  return groups;
}

/** Of the places that make the same address, the last few are looked at. */
const MOST_TRIED = 8;

function countWrites({ blocks, nextVirtual }: Code): Uint8Array {
  const writes = new Uint8Array(nextVirtual);
  for (const { ops } of blocks)
    for (const op of ops) forEachWrite(op, (reg) => (writes[reg] = Math.min((writes[reg] ?? 0) + 1, 2)));
  return writes;
}

/** What takes two slots and is the same wherever it is made. */
function keyOf(op: Op, writes: Uint8Array): string | null {
  const { insn, frame, symbol, addend, core } = op;
  if (!isRemade(op) || core !== null || !('dst' in insn)) return null;
  if (isVirtual(insn.dst) && writes[insn.dst] !== 1) return null;
  if (insn.kind === 'loadImm64') return symbol === null ? `${insn.hi} ${insn.lo}` : `${symbol.name} ${addend}`;
  return frame === null ? null : `frame ${frame.id} ${addend}`;
}

/** A follower in a register of its own costs nothing any more, one in an argument's register a copy. */
function isWorthwhile({ leader, followers }: Group): boolean {
  let saved = isInArgument(leader) ? -1 : 0;
  for (const op of followers) saved += isInArgument(op) ? 1 : 2;
  return saved > 0;
}

function isInArgument({ insn }: Op): boolean {
  return 'dst' in insn && insn.dst < FIRST_VIRTUAL;
}

function shared(op: Op, reg: number | undefined, leads: boolean): Op[] {
  const { insn } = op;
  if (reg === undefined || !('dst' in insn)) return [op];
  const taken = newOp(copy(insn.dst, reg), op.place, op.inlinedAt);
  return leads ? [{ ...op, insn: renamed(insn, (src) => src, () => reg) }, taken] : [taken]; // prettier-ignore
}
