import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { MAP_FLAGS } from '../../server/src/kernel/mapRules.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';
import { createJit, type JitEngine } from '../../server/src/jit/createJit.ts';
import type { VerifiedProgram } from '../../server/src/verifier/verification.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { deleteMapValue, mapValues, setMapValue } from '../../server/src/vm/maps/contents.ts';
import { kernelMaps } from '../support/kmaps.ts';
import { randomNumbers } from '../support/random.ts';
import { commandProgram, kernelLines, LOCKED_VALUE, packetOf, verbsOf, type Command } from './mapProgram.ts';
import { mapNamed } from './support.ts';
import { times } from '../support/times.ts';

const { noPrealloc, noCommonLru, zeroSeed } = MAP_FLAGS;

interface Step {
  /** From the program, or else from user space. */
  readonly command: Command | null;
  readonly verb: 'set' | 'get' | 'del';
  readonly key: Uint8Array;
  readonly values: readonly Uint8Array[];
  readonly flags: number;
}

function specOf(
  type: MapType,
  keySize: number,
  valueSize: number,
  maxEntries: number,
  flags = 0,
): Omit<MapSpec, 'span'> {
  const common = { keyTypeId: 0, valueTypeId: 0, initial: null, frozen: false, inner: null, slots: [] };
  return { name: 'm', type, keySize, valueSize, maxEntries, flags, ...common };
}

const FLAGS = [0n, 0n, 0n, 0n, 1n, 2n, 2n, 3n, 4n, 5n, 6n, 8n, 1n << 32n];

/** Random steps whose keys come from a small set, so that they meet. */
function steps(spec: Omit<MapSpec, 'span'>, seed: number, count: number, cpus: number): Step[] {
  const random = randomNumbers(seed);
  // What is dropped from an LRU map depends on the order of all that was done, which the kernel's seed decides.
  const anyOrder = spec.type.startsWith('lru') && (spec.flags & zeroSeed) === 0;
  const verbs = verbsOf(spec.type).filter((verb) => !anyOrder || !verb.startsWith('each'));
  const range = Math.ceil(spec.maxEntries * 1.5) + 1;
  const perCpu = spec.type.includes('percpu');
  const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => random(256));
  const key = (): Uint8Array => {
    const whole = new Uint8Array(Math.max(4, spec.keySize));
    if (spec.type === 'lpm_trie') return prefixKey(random, spec.keySize);
    new DataView(whole.buffer).setUint32(0, random(range), true);
    return whole.slice(0, spec.keySize);
  };
  return Array.from({ length: count }, () => {
    const flags = FLAGS[random(FLAGS.length)]!;
    const common = { key: key(), flags: Number(flags & 0xffn) };
    const values = Array.from({ length: perCpu ? cpus : 1 }, () => bytes(spec.valueSize));
    if (random(4) === 0 && spec.keySize > 0)
      return { ...common, command: null, verb: (['set', 'get', 'del'] as const)[random(3)]!, values };
    // A map that is emptied all the time is never full.
    const picked = verbs[random(verbs.length)]!;
    const verb = picked.startsWith('each') && random(6) > 0 ? 'update' : picked;
    const quiet = verb === 'forEach' || verb === 'lookupPercpu' || verb.startsWith('each') ? flags & 1n : flags;
    const command = { verb, key: common.key, value: values[0]!, flags: quiet, cpu: random(cpus + 1) };
    return { ...common, command, verb: 'get', values };
  });
}

/** A key whose bits agree with others in long prefixes, now and then with a length that is too long. */
function prefixKey(random: (below: number) => number, keySize: number): Uint8Array {
  const bits = 8 * (keySize - 4);
  const data = Uint8Array.from({ length: keySize - 4 }, () => (random(3) === 0 ? 1 << random(8) : 0));
  const length = random(20) === 0 ? bits + 1 + random(2) : random(bits + 1);
  return Uint8Array.of(length, 0, 0, 0, ...data);
}

function stride(size: number): number {
  return Math.ceil(size / 8) * 8;
}

function joined(spec: Omit<MapSpec, 'span'>, values: readonly Uint8Array[]): string {
  if (values.length === 1 && !spec.type.includes('percpu')) return toHex(values[0]!);
  return values.map((value) => toHex(value).padEnd(2 * stride(spec.valueSize), '0')).join('');
}

function kernelStep(spec: Omit<MapSpec, 'span'>, step: Step): string {
  if (step.command !== null) return `run 0 ${toHex(packetOf({ ...spec, span: null }, step.command))}`;
  const key = toHex(step.key);
  if (step.verb === 'set') return `set 0 ${key} ${joined(spec, step.values)} ${step.flags}`;
  return step.verb === 'get' ? `get 0 ${key} 0` : `del 0 ${key}`;
}

type EngineName = 'interpreter' | 'safe' | 'exact' | 'verified';
const ENGINES: readonly EngineName[] = ['interpreter', 'safe', 'exact', 'verified'];

