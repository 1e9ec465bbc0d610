/** What a comparison with the packet's end tells where its jump is taken, or not taken. */
import type { JumpOp } from '../isa/insn.ts';
import type { Block } from './controlFlow.ts';
import { type Facts, originOf, type Scene } from './facts.ts';
import { PACKET_START, type PacketOrigin } from './origins.ts';

export function factsOnEdge(scene: Scene, facts: Facts, block: Block, to: number): Facts {
  const insn = scene.insns[block.end - 1];
  if (block.exit.kind !== 'branch' || block.exit.to === block.exit.next || insn?.kind !== 'jump') return facts;
  if (!insn.wide || insn.source !== 'reg') return facts;
  const [left, right] = [originOf(facts, insn.dst), originOf(facts, insn.src)];
  const jumps = to === block.exit.to;
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
