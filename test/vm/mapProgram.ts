import { toHex } from '../../server/src/base/bytes.ts';
import type { Btf } from '../../server/src/btf/btf.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { MAP_FLAGS } from '../../server/src/kernel/mapRules.ts';
import { MAP_TYPES, type MapType } from '../../server/src/kernel/mapTypes.ts';
import { mapFitsHelper } from '../../server/src/kernel/mapHelpers.ts';
import type { BpfObject, MapSpec } from '../../server/src/program/program.ts';
import { object } from './support.ts';

/** What one packet asks of a map. The packet is the verb, a CPU, flags, a key and a value; the value comes back in it. */
export const VERBS = {
  lookup: 1, update: 2, delete: 3, push: 4, pop: 5, peek: 6, lookupPercpu: 7, forEach: 8,
  /** Looks up, updates, and shows the value that was looked up. */
  staleUpdate: 9,
  /** Looks up, deletes, and shows the value that was looked up. */
  staleDelete: 10,
  /** for_each whose callback deletes what it is shown. */
  eachDelete: 11,
  /** for_each whose callback sets what it is shown to zero. */
  eachUpdate: 12,
} as const; // prettier-ignore

export type Verb = keyof typeof VERBS;

export interface Command {
  readonly verb: Verb;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly flags: bigint;
  readonly cpu: number;
}

const HELPER: Readonly<Record<Verb, number>> = {
  lookup: 1, update: 2, delete: 3, push: 87, pop: 88, peek: 89, lookupPercpu: 195, forEach: 164, staleUpdate: 2,
  staleDelete: 3, eachDelete: 164, eachUpdate: 164,
}; // prettier-ignore

const FOR_EACH: ReadonlySet<MapType> = new Set<MapType>([
  'array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash',
]); // prettier-ignore

/** Types whose update and delete the kernel refuses to load at all. */
export function verbsOf(type: MapType): Verb[] {
  const names = Object.keys(VERBS) as Verb[];
  return names.filter((verb) => {
    if (!mapFitsHelper(type, HELPER[verb])) return false;
    if (verb === 'forEach') return FOR_EACH.has(type);
    if (verb.startsWith('each')) return FOR_EACH.has(type) && type.includes('hash');
    return !verb.startsWith('stale') || mapFitsHelper(type, HELPER.lookup);
  });
}

const HEADER_BYTES = 16;

function words(size: number): number {
  return Math.ceil(size / 8) * 8;
}

export function packetOf(spec: MapSpec, command: Command): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + words(spec.keySize) + words(spec.valueSize));
  const view = new DataView(packet.buffer);
  view.setUint32(0, VERBS[command.verb], true);
  view.setUint32(4, command.cpu, true);
  view.setBigUint64(8, command.flags, true);
  packet.set(command.key, HEADER_BYTES);
  packet.set(command.value, HEADER_BYTES + words(spec.keySize));
  return packet;
}

/** The value a packet carries. */
export function valueOf(spec: MapSpec, packet: Uint8Array): Uint8Array {
  return packet.subarray(HEADER_BYTES + words(spec.keySize));
}

/** Where key and value lie on the stack and the value in the packet. */
interface Places {
  readonly key: number;
  readonly value: number;
  readonly shown: number;
}

/** Values with a bpf_spin_lock in front have this type in the object's BTF. */
export const LOCKED_VALUE = 3;
const LOCK_BYTES = 4;

const LOCKED: Btf = {
  types: [
    { kind: 'void' },
    { kind: 'int', name: 'int', size: 4, bits: 32, offsetBits: 0, signed: true, char: false, bool: false },
    { kind: 'struct', name: 'bpf_spin_lock', size: 4, members: [{ name: 'val', type: 1, offsetBits: 0, bitSize: 0 }] },
    {
      kind: 'struct',
      name: 'value',
      size: 12,
      members: ['lock', 'a', 'b'].map((name, i) => ({ name, type: i === 0 ? 2 : 1, offsetBits: 32 * i, bitSize: 0 })),
    },
  ],
};

