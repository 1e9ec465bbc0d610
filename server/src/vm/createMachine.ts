import { errorAt, type Diagnostic } from '../base/diagnostic.ts';
import { HELPERS } from '../kernel/helpers.ts';
import { KFUNCS } from '../kernel/kfuncs.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { BpfObject, MapSpec, Program } from '../program/program.ts';
import { resumeCallback } from './helpers/callbacks.ts';
import { HELPER_FUNCTIONS } from './helpers/table.ts';
import type { CallbackRun, Deferred } from './deferred.ts';
import { GuestHeap, heapBytes } from './heap.ts';
import { Halves, HalvesAt } from './halves.ts';
import { FIRST_KFUNC } from './kfuncs/numbers.ts';
import { STOPPED, type StopSignal } from './stopSignal.ts';
import { releaseField } from './kfuncs/objects.ts';
import { callKfunc } from './kfuncs/table.ts';
import { HELPER_STATUS, LAYOUT, type Fault, type HelperStatus, type Region } from './machine.ts';
import { guardedFields } from './maps/guardedFields.ts';
import { roundPage, type GuestMap, type MapWorld } from './maps/guestMap.ts';
import { MAP_KINDS } from './maps/kinds.ts';
import { RingbufMap } from './maps/ringbuf.ts';
import { GuestMemory } from './memory.ts';
import { Packet } from './packet.ts';
import { foreignBytes, rewriteRecorded } from './recordedMemory.ts';
import { RegionTable } from './regions.ts';
import type { GivenWorld } from './given.ts';
import { forgetSockets } from './sockets.ts';
import { toldAnswer } from './told.ts';
import { defaultWorld, type World } from './world.ts';

export interface MachineOptions {
  /** Simulated CPUs: how many values per-CPU maps hold. 1 unless told otherwise. */
  readonly cpus?: number;
  /** Seeds bpf_get_prandom_u32. */
  readonly seed?: number;
  /** What the user says about devices, routes, sockets and the like. */
  readonly given?: GivenWorld;
  /** Maps that only slots of maps of maps name. */
  readonly innerMaps?: readonly MapSpec[];
  /** Maps together may take this much; 256 MiB unless told otherwise. */
  readonly maxMapBytes?: number;
  /** Memory behind all else for batches of events; none unless told otherwise. */
  readonly batchBytes?: number;
}

/** One record a program puts out. */
export interface OutputRecord {
  readonly kind: 'printk' | 'ringbuf' | 'perf' | 'packet' | 'effect';
  /** Printable form, where a packet went, or what was done to the world outside; "" for other records. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Name of the map it went to; null for printk. */
  readonly map: string | null;
}

/** A helper that calls a function of the program, between two of its calls. Plain data, never changed in place. */
export interface CallbackState {
  /** Guest address of the function, as `loadFunc` yields it. */
  readonly target: number;
  /** Arguments of the function: r1 up to r`args`, in the helper frame. */
  readonly args: number;
  readonly helper: number;
  /** Next round (bpf_loop) or position in the map. */
  readonly position: number;
  readonly count: number;
  readonly map: number;
  /** The pointer that is handed through. */
  readonly contextLow: number;
  readonly contextHigh: number;
}

export interface Redirect {
  /** A device, the next hop behind one, its peer in another network namespace, or what a map holds. */
  readonly kind: 'device' | 'neighbour' | 'peer' | 'map';
  /** Device for bpf_redirect; slot of the map for bpf_redirect_map. */
  readonly target: number;
  readonly flags: number;
  readonly map: string | null;
}

const DEFAULT_MAP_BYTES = 256 * 1024 * 1024;

export function createMachine(source: BpfObject | readonly Program[], options: MachineOptions = {}): Machine {
  const programs = 'programs' in source ? source.programs : source;
  const declared = 'programs' in source ? source.maps : (source[0]?.maps ?? []);
  const specs = [...declared, ...(options.innerMaps ?? [])];
  const btf = 'programs' in source ? source.btf : (source[0]?.btf ?? null);
  const { given } = options;
  const cpus = Math.max(1, Math.min(options.cpus ?? given?.cpus ?? (given?.cpu ?? 0) + 1, 1024));
  const plan = planMaps(specs, cpus, options.maxMapBytes ?? DEFAULT_MAP_BYTES);
  const batchArea = plan.end + heapBytes(programs);
  const memory = new GuestMemory(batchArea + (options.batchBytes ?? 0));
  const regions = new RegionTable(memory.byteLength);
  const world = defaultWorld(options.seed ?? given?.seed ?? 1, given);
  // Maps are part of the machine, whose objects their values may hold.
  let machine: Machine | null = null;
  const mapWorld: MapWorld = {
    memory,
    regions,
    cpus,
    cpu: () => world.cpu,
    guarded: (spec) => guardedFields(btf, spec.valueTypeId),
    release: (field, at) => {
      if (machine !== null) releaseField(machine, field, at);
    },
    programIndex: (name) => programs.findIndex((program) => program.name === name),
    mapIndex: (name) => specs.findIndex((spec) => spec.name === name),
  };
  const maps = plan.bases.map((base, index) => {
    const spec = specs[index]!;
    return base === null || spec.type === 'unspec' ? null : MAP_KINDS[spec.type].create(mapWorld, spec, index, base);
  });
  const heap = heapBytes(programs) === 0 ? null : new GuestHeap(memory, regions, plan.end);
  const { diagnostics } = plan;
  machine = new Machine({ memory, regions, programs, maps, diagnostics, cpus, world, heap, batchArea });
  return machine;
}

