/** What safe mode looks at when it finds out what is certain in a function. */
import { slots } from '../isa/insn.ts';
import { contextOf } from '../kernel/contextAccess.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { ModuleContext } from './context.ts';
import type { FlowGraph } from './controlFlow.ts';
import type { PacketFields, Scene } from './facts.ts';
import { accessOf } from './guardPlan.ts';
import { HINT, hintOf, nextHints } from './hints.ts';
import { spillPlaces } from './spills.ts';

export function sceneOf({ program, mapFacts }: ModuleContext, flow: FlowGraph, hints: Int32Array): Scene {
  const { insns } = program;
  const scene = { insns, mapFacts, packetFields: packetFields(program.type), bounds: new Map<number, number>() };
  return { ...scene, spillPlaces: spillPlaces(insns, flow), writesPacket: writesPacket(scene, flow, hints) };
}

function packetFields(type: ProgramType): PacketFields | null {
  const fields = contextOf(type)?.fields ?? [];
  const at = (kind: string): number => fields.find((field) => field.kind === kind && field.size === 4)?.off ?? -1;
  const [data, end] = [at('packet'), at('packetEnd')];
  return data < 0 || end < 0 ? null : { data, end };
}

function writesPacket({ insns }: Pick<Scene, 'insns'>, flow: FlowGraph, blockHints: Int32Array): boolean {
  return flow.blocks.some((block, index) => {
    let hints = blockHints[index] ?? 0;
    for (let pc = block.start; pc < block.end;) {
      const insn = insns[pc];
      if (insn === undefined) return false;
      const access = accessOf(insn);
      if (access?.write === true && hintOf(hints, access.reg) === HINT.packet) return true;
      hints = nextHints(hints, insn);
      pc += slots(insn);
    }
    return false;
  });
}