/** A program that does to the map `m` what a packet asks for, and returns the helper's result. */
export function commandProgram(spec: Omit<MapSpec, 'span'>): BpfObject {
  const { type, keySize, valueSize, maxEntries, flags, valueTypeId } = spec;
  // Programs may not touch the lock.
  const from = valueTypeId === 0 ? 0 : LOCK_BYTES;
  const key = -words(keySize);
  const at = { key, value: key - words(valueSize), shown: HEADER_BYTES + words(keySize) };
  const verbs = verbsOf(type);
  const ordered = type.endsWith('array') || (flags & MAP_FLAGS.zeroSeed) !== 0;
  const bodies = bodiesFor(from, valueSize, at);
  const answer = `answer:\n${copyWords(words(valueSize), ['r7', at.shown], ['r10', at.value])}\nexit`;
  const made = object(`.license "GPL"
.map m, type=${type}, key=${keySize}, value=${valueSize}, entries=${maxEntries}, flags=${flags}
.section "xdp"
.globl main
main:
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += ${at.shown + words(valueSize)}
if r2 > r8 goto wrong
${copyWords(words(keySize), ['r10', at.key], ['r7', HEADER_BYTES])}
${copyWords(words(valueSize), ['r10', at.value], ['r7', at.shown])}
r9 = *(u32 *)(r7 + 0)
${verbs.map((verb) => `if r9 == ${VERBS[verb]} goto ${verb}`).join('\n')}
wrong:
r0 = -1000
exit
${verbs.map((verb) => `${verb}:\n${bodies[verb]}`).join('\n')}
${verbs.some((verb) => bodies[verb].endsWith('goto answer')) ? answer : ''}
${verbs.includes('eachDelete') ? changingFunctions(keySize, valueSize, ordered) : ''}
${verbs.includes('forEach') ? eachFunction(keySize, from, valueSize, ordered) : ''}`);
  if (valueTypeId === 0) return made;
  return { ...made, btf: LOCKED, maps: made.maps.map((map) => ({ ...map, valueTypeId })) };
}

function bodiesFor(from: number, valueSize: number, at: Places): Readonly<Record<Verb, string>> {
  const call = (name: string, ...args: string[]): string =>
    `${args.map((arg, i) => argument(arg, i + 1, at)).join('\n')}\ncall bpf_${name}`;
  const lookup = call('map_lookup_elem', 'map', 'key');
  const update = call('map_update_elem', 'map', 'key', 'value', 'flags');
  const remove = call('map_delete_elem', 'map', 'key');
  const shown = `if r0 == 0 goto wrong\n${showValue(from, valueSize, at.shown)}\nr0 = 1\nexit`;
  const stale = (change: string): string =>
    `${lookup}\nif r0 == 0 goto wrong\nr6 = r0\n${change}\nr8 = r0\nr0 = r6\n${showValue(from, valueSize, at.shown)}\nr0 = r8\nexit`;
  return {
    lookup: `${lookup}\n${shown}`,
    update: `${update}\nexit`,
    delete: `${remove}\nexit`,
    push: `${call('map_push_elem', 'map', 'value', 'flags')}\nexit`,
    pop: `${call('map_pop_elem', 'map', 'value')}\ngoto answer`,
    peek: `${call('map_peek_elem', 'map', 'value')}\ngoto answer`,
    lookupPercpu: `${call('map_lookup_percpu_elem', 'map', 'key', 'cpu')}\n${shown}`,
    forEach: `${call('for_each_map_elem', 'map', 'each', 'value', 'flags')}\ngoto answer`,
    eachDelete: `${call('for_each_map_elem', 'map', 'eachDelete', 'value', 'flags')}\ngoto answer`,
    eachUpdate: `${call('for_each_map_elem', 'map', 'eachUpdate', 'value', 'flags')}\ngoto answer`,
    staleUpdate: stale(update),
    staleDelete: stale(remove),
  };
}

function argument(name: string, register: number, at: Places): string {
  if (name === 'key' || name === 'value') return `r${register} = r10\nr${register} += ${at[name]}`;
  const simple = {
    map: 'm ll',
    each: 'each ll',
    eachDelete: 'drop ll',
    eachUpdate: 'clear ll',
    cpu: '*(u32 *)(r7 + 4)',
    flags: '*(u64 *)(r7 + 8)',
  }[name];
  return `r${register} = ${simple}`;
}

function memory([register, offset]: readonly [string, number]): string {
  return `(${register} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)})`;
}

function copyWords(size: number, to: readonly [string, number], from: readonly [string, number]): string {
  const lines: string[] = [];
  for (let i = 0; i < size; i += 8)
    lines.push(`r1 = *(u64 *)${memory([from[0], from[1] + i])}`, `*(u64 *)${memory([to[0], to[1] + i])} = r1`);
  return lines.join('\n');
}