interface Plan {
  readonly end: number;
  /** Where each map's storage begins; null for maps that cannot be made. */
  readonly bases: readonly (number | null)[];
  readonly diagnostics: readonly Diagnostic[];
}

function planMaps(specs: readonly MapSpec[], cpus: number, limit: number): Plan {
  const diagnostics: Diagnostic[] = [];
  let end: number = LAYOUT.maps;
  const bases = specs.map((spec) => {
    const bytes = planMap(spec, cpus, LAYOUT.maps + limit - end);
    if (typeof bytes === 'string') {
      diagnostics.push(errorAt('unsupported-map', spec.span, `map ${spec.name}: ${bytes}`));
      return null;
    }
    const base = end;
    // A page between maps catches accesses that run over the end of the last value.
    end += roundPage(bytes) + 1024;
    return base;
  });
  return { end, bases, diagnostics };
}

function planMap(spec: MapSpec, cpus: number, left: number): number | string {
  if (spec.type === 'unspec') return 'has no type';
  const bytes = MAP_KINDS[spec.type].plan(spec, cpus);
  if (typeof bytes === 'string') return bytes;
  if (Number.isFinite(bytes) && bytes <= left) return bytes;
  const mebibytes = Math.ceil(bytes / 0x10_0000);
  return `needs ${mebibytes} MiB, more than the ${Math.floor(left / 0x10_0000)} MiB left for maps; lower max_entries`;
}

/** A ring-buffer record that a run left unfinished; only a rejected program can do that. */
function isRecord(region: Region): boolean {
  return region.kind === 'ringbuf';
}

type Parts = Pick<
  Machine,
  'memory' | 'regions' | 'programs' | 'maps' | 'diagnostics' | 'cpus' | 'world' | 'heap' | 'batchArea'
>;

/** Somebody who wants the run to end is listened to every so many calls of helpers, less one; a power of two. */
const ASK_EVERY_CALLS = 0xfff;

/** Memory, maps and the world of helpers: what programs of one object run on, whichever engine runs them. */
export class Machine {
  readonly memory: GuestMemory;
  readonly regions: RegionTable;
  /** Tail calls name programs by their index here. */
  readonly programs: readonly Program[];
  /** By index as `loadMap` has it; null where the map could not be made, which `diagnostics` explains. */
  readonly maps: readonly (GuestMap | null)[];
  /** Maps that could not be made. A program that uses one traps with the same words. */
  readonly diagnostics: readonly Diagnostic[];
  readonly cpus: number;
  readonly world: World;
  /** Of what follows from the time of the event. */
  readonly clocks = { sinceBoot: new HalvesAt(), ticks: new HalvesAt() };
  /** Of what seldom changes: the wall clock, the task's address, its cgroup, a cookie. */
  readonly halves = { time: new Halves(), task: new Halves(), cgroup: new Halves(), cookie: new Halves() };
  /** Where the memory for batches begins. */
  readonly batchArea: number;
  readonly packet: Packet;
  /** Objects of the programs' own; null where no program can ask for one. */
  readonly heap: GuestHeap | null;
  /** Things that could not be computed, in plain words, e.g. "bpf_fib_lookup: …". Grows for the machine's life. */
  readonly notes = new Set<string>();
  /** Those of this run. */
  runNotes: string[] = [];
  readonly mapAddresses: { handle(map: number): number | null; value(map: number): number | null };
  /** Type of the program that runs; engines set it. A few helpers differ from type to type. */
  programType: ProgramType = 'unspec';
  /** What the program has put out since somebody last took it. */
  output: OutputRecord[] = [];
  /** Set by the engine before a helper call; null when it cannot tell. */
  pc: number | null = null;
  /** Why the last helper trapped. */
  fault: Fault | null = null;
  /** Program to go on with after HELPER_STATUS.tailCall. */
  tailProgram = 0;
  /** Tail calls of this run so far. */
  tailCalls = 0;
  callback: CallbackState | null = null;
  /** The program that called the last helper. */
  runningProgram: Program;
  /** Timers and work queues that were initialised; replaced, never changed in place. */
  deferred: readonly Deferred[] = [];
  /** The highest number that was given to one of them. */
  deferredIds = 0;
  /** The one whose function is running; 0 for none. */
  runningDeferred = 0;
  /** Functions of timers and work queues that ran since the last event. */
  callbackRuns: readonly CallbackRun[] = [];
  /** The last helper that returned null in this run. */
  nullFrom: { readonly helper: string; readonly pc: number } | null = null;
  /** Helper to call for `callx` with a small number, as the conformance suite wants it. */
  callxHelpers = false;
  /** Where the program's bpf_redirect or bpf_redirect_map sent the packet, last call of this run. */
  redirect: Redirect | null = null;
  /** Reads memory outside the machine for bpf_probe_read: what was recorded with the event. */
  foreignMemory: ((address: bigint, size: number, user: boolean) => Uint8Array | null) | null = (...where) =>
    foreignBytes(this, ...where);
  /** Changes memory outside the machine, which is read with its new contents from then on; false where none is recorded. */
  writeForeign: ((address: bigint, bytes: Uint8Array, user: boolean) => boolean) | null = (...what) =>
    rewriteRecorded(this.world, ...what);
  /** Ends runs early; null where nobody can. */
  stop: StopSignal | null = null;
  private helperCalls = 0;
  /** Called before a helper reads or writes memory of the program. */
  onHelperAccess: ((address: number, size: number, write: boolean) => void) | null = null;
  private readonly rings: readonly RingbufMap[];

