/** Random programs for the verifier: nearly right, and near the edges of what it knows. */
import type { Insn } from '../../server/src/isa/insn.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import type { Program } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';
import {
  bufferHelper, callFunction, directValue, lookup, MADE_MAPS, movePacket, record, tailCall, updateMap,
} from './callSteps.ts'; // prettier-ignore
import { Draft, type Next } from './draft.ts';
import { imm, load, move, reg, store } from './insns.ts';
import {
  atomicStep, fill, packetCheck, plainAccess, spill, spillAndFill, stackPointer, variableAccess,
} from './memorySteps.ts'; // prettier-ignore
import { arithmetic, branch, constantMove, link, loop, oddities, unknown } from './numberSteps.ts';

type Step = (draft: Draft) => void;

const NUMBER_STEPS: readonly Step[] = [arithmetic, arithmetic, oddities, constantMove, link, branch, branch, unknown];
const STACK_STEPS: readonly Step[] = [spill, spill, fill, fill, spillAndFill, spillAndFill, stackPointer, atomicStep];
const POINTER_STEPS: readonly Step[] = [variableAccess, variableAccess, plainAccess, packetCheck, lookup, directValue];
const CALL_STEPS: readonly Step[] = [
  bufferHelper,
  bufferHelper,
  updateMap,
  record,
  movePacket,
  tailCall,
  callFunction,
  lookup,
];
const FAMILIES: readonly (readonly Step[])[] = [NUMBER_STEPS, STACK_STEPS, POINTER_STEPS, CALL_STEPS, [counted]];

const TYPES: readonly ProgramType[] = [
  'xdp', 'xdp', 'sched_cls', 'sched_cls', 'sched_cls', 'socket_filter', 'cgroup_skb', 'kprobe', 'tracepoint',
  'raw_tracepoint', 'perf_event',
]; // prettier-ignore

/** Where a context keeps the packet's pointers: start, end, what lies before. */
const PACKET_FIELDS: Partial<Record<ProgramType, readonly [number, number, number]>> = {
  xdp: [0, 4, 8], sched_cls: [76, 80, 140], cgroup_skb: [76, 80, -1],
}; // prettier-ignore

/** The same seed gives the same program. */
export function madeProgram(seed: number): Program {
  const next = randomNumbers(seed);
  const type = TYPES[next(TYPES.length)] ?? 'xdp';
  const functions = next(3) === 0 ? 1 + next(2) : 0;
  const favourites = Array.from({ length: 2 + next(5) }, () => FAMILIES[next(FAMILIES.length)] ?? NUMBER_STEPS);
  const drafts = [entry(next, type, functions)];
  for (let i = 0; i < functions; i++) drafts.push(callee(next, type, functions, i));
  drafts.forEach((draft, i) => {
    const steps = i === 0 ? 4 + next(24) : 1 + next(8);
    for (let step = 0; step < steps; step++) draft.pick(draft.pick(favourites))(draft);
  });
  const flags = next(6) === 0 ? PROGRAM_FLAGS.testStateFrequency : 0;
  const strict = next(8) === 0 ? PROGRAM_FLAGS.strictAlignment : 0;
  const invariants = next(3) === 0 ? PROGRAM_FLAGS.testRegisterInvariants : 0;
  return programFrom(seed, type, drafts, flags | strict | invariants);
}

function counted(draft: Draft): void {
  loop(draft, () => draft.pick(draft.chance(2) ? NUMBER_STEPS : draft.pick([STACK_STEPS, POINTER_STEPS]))(draft));
}

function entry(next: Next, type: ProgramType, functions: number): Draft {
  const draft = new Draft(next, type, functions);
  draft.add(move(6, reg(1)));
  draft.hold(6, 'ctx');
  draft.hold(1, 'ctx');
  const fields = PACKET_FIELDS[type];
  if (fields !== undefined && !draft.chance(3)) {
    const [data, end, meta] = fields;
    draft.add(load(7, 6, data, 4), load(8, 6, end, 4));
    draft.hold(7, 'packet', 8);
    draft.hold(8, 'end');
    if (meta >= 0 && draft.chance(8)) {
      draft.add(load(9, 6, meta, 4));
      draft.hold(9, 'meta', 4);
    }
    if (!draft.chance(6)) packetCheck(draft);
  }
  if (draft.chance(2)) lookup(draft);
  if (draft.chance(2)) unknown(draft);
  if (draft.chance(4)) for (let slot = -8; slot >= -64; slot -= 8) writeSlot(draft, slot);
  return draft;
}

function writeSlot(draft: Draft, slot: number): void {
  draft.add(store(10, slot, 8, draft.chance(2) ? imm(0) : reg(draft.number())));
  draft.slots.add(slot);
}

function callee(next: Next, type: ProgramType, functions: number, index: number): Draft {
  // Functions call only later ones: recursion is one message.
  const draft = new Draft(next, type, next(40) === 0 ? functions : 0);
  draft.hold(1, index % 2 === 0 ? 'number' : 'stack', 8);
  draft.hold(2, next(3) === 0 ? 'stack' : 'number', 8);
  return draft;
}

function programFrom(seed: number, type: ProgramType, drafts: readonly Draft[], flags: number): Program {
  const parts = drafts.map((draft) => draft.finished());
  const called = new Set([0]);
  for (const draft of drafts) for (const { callee } of draft.calls) called.add(callee);
  const starts: number[] = [];
  let at = 0;
  parts.forEach((part, i) => {
    starts.push(at);
    if (called.has(i)) at += part.length;
  });
  const insns = parts.flatMap((part, i) => (called.has(i) ? linked(part, drafts[i], starts, i) : []));
  const subprogs = [...called]
    .sort((a, b) => a - b)
    .map((i) => {
      const start = starts[i] ?? 0;
      return {
        name: i === 0 ? 'main' : `f${i}`,
        start,
        end: start + (parts[i]?.length ?? 0),
        global: i === 0,
        typeId: 0,
      };
    });
  return {
    name: `made_${seed}`, type, attachType: null, section: type, insns, subprogs, maps: MADE_MAPS, lines: [],
    labels: new Map(), license: 'GPL', btf: null, sleepable: false, flags,
  }; // prettier-ignore
}

function linked(part: Insn[], draft: Draft | undefined, starts: readonly number[], index: number): Insn[] {
  for (const { at, callee } of draft?.calls ?? []) {
    const target = starts[callee] ?? 0;
    part[at] = { kind: 'call', target: 'subprog', imm: target - ((starts[index] ?? 0) + at + 1), off: 0 };
  }
  return part;
}
