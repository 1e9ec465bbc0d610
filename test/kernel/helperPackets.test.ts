import { describe, expect, it } from 'vitest';
import { contextOf } from '../../server/src/kernel/contextAccess.ts';
import { helperAvailable, helperOf, HELPERS } from '../../server/src/kernel/helpers.ts';
import type { Helper, HelperArg } from '../../server/src/kernel/helpers.ts';
import { mapFitsHelper } from '../../server/src/kernel/mapHelpers.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { hex16, hex32 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawMap, RawProgram } from '../support/kverify.ts';

/** Which helpers take packet pointers, and behind which of them packet pointers are worth nothing. */
const types: readonly ProgramType[] = ['xdp', 'sched_cls', 'sched_act'];

describe.skipIf(kverify === null)(
  'helpers and packets, against the running kernel (skipped where there is none)',
  () => {
    it.each(types)('%s: packet pointers behind a call', (type) => {
      // Behind a tail call that failed nothing has moved; the flag counts for functions that make one.
      const called = helpers(type).filter(({ name }) => name !== 'bpf_tail_call');
      expect(called.length).toBeGreaterThan(40);
      const verdicts = askKernel(called.map((helper) => program(type, helper, null)));
      expect(called.filter(({ proto }) => proto?.changesPacket).map(({ name }) => name)).toEqual(
        called.filter((_, i) => verdicts[i]?.message === "R9 invalid mem access 'scalar'").map(({ name }) => name),
      );
    });

    it.each(types)('%s: packet pointers as arguments', (type) => {
      const given = helpers(type).flatMap((helper) =>
        (helper.proto?.args ?? []).flatMap((arg, i) =>
          arg.type === 'mem' || isKeyOrValue(arg) ? [{ helper, i }] : [],
        ),
      );
      expect(given.length).toBeGreaterThan(20);
      const verdicts = askKernel(given.map(({ helper, i }) => program(type, helper, i)));
      expect(given.filter(({ helper }) => !helper.proto?.packetAccess).map(argumentName)).toEqual(
        given.filter((_, i) => verdicts[i]?.message === 'helper access to the packet is not allowed').map(argumentName),
      );
    });
  },
);

/** The helpers whose every argument this test can make. */
function helpers(type: ProgramType): Helper[] {
  return HELPERS.map(({ id }) => helperOf(type, id))
    .filter((helper) => helper !== null)
    .filter(
      ({ id, proto }) => helperAvailable(type, id, true) && proto?.sleeps === false && proto.args.every(isBuildable),
    );
}

function argumentName({ helper, i }: { helper: Helper; i: number }): string {
  return `${helper.name} r${i + 1}`;
}

function isKeyOrValue({ type }: HelperArg): boolean {
  return type === 'mapKey' || type === 'mapValue';
}

function isBuildable(arg: HelperArg): boolean {
  return (
    isKeyOrValue(arg) ||
    ['ctx', 'constMapPtr', 'mem', 'anything', 'scalar', 'constSize', 'constSizeOrZero'].includes(arg.type)
  );
}

const MAPS: Partial<Record<MapType, readonly [key: number, value: number, entries: number]>> = {
  hash: [4, 8, 1],
  percpu_hash: [4, 8, 1],
  prog_array: [4, 4, 1],
  perf_event_array: [4, 4, 1],
  cgroup_array: [4, 4, 1],
  xskmap: [4, 4, 1],
  queue: [0, 8, 1],
  ringbuf: [0, 0, 4096],
};

/** r9 points to 64 bytes of the packet; argument `packetArgument` is r9, and behind the call the program reads them. */
function program(type: ProgramType, helper: Helper, packetArgument: number | null): RawProgram {
  const mapType = (Object.keys(MAPS) as MapType[]).find((candidate) => mapFitsHelper(candidate, helper.id)) ?? 'hash';
  const [key, value, entries] = MAPS[mapType] ?? [4, 8, 1];
  const maps: RawMap[] = [{ type: MAP_TYPES.indexOf(mapType), key, value, entries }];
  const args = (helper.proto?.args ?? []).map((arg, i) => argument(arg, i, i === packetArgument));
  const zeroStack = Array.from({ length: 8 }, (_, i) => `7a0a${hex16(-8 * (i + 1))}00000000`).join('');
  const call = `${args.join('')}85000000${hex32(helper.id)}7191000000000000`;
  const insns = [
    'bf16000000000000', // r6 = r1
    '18170000000000000000000000000000', // r7 = map 0
    `6119${hex16(fieldOffset(type, 'data'))}00000000`, // r9 = data
    `6118${hex16(fieldOffset(type, 'data_end'))}00000000`, // r8 = data_end
    zeroStack,
    'bf920000000000000702000040000000', // r2 = r9 + 64
    `2d82${hex16(call.length / 16)}00000000`, // if r2 > r8 goto out
    call,
    'b7000000000000009500000000000000',
  ].join('');
  return { type, insns, maps, mapRefs: [[1, 0]] };
}

function argument(arg: HelperArg, i: number, packet: boolean): string {
  const reg = (i + 1).toString(16);
  if (packet) return `bf9${reg}000000000000`;
  if (arg.type === 'ctx') return `bf6${reg}000000000000`;
  if (arg.type === 'constMapPtr') return `bf7${reg}000000000000`;
  if (arg.type === 'mem' || isKeyOrValue(arg)) return `bfa${reg}000000000000070${reg}0000c0ffffff`;
  return `b70${reg}0000${arg.type.startsWith('constSize') ? '08' : '00'}000000`;
}

function fieldOffset(type: ProgramType, name: string): number {
  return contextOf(type)?.fields.find((field) => field.name === name)?.off ?? 0;
}
