/** What exact mode lays down while a module is compiled, and what its counters mean. */
import { blockCounts, flowCounts, type FlowCounts } from './flowCounts.ts';
import type { Block, FlowGraph } from './controlFlow.ts';
import { type Insn, slots } from '../isa/insn.ts';

export interface FunctionCounts {
  readonly id: number;
  readonly flow: FlowGraph;
  readonly counts: FlowCounts;
  /** Cell of each counted edge, in the edges' order. */
  readonly firstCell: number;
}

/** A place where an activation of a function may end without leaving by an edge. */
export interface Site {
  readonly own: FunctionCounts;
  readonly block: number;
  /** The first slot that was not executed. */
  readonly end: number;
  /** Cell that counts how often it did; null where the engine does. */
  readonly cell: number | null;
  /** How often the engine saw it happen. */
  stops: number;
}

/** Bytes of one counter. */
const COUNTER_BYTES = 8;

export class ModuleCounts {
  readonly sites: Site[] = [];
  readonly functions: FunctionCounts[] = [];
  private readonly start: number;
  private next: number;
  private nextId = 0;
  private readonly end: number;
  private readonly known = new Map<string, number>();

  /** Counters take the cells from `start` on; those that would lie beyond `end` share the last one, see `full`. */
  constructor(start: number, end: number) {
    this.start = this.next = start;
    this.end = end;
  }

  get bytes(): number {
    return this.next - this.start;
  }
  /** There was not room enough: the counts mean nothing. */
  get full(): boolean {
    return this.next > this.end;
  }

  /** The counts of one function, which begin anew when it is compiled once more in another form. */
  of(flow: FlowGraph, insns: readonly Insn[]): FunctionCounts {
    const before = this.functions.findIndex((own) => own.flow === flow);
    const counts = this.functions[before]?.counts ?? flowCounts(insns, flow);
    const own = { id: this.nextId++, flow, counts, firstCell: this.next };
    if (before >= 0) this.functions[before] = own;
    else this.functions.push(own);
    return own;
  }

  counter(): number {
    const cell = Math.min(this.next, this.end - COUNTER_BYTES);
    this.next += COUNTER_BYTES;
    return cell;
  }

  site(own: FunctionCounts, block: number, end: number): number {
    const key = `${own.id} ${block} ${end}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.sites.push({ own, block, end, cell: null, stops: 0 });
    this.known.set(key, this.sites.length - 1);
    return this.sites.length - 1;
  }

  /** A counter for leaving a function in the middle of a block. */
  earlyExit(own: FunctionCounts, block: number, end: number): number {
    const cell = this.counter();
    this.sites.push({ own, block, end, cell, stops: 0 });
    return cell;
  }

  /** Adds to `visits`, by slot, how often each instruction was begun. `read` yields the value of a cell. */
  addVisits(insns: readonly Insn[], read: (cell: number) => number, visits: Float64Array): void {
    const stops = new Map<FunctionCounts, Site[]>();
    for (const site of this.sites) {
      const list = stops.get(site.own);
      if (list === undefined) stops.set(site.own, [site]);
      else list.push(site);
    }
    for (const own of this.functions) addFunction(insns, own, stops.get(own) ?? [], read, visits);
  }
}

function addFunction(
  insns: readonly Insn[],
  { flow, counts, firstCell }: FunctionCounts,
  sites: readonly Site[],
  read: (cell: number) => number,
  visits: Float64Array,
): void {
  let cell = firstCell - COUNTER_BYTES;
  const taken = counts.edges.map(({ counted }) => (counted ? read((cell += COUNTER_BYTES)) : 0));
  const stopped = sites.map((site) => site.stops + (site.cell === null ? 0 : read(site.cell)));
  const stops = new Float64Array(flow.blocks.length);
  sites.forEach(({ block }, i) => (stops[block] = (stops[block] ?? 0) + (stopped[i] ?? 0)));
  const began = blockCounts(counts, (edge) => taken[edge] ?? 0, stops);
  flow.blocks.forEach((block, index) => {
    for (const pc of slotsOf(insns, block)) add(visits, pc, began[index] ?? 0);
  });
  sites.forEach(({ block, end }, i) => {
    const count = stopped[i] ?? 0;
    const at = flow.blocks[block];
    if (count === 0 || at === undefined) return;
    for (const pc of slotsOf(insns, at)) if (pc >= end) add(visits, pc, -count);
  });
}

/** First slots of a block's instructions; a jump to nowhere has the one it traps at. */
function* slotsOf(insns: readonly Insn[], { start, end }: Block): Iterable<number> {
  if (start === end) yield start;
  for (let pc = start; pc < end;) {
    yield pc;
    const insn = insns[pc];
    pc += insn === undefined ? 1 : slots(insn);
  }
}

function add(visits: Float64Array, pc: number, count: number): void {
  if (pc < visits.length) visits[pc] = (visits[pc] ?? 0) + count;
}