  constructor(parts: Parts) {
    this.memory = parts.memory;
    this.regions = parts.regions;
    this.programs = parts.programs;
    this.runningProgram = parts.programs[0] as Program;
    this.maps = parts.maps;
    this.diagnostics = parts.diagnostics;
    this.cpus = parts.cpus;
    this.world = parts.world;
    this.batchArea = parts.batchArea;
    this.heap = parts.heap;
    this.packet = new Packet(this.memory, this.regions);
    this.rings = this.maps.filter((map) => map instanceof RingbufMap);
    this.mapAddresses = {
      handle: (map) => this.maps[map]?.handle ?? null,
      value: (map) => this.maps[map]?.values ?? null,
    };
  }

  /** Whether some helper's answer may come from the recording or the user instead of being computed. */
  get tellsAnswers(): boolean {
    const { world } = this;
    return world.recordedCalls.length > 0 || world.given.mocks.size > 0;
  }

  /** Number of arguments a helper reads from r1 on; numbers from FIRST_KFUNC on are kernel functions. */
  helperArgs(id: number): number {
    if (id >= FIRST_KFUNC) return KFUNCS[id - FIRST_KFUNC]?.args ?? 0;
    return HELPERS[id - 1]?.proto?.args.length ?? 0;
  }

  /** Runs a helper; arguments and result lie at LAYOUT.helperFrame. */
  callHelper(id: number): HelperStatus {
    if (this.stop !== null && (++this.helperCalls & ASK_EVERY_CALLS) === 0 && this.stop()) {
      this.fault = STOPPED;
      return HELPER_STATUS.trap;
    }
    if (this.tellsAnswers) {
      const told = toldAnswer(this, id);
      if (told !== null) return told;
    }
    if (id >= FIRST_KFUNC) return callKfunc(this, id - FIRST_KFUNC);
    const helper = HELPER_FUNCTIONS[id];
    if (helper !== undefined) return helper(this);
    const name = HELPERS[id - 1]?.name;
    const message = name === undefined ? `there is no helper number ${id}` : `${name} is not supported yet`;
    this.fault = { kind: name === undefined ? 'unknownHelper' : 'unsupported', message, address: null };
    return HELPER_STATUS.trap;
  }

  /** Gives a callback's result to the helper that wanted it. */
  resumeCallback(r0Low: number, r0High: number): HelperStatus {
    return resumeCallback(this, r0Low, r0High);
  }

  /** Why there is no such map. */
  missingMap(map: number): Fault {
    const { name, type } = this.programs[0]?.maps[map] ?? { name: `number ${map}`, type: 'unspec' };
    const why = type === 'arena' ? 'is an arena, whose memory is not simulated' : 'has no value to point at';
    const known = this.diagnostics.find((diagnostic) => diagnostic.message.startsWith(`map ${name}:`));
    return {
      kind: 'unsupported',
      message: known?.message ?? `map ${name} ${why}`,
      address: null,
    };
  }

  /** Makes a run's own state fresh; engines call it before the first instruction. */
  begin(): void {
    this.fault = null;
    this.tailCalls = 0;
    this.callback = null;
    this.nullFrom = null;
    this.redirect = null;
    this.pc = null;
    if (this.runNotes.length > 0) this.runNotes = [];
    if (this.world.given.sockets.length > 0) forgetSockets(this);
    for (const ring of this.rings) ring.drain();
    if (this.regions.objects.some(isRecord)) this.regions.objects = this.regions.objects.filter((o) => !isRecord(o));
    this.regions.depth = LAYOUT.maxFrames;
  }

  /**
   * Puts the context into memory. `writable` has 1 for every byte programs may write; null allows all. They do not even
   * see the first `hidden` bytes.
   */
  setContext(bytes: Uint8Array, writable: Uint8Array | null, hidden = 0): void {
    this.memory.copyIn(LAYOUT.ctx, bytes);
    this.regions.ctxBytes = bytes.length;
    this.regions.ctxHidden = Math.min(hidden, bytes.length);
    this.regions.ctxWritable = writable;
  }
}
