/** What a comparison tells where its jump is taken, or not taken: of the packet's end, and of the rounds of loops. */
import type { JumpInsn, JumpOp } from '../isa/insn.ts';
import type { Block } from './controlFlow.ts';
import { type Facts, type Limit, originOf, type Scene } from './facts.ts';
import type { Linear } from './linear.ts';
import { mostOf, PACKET_START, type PacketOrigin } from './origins.ts';

export function factsOnEdge(scene: Scene, facts: Facts, block: Block, to: number): Facts {
  const insn = scene.insns[block.end - 1];
  if (block.exit.kind !== 'branch' || block.exit.to === block.exit.next || insn?.kind !== 'jump') return facts;
  const jumps = to === block.exit.to;
  const limited = withLimit(scene, facts, insn, jumps);
  if (!insn.wide || insn.source !== 'reg') return limited;
  return testedEnd(limited, insn, jumps);
}

function testedEnd(facts: Facts, insn: JumpInsn, jumps: boolean): Facts {
  const [left, right] = [originOf(facts, insn.dst), originOf(facts, insn.src)];
  if (left?.kind === 'packet' && right?.kind === 'packetEnd') return widened(facts, left, bytesAt(insn.op, jumps));
  if (left?.kind === 'packetEnd' && right?.kind === 'packet')
    return widened(facts, right, bytesAt(MIRRORED[insn.op] ?? insn.op, jumps));
  return facts;
}

const MIRRORED: Partial<Record<JumpOp, JumpOp>> = { gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' };

/** Bytes from the address on that the packet surely has, once `address OP end` holds or not; null for unknown. */
function bytesAt(op: JumpOp, holds: boolean): number | null {
  if (holds ? op === 'le' || op === 'eq' : op === 'gt' || op === 'ne') return 0;
  return (holds ? op === 'lt' : op === 'ge') ? 1 : null;
}

function widened(facts: Facts, at: PacketOrigin, bytes: number | null): Facts {
  if (bytes === null) return facts;
  const rooms = new Map(facts.rooms);
  const least = (name: number, room: number): void => {
    if (room > (rooms.get(name) ?? 0)) rooms.set(name, room);
  };
  least(at.name, at.offset + bytes);
  least(PACKET_START, at.low + at.offset + bytes);
  return { ...facts, rooms };
}

/** Comparisons of numbers that are not negative are the same with and without sign. */
const UNSIGNED: Partial<Record<JumpOp, JumpOp>> = { sgt: 'gt', sge: 'ge', slt: 'lt', sle: 'le' };
const NEGATED: Partial<Record<JumpOp, JumpOp>> = { gt: 'le', ge: 'lt', lt: 'ge', le: 'gt', eq: 'ne', ne: 'eq' };

/** A number that grows or shrinks with one loop only, compared with another number, limits the loop's rounds. */
function withLimit(scene: Scene, facts: Facts, insn: JumpInsn, jumps: boolean): Facts {
  const left = originOf(facts, insn.dst);
  if (left?.kind !== 'count' || left.terms.length !== 1 || left.offset < 0) return facts;
  const op = UNSIGNED[insn.op] ?? insn.op;
  const relation = jumps ? op : NEGATED[op];
  const [term] = left.terms;
  if (relation === undefined || term === undefined) return facts;
  const limit = limitOf(left, term.step, relation, rightSide(scene, facts, insn, relation));
  const known = facts.limits.get(term.loop);
  if (limit === null || limit.most >= (known?.most ?? Infinity)) return facts;
  return { ...facts, limits: new Map(facts.limits).set(term.loop, limit) };
}

/** What is compared with: the number itself, or where that is enough, the greatest it may be. */
function rightSide(scene: Scene, facts: Facts, { source, src, imm }: JumpInsn, relation: JumpOp): number | null {
  if (source === 'imm') return imm >= 0 ? imm : null;
  const origin = originOf(facts, src);
  if (origin?.kind === 'count' && origin.terms.length === 0) return origin.offset >= 0 ? origin.offset : null;
  return relation === 'lt' || relation === 'le' ? mostOf(origin, scene.bounds) : null;
}

/** Rounds so far, given that `offset + step * rounds OP right`. */
function limitOf({ offset }: Linear, step: number, op: JumpOp, right: number | null): Limit | null {
  if (right === null) return null;
  const rounds = (right - offset) / step;
  if (op === 'ne') return Number.isInteger(rounds) && rounds >= 0 ? { most: rounds - 1, unequal: true } : null;
  if (op === 'eq') return Number.isInteger(rounds) && rounds >= 0 ? { most: rounds, unequal: false } : null;
  // A number that steps over zero is a great one again.
  if (step < 0 && right + step + (op === 'gt' ? 1 : 0) < 0) return null;
  if (op === (step > 0 ? 'lt' : 'gt')) return { most: Math.ceil(rounds) - 1, unequal: false };
  return op === (step > 0 ? 'le' : 'ge') ? { most: Math.floor(rounds), unequal: false } : null;
}
