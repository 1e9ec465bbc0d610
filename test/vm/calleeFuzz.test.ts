import { expect, it } from 'vitest';
import { HELPERS } from '../../server/src/kernel/helpers.ts';
import { KFUNCS } from '../../server/src/kernel/kfuncs.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import type { Program } from '../../server/src/program/program.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { HELPER_FUNCTIONS } from '../../server/src/vm/helpers/table.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { KFUNC_FUNCTIONS } from '../../server/src/vm/kfuncs/table.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { runDeferred } from '../../server/src/vm/runDeferred.ts';
import { random } from '../events/readAll.ts';
import { object } from './support.ts';

const ROUNDS = 200;

const MAPS = `.license "GPL"
.map values, type=array, key=4, value=64, entries=4
.map ring, type=ringbuf, entries=4096
.map samples, type=user_ringbuf, entries=4096
.map hash, type=hash, key=4, value=64, entries=4
.section "tc"
.globl main
main:
  call bpf_cpumask_create
  r0 = 0
  exit
`;

const parsed = object(MAPS);

type Pick = (below: number) => number;

/** Values that are addresses of something, small numbers, or nothing sensible at all. */
function value(pick: Pick, addresses: readonly number[]): readonly [number, number] {
  const kind = pick(8);
  if (kind < 4) return [addresses[pick(addresses.length)]! + (pick(3) === 0 ? pick(64) : 0), 0];
  if (kind < 6) return [pick(80), 0];
  if (kind === 6) return [-1 - pick(3), -1];
  return [pick(0x7fff_ffff) * 2, pick(0x7fff_ffff)];
}

const imm = (dst: number, [lo, hi]: readonly [number, number]): Insn[] => [
  { kind: 'loadImm64', dst, lo: lo | 0, hi: hi | 0 },
  { kind: 'wideSlot' },
];

function call(callee: string, pick: Pick, addresses: readonly number[]): Insn[] {
  const insns: Insn[] = [];
  for (let reg = 1; reg <= 5; reg++) insns.push(...imm(reg, value(pick, addresses)));
  const helper = HELPERS.find(({ name }) => name === callee);
  if (helper === undefined) insns.push({ kind: 'call', target: 'kfunc', imm: kfuncImm(callee), off: 0 });
  else insns.push({ kind: 'call', target: 'helper', imm: helper.id, off: 0 });
  return insns;
}

function kfuncImm(name: string): number {
  return 1 + KFUNCS.findIndex((kfunc) => kfunc.name === name);
}

/** Words on the stack that calls then take for dynptrs, iterators, nodes and locks. */
function fillStack(pick: Pick, addresses: readonly number[]): Insn[] {
  return Array.from({ length: 8 }, (_, i): Insn[] => [
    ...imm(1, value(pick, addresses)),
    { kind: 'store', dst: 10, off: -8 * (i + 1), size: 8, source: 'reg', src: 1, imm: 0 },
  ]).flat();
}

const CALLEES = [
  ...HELPERS.filter(({ id }) => HELPER_FUNCTIONS[id] !== undefined).map(({ name }) => name),
  ...Object.keys(KFUNC_FUNCTIONS),
];

it.each(CALLEES)('%s ends with an answer or a trap, whatever it is given', (callee) => {
  const pick = random(callee.length * 7919 + 1);
  const template = { ...parsed.programs[0]!, kfuncs: new Map(KFUNCS.map(({ name }) => [kfuncImm(name), name])) };
  const stack = LAYOUT.stack + LAYOUT.frameBytes - 64;
  const known = createMachine([template], { cpus: 2 }).maps.flatMap((map) =>
    map ? [map.handle, map.values ?? 0] : [],
  );
  const addresses = [stack, stack + 16, LAYOUT.ctx, LAYOUT.packet + 0x1_0000, LAYOUT.code, 0, ...known];
  const insns: Insn[] = [];
  const starts = Array.from({ length: ROUNDS }, () => {
    const start = insns.length;
    insns.push(...fillStack(pick, addresses), ...call(callee, pick, addresses), ...call(callee, pick, addresses));
    insns.push(...imm(0, [0, 0]), { kind: 'exit' });
    return start;
  });
  const program: Program = { ...template, insns, subprogs: [{ ...template.subprogs[0]!, end: insns.length }] };
  const machine = createMachine([program], { cpus: 2 });
  const interpreter = createInterpreter(machine, program);
  for (const start of starts) {
    machine.setContext(new Uint8Array(192), null);
    machine.packet.set(new Uint8Array(60), { kind: 'skb' });
    expect(['exit', 'trap']).toContain(interpreter.call(start, [LAYOUT.ctx], 10_000).kind);
    runDeferred(machine, 1n << 62n);
  }
});
