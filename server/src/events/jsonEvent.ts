import type { Event, Expected, MemorySnapshot, Recorded, RecordedCall, RecordedSysctl } from './event.ts';
import { integerOf, type JsonObject } from './jsonObject.ts';
import { LINKTYPE } from './linkTypes.ts';

/** The largest context: what a test run takes for programs of type syscall. */
const MOST_CONTEXT_BYTES = 0xffff;
const MOST_DATA_BYTES = 0x4_0000;
const MOST_SNAPSHOTS = 4096;
const MOST_SNAPSHOT_BYTES = 1 << 20;
const MOST_CALLS = 65_536;
const MOST_ARGUMENTS = 12;
/** PERF_MAX_STACK_DEPTH of include/uapi/linux/perf_event.h. */
const MOST_STACK = 127;
const MOST_FIELDS = 1024;
const U32 = 0xffff_ffff;

/** Reads one event of a JSON Lines recording; what is wrong is in `line.problem`, and then there is no event. */
export function eventOf(line: JsonObject, index: number, architecture: Recorded['architecture']): Event | null {
  const timeNs = line.integer('t');
  const recorded = recordedOf(line, architecture);
  const packet = line.bytes('packet', MOST_DATA_BYTES);
  const linkType = line.number('linkType', 0xffff) ?? LINKTYPE.ethernet;
  const wireLength = line.number('wireLength', U32);
  const queue = line.number('queue', U32);
  const hook = {
    context: line.bytes('ctx', MOST_CONTEXT_BYTES),
    registers: registersOf(line),
    args: argumentsOf(line),
    returned: line.integer('ret'),
    data: line.bytes('data', MOST_DATA_BYTES),
  };
  if (line.problem !== null) return null;
  if (packet === null) return { kind: 'hook', index, timeNs, ...hook, recorded };
  return {
    kind: 'packet',
    index,
    timeNs,
    linkType,
    data: packet,
    wireLength: Math.max(wireLength ?? 0, packet.length),
    interfaceId: 0,
    interfaceName: null,
    direction: null,
    queue,
    packetId: null,
    verdict: null,
    recorded,
  };
}

function recordedOf(line: JsonObject, architecture: Recorded['architecture']): Recorded {
  const tgid = line.number('pid', U32);
  return {
    hook: line.text('ev')?.replaceAll('/', ':') ?? null,
    cpu: line.number('cpu', 1023),
    tgid,
    tid: line.number('tid', U32) ?? tgid,
    uid: line.number('uid', U32),
    gid: line.number('gid', U32),
    cgroupId: line.integer('cgroup'),
    comm: line.text('comm'),
    task: line.integer('task'),
    fields: fieldsOf(line),
    memory: line.objects('mem', MOST_SNAPSHOTS).flatMap((entry) => snapshotOf(line, entry)),
    stack: addressesOf(line, 'stack'),
    userStack: addressesOf(line, 'ustack'),
    cookie: line.integer('cookie'),
    functionAddress: line.integer('func'),
    sysctl: sysctlOf(line),
    expected: expectedOf(line),
    calls: line.objects('calls', MOST_CALLS).flatMap((entry) => callOf(line, entry)),
    architecture,
  };
}

function addressesOf(line: JsonObject, name: string): bigint[] | null {
  if (!line.has(name)) return null;
  return line.list(name, MOST_STACK).map((value, index) => {
    const integer = integerOf(value);
    if (integer === null) line.complain(`${name}[${index}]`, 'expected an address');
    return BigInt.asUintN(64, integer ?? 0n);
  });
}

function expectedOf(line: JsonObject): Expected | null {
  const object = line.object('expect');
  if (object === null) return null;
  const returned = object.integer('ret');
  const bytes = { context: object.bytes('ctx', MOST_CONTEXT_BYTES), data: object.bytes('data', MOST_DATA_BYTES) };
  line.adopt(object);
  return { returned, ...bytes };
}

function sysctlOf(line: JsonObject): RecordedSysctl | null {
  const object = line.object('sysctl');
  if (object === null) return null;
  const sysctl = { name: object.text('name') ?? '', value: object.text('value'), newValue: object.text('new') };
  line.adopt(object);
  return sysctl;
}

function registersOf(line: JsonObject): ReadonlyMap<string, bigint> | null {
  const object = line.object('regs');
  if (object === null) return null;
  const registers = new Map<string, bigint>();
  for (const name of object.names().slice(0, MOST_FIELDS)) registers.set(name, object.integer(name) ?? 0n);
  line.adopt(object);
  return registers;
}

function argumentsOf(line: JsonObject): bigint[] | null {
  if (!line.has('args')) return null;
  return line.list('args', MOST_ARGUMENTS).map((value, index) => {
    const integer = integerOf(value);
    if (integer === null) line.complain(`args[${index}]`, 'expected an integer');
    return integer ?? 0n;
  });
}

/** `fields`, or under the name of the structure that they belong to. Lists become `cb[0]`, `cb[1]`, … */
function fieldsOf(line: JsonObject): ReadonlyMap<string, bigint> {
  const fields = new Map<string, bigint>();
  for (const group of ['fields', 'skb', 'xdp']) {
    const object = line.object(group);
    if (object === null) continue;
    for (const name of object.names().slice(0, MOST_FIELDS)) addField(fields, object, name);
    line.adopt(object);
  }
  return fields;
}

function addField(fields: Map<string, bigint>, object: JsonObject, name: string): void {
  if (!object.isList(name)) {
    const value = ipv4Of(object.raw(name)) ?? object.integer(name);
    if (value !== null) fields.set(name, value);
    return;
  }
  for (const [index, value] of object.list(name, 64).entries()) {
    const integer = integerOf(value);
    if (integer === null) object.complain(`${name}[${index}]`, 'expected an integer');
    else fields.set(`${name}[${index}]`, integer);
  }
}

/** "192.0.2.1" as a field in network byte order holds it. */
function ipv4Of(value: unknown): bigint | null {
  const parts = typeof value === 'string' ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(value) : null;
  const bytes = parts?.slice(1).map(Number) ?? [];
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return null;
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function snapshotOf(line: JsonObject, entry: JsonObject): MemorySnapshot[] {
  const space = entry.has('user') ? 'user' : 'kernel';
  if (!entry.has(space)) entry.complain(space, 'expected the address, as "user" or as "kernel"');
  const address = entry.integer(space);
  const bytes = entry.bytes('hex', MOST_SNAPSHOT_BYTES);
  if (bytes === null) entry.complain('hex', 'expected the bytes at that address');
  line.adopt(entry);
  return address === null || bytes === null ? [] : [{ space, address, bytes }];
}

function callOf(line: JsonObject, entry: JsonObject): RecordedCall[] {
  const name = entry.text('helper');
  if (name === null) entry.complain('helper', 'expected the name of a helper');
  const returned = entry.integer('ret') ?? 0n;
  const output = entry.bytes('out', MOST_SNAPSHOT_BYTES);
  line.adopt(entry);
  return name === null ? [] : [{ helper: name.startsWith('bpf_') ? name : `bpf_${name}`, returned, output }];
}