/** Without checks, too: the kernel has accepted the program. */
function engineFor(name: EngineName, machine: Machine, program: Program): Pick<JitEngine, 'run'> {
  if (name === 'interpreter') return createInterpreter(machine, program);
  if (name !== 'verified') return createJit(machine, program, { mode: 'safe', exact: name === 'exact' });
  return createJit(machine, program as VerifiedProgram, { mode: 'verified' });
}

/** Plays the steps on our machine; the answers read as the kernel's. */
function played(
  spec: Omit<MapSpec, 'span'>,
  found: ReturnType<typeof commandProgram>,
  all: readonly Step[],
  cpus: number,
  engine: EngineName,
): string[] {
  // prettier-ignore
  const machine = createMachine(found, { cpus });
  expect(machine.diagnostics).toEqual([]);
  const map = mapNamed(machine, 'm');
  const program = found.programs[0]!;
  const runner = engineFor(engine, machine, program);
  return all.map((step) => {
    if (step.command !== null) {
      machine.setContext(new Uint8Array(24), null);
      machine.packet.set(packetOf(map.spec, step.command), {
        kind: 'xdp',
        headRoom: 256,
        tailRoom: 0,
        networkOffset: 14,
      });
      const outcome = runner.run(LAYOUT.ctx, 1_000_000);
      if (outcome.kind !== 'exit') return `trap: ${outcome.trap.message}`;
      return `${Number(BigInt.asIntN(32, outcome.r0))} = ${toHex(machine.packet.bytes)}`;
    }
    if (step.verb === 'set') return String(setMapValue(map, cpus, step.key, step.values, step.flags));
    if (step.verb === 'del') return String(deleteMapValue(map, step.key));
    const values = mapValues(map, cpus, step.key);
    return values === null ? '-2' : `= ${joined(spec, values)}`;
  });
}

const CASES: readonly Omit<MapSpec, 'span'>[] = [
  specOf('array', 4, 12, 5),
  specOf('percpu_array', 4, 12, 5),
  specOf('hash', 4, 8, 6),
  specOf('hash', 7, 12, 20, noPrealloc),
  specOf('hash', 4, 8, 40, zeroSeed),
  specOf('hash', 15, 8, 40, zeroSeed),
  specOf('hash', 28, 8, 9, zeroSeed | noPrealloc),
  specOf('percpu_hash', 4, 8, 6),
  specOf('percpu_hash', 4, 12, 6, noPrealloc),
  specOf('lru_hash', 4, 8, 1),
  specOf('lru_hash', 4, 8, 10),
  specOf('lru_hash', 4, 8, 64, zeroSeed),
  specOf('lru_hash', 4, 8, 700),
  specOf('lru_hash', 4, 8, 10, noCommonLru),
  specOf('lru_hash', 4, 8, 30, noCommonLru | zeroSeed),
  specOf('lru_percpu_hash', 4, 8, 20, zeroSeed),
  specOf('lru_hash', 4, 8, 61, noCommonLru),
  specOf('lru_percpu_hash', 4, 8, 10),
  specOf('lru_percpu_hash', 4, 12, 33, noCommonLru),
  specOf('lpm_trie', 8, 8, 8, noPrealloc),
  specOf('queue', 0, 8, 5),
  specOf('stack', 0, 12, 5),
  { ...specOf('array', 4, 12, 4), valueTypeId: LOCKED_VALUE },
  { ...specOf('hash', 4, 12, 6), valueTypeId: LOCKED_VALUE },
  { ...specOf('hash', 4, 12, 6, noPrealloc), valueTypeId: LOCKED_VALUE },
  specOf('bloom_filter', 0, 8, 50, zeroSeed),
  specOf('bloom_filter', 0, 5, 3, zeroSeed),
  specOf('bloom_filter', 0, 12, 100, zeroSeed),
  specOf('lpm_trie', 5, 8, 30, noPrealloc),
];

describe.skipIf(kernelMaps === null)('map operations, against the running kernel (skipped where there is none)', () => {
  const cpus = kernelMaps?.cpus ?? 1;

  it.each(CASES)('$type key $keySize value $valueSize entries $maxEntries flags $flags type $valueTypeId', (spec) => {
    const found = commandProgram(spec);
    for (let seed = 1; seed <= times(2); seed++) {
      const all = steps(spec, seed, 4 * spec.maxEntries + 300, cpus);
      const lines = all.map((step) => kernelStep(spec, step));
      const kernel = kernelMaps!.ask([...kernelLines(found), ...lines]).slice(3);
      for (const engine of ENGINES) {
        const ours = played(spec, found, all, cpus, engine);
        const wrong = ours.findIndex((answer, i) => answer !== kernel[i]);
        const around = lines.slice(Math.max(0, wrong - 8), wrong + 1);
        expect(wrong < 0 ? null : { engine, seed, wrong, around, ours: ours[wrong], kernel: kernel[wrong] }).toBeNull();
      }
    }
  });
});