/** Copies the value at r0 into the packet. */
function showValue(from: number, valueSize: number, shown: number): string {
  const lines = Array.from({ length: valueSize - from }, (_, i) => [
    `r1 = *(u8 *)(r0 + ${from + i})`,
    `*(u8 *)(r7 + ${shown + from + i}) = r1`,
  ]);
  return lines.flat().join('\n');
}

/** Folds what it is shown into the word at r4: `ordered`, or so that the order makes no difference. */
function eachFunction(keySize: number, first: number, valueSize: number, ordered: boolean): string {
  const fold = (from: string, start: number, size: number): string =>
    Array.from({ length: size - start }, (_, i) => `r1 = *(u8 *)(${from} + ${start + i})\nr5 *= 31\nr5 += r1`).join(
      '\n',
    );
  return `each:
r0 = *(u64 *)(r4 + 0)
r0 *= ${ordered ? 17 : 1}
r5 = 7
${fold('r2', 0, keySize)}
${fold('r3', first, valueSize)}
r5 += r0
*(u64 *)(r4 + 0) = r5
r0 = 0
exit`;
}

/** Callbacks that fold the key into the word at r4 and then change the entry. */
function changingFunctions(keySize: number, valueSize: number, ordered: boolean): string {
  const fold = Array.from({ length: keySize }, (_, i) => `r1 = *(u8 *)(r2 + ${i})\nr9 *= 31\nr9 += r1`).join('\n');
  const start = `r7 = r1
r8 = r2
r5 = *(u64 *)(r4 + 0)
r5 *= ${ordered ? 17 : 1}
r9 = 7
${fold}
r9 += r5
*(u64 *)(r4 + 0) = r9
r1 = r7
r2 = r8`;
  const zeros = Array.from({ length: words(valueSize) / 8 }, (_, i) => `*(u64 *)(r10 - ${8 * (i + 1)}) = 0`).join('\n');
  return `drop:
${start}
call bpf_map_delete_elem
r0 = 0
exit
clear:
${start}
${zeros}
r3 = r10
r3 += -${words(valueSize)}
r4 = 0
call bpf_map_update_elem
r0 = 0
exit`;
}

/** The lines that make the map and load the program in the kernel (btf 0, map 0, program 0). */
export function kernelLines(found: BpfObject): string[] {
  const [program] = found.programs;
  const [spec] = found.maps;
  if (program === undefined || spec === undefined) throw new Error('the test has no program');
  const refs = program.insns.flatMap((insn, pc) => (insn.kind === 'loadMap' ? [`${pc}:${insn.map}`] : []));
  const starts = program.subprogs.map(({ start }, i) => `${le32(start)}${le32(3 + i)}`).join('');
  // Behind the functions stand struct bpf_spin_lock and the value.
  const types = spec.valueTypeId === 0 ? '-1 -1 -1' : `0 1 ${4 + program.subprogs.length}`;
  return [
    `btf ${toHex(functionTypes(program.subprogs.length))}`,
    `map ${MAP_TYPES.indexOf(spec.type)} ${spec.keySize} ${spec.valueSize} ${spec.maxEntries} ${spec.flags} -1 ${types} 0`,
    `prog 6 ${toHex(encode(program.insns))} ${refs.join(',') || '-'} 0 ${starts}`,
  ];
}

function le32(value: number): string {
  return toHex(new Uint8Array(Uint32Array.of(value).buffer));
}

/** BTF with static functions without arguments, types 3 and up (callbacks need some), and a value with a lock. */
function functionTypes(count: number): Uint8Array {
  const functions = Array.from({ length: count }, (_, i) => `f${i}\0`).join('');
  const lockAt = 5 + functions.length;
  const strings = `\0int\0${functions}bpf_spin_lock\0`;
  const types = [5 - 4, 1 << 24, 4, (1 << 24) | 32, 0, 13 << 24, 1];
  for (let i = 0; i < count; i++) types.push(5 + 3 * i, 12 << 24, 2);
  types.push(lockAt, (4 << 24) | 1, 4, 1, 1, 0);
  types.push(1, (4 << 24) | 3, 12, 1, 3 + count, 0, 1, 1, 32, 1, 1, 64);
  const header = [0x0001_eb9f, 24, 0, 4 * types.length, 4 * types.length, strings.length];
  const words = new Uint8Array(Uint32Array.from([...header, ...types]).buffer);
  return Uint8Array.from([...words, ...new TextEncoder().encode(strings)]);
}
