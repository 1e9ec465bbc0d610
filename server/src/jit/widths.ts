/**
 * Which values of registers are kept in 32 bits. A register holds many values in turn; those that one instruction may
 * read in each other's place form a web. A web is narrow when the upper half of all its values is zero, or when nobody
 * reads it. Compiled code then needs no extensions, which on the way through a loop cost a cycle each.
 */
import { type FlowGraph, successors } from './controlFlow.ts';
import { FunctionEffects, REGISTERS, UPPER } from './functionEffects.ts';

export interface Widths {
  /** By block: a bit per register that is narrow when the block begins. */
  readonly atEntry: Uint16Array;
  /** By slot: 1 when the result of the instruction is narrow. Shared by all functions; good until the next one. */
  readonly results: Uint8Array;
}

/** r1-r5: a function's arguments are 64 bits wide. */
const ARGUMENTS = 0b11_1110;
/** Webs hang together in chains; a program whose chains are longer than this many passes settle is left wide. */
const MAX_PASSES = 20;

export function findWidths(effects: FunctionEffects, flow: FlowGraph, results: Uint8Array): Widths {
  const webs = new Webs(effects, flow);
  const atEntry = new Uint16Array(flow.blocks.length);
  if (effects.findLive(MAX_PASSES) && webs.settle()) webs.answer(atEntry, results);
  else results.fill(0);
  return { atEntry, results };
}

/** Facts about a web, bits at its root. */
const WIDE_VALUE = 1;
const WIDE_USE = 2;

class Webs {
  private readonly effects: FunctionEffects;
  private readonly flow: FlowGraph;
  /** Nodes: ten per block for the registers as it begins, then one per instruction, for its result. */
  private readonly parent: Int32Array;
  private readonly facts: Uint8Array;
  /** Uses that are cheaper when the web is narrow, less those that are dearer. */
  private readonly gain: Int32Array;
  /** Pairs: a result's node, and the node of a source of which as many bits are read. */
  private readonly sameBits: number[] = [];
  /** Triples: a result's node and two sources; it is wide when both are. */
  private readonly sameUpper: number[] = [];

  constructor(effects: FunctionEffects, flow: FlowGraph) {
    this.effects = effects;
    this.flow = flow;
    const nodes = REGISTERS * flow.blocks.length + effects.count;
    this.parent = new Int32Array(nodes);
    for (let node = 0; node < nodes; node++) this.parent[node] = node;
    this.facts = new Uint8Array(nodes);
    this.gain = new Int32Array(nodes);
  }

  /** Builds the webs and spreads facts along moves and the like; false when that takes too long. */
  settle(): boolean {
    this.build();
    this.flatten();
    const { parent, facts, sameBits, sameUpper } = this;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      let changed = false;
      // Results stand behind their sources, so walking backwards spreads uses, and forwards spreads values.
      for (let i = sameBits.length - 2; i >= 0; i -= 2) {
        const source = parent[sameBits[i + 1]!]!;
        if ((facts[parent[sameBits[i]!]!]! & ~facts[source]! & WIDE_USE) === 0) continue;
        facts[source]! |= WIDE_USE;
        changed = true;
      }
      for (let i = 0; i < sameUpper.length; i += 3) {
        const result = parent[sameUpper[i]!]!;
        const both = facts[parent[sameUpper[i + 1]!]!]! & facts[parent[sameUpper[i + 2]!]!]!;
        if ((both & ~facts[result]! & WIDE_VALUE) === 0) continue;
        facts[result]! |= WIDE_VALUE;
        changed = true;
      }
      if (!changed) return true;
    }
    return false;
  }

  private build(): void {
    for (let reg = 0; reg < REGISTERS; reg++) if (((ARGUMENTS >> reg) & 1) !== 0) this.facts[reg] = WIDE_VALUE;
    const current = new Int32Array(REGISTERS);
    const { blocks } = this.flow;
    for (let index = 0; index < blocks.length; index++) {
      for (let reg = 0; reg < REGISTERS; reg++) current[reg] = REGISTERS * index + reg;
      this.walk(index, current);
      for (const to of successors(blocks[index]!.exit)) this.join(current, to);
    }
  }

  private join(current: Int32Array, block: number): void {
    let live = this.effects.liveIn[block]!;
    for (let reg = 0; live !== 0; reg++, live >>= 1)
      if ((live & 1) !== 0) this.unite(current[reg]!, REGISTERS * block + reg);
  }

  private walk(block: number, current: Int32Array): void {
    const { effects, facts } = this;
    const { first, full, low, same, result, upper, neutral } = effects;
    const firstNode = REGISTERS * this.flow.blocks.length;
    const end = first[block + 1]!;
    for (let at = first[block]!; at < end; at++) {
      const whole = full[at]!;
      for (let reg = 0, rest = whole | low[at]!; rest !== 0; reg++, rest >>= 1)
        if ((rest & 1) !== 0) this.use(current[reg]!, ((whole >> reg) & 1) !== 0, neutral[at] === 1);
      const written = result[at]!;
      if (written === effects.none) continue;
      const node = firstNode + at;
      for (let reg = 0, rest = same[at]!; rest !== 0; reg++, rest >>= 1)
        if ((rest & 1) !== 0) this.sameBits.push(node, current[reg]!);
      const kind = upper[at]!;
      if (kind === UPPER.unknown) facts[node] = WIDE_VALUE;
      else if (kind !== UPPER.zero) this.linkUpper(node, at, current);
      current[written] = node;
    }
  }

  private use(node: number, full: boolean, neutral: boolean): void {
    const root = this.find(node);
    if (full) this.facts[root]! |= WIDE_USE;
    if (!neutral) this.gain[root]! += full ? -1 : 1;
  }

  private linkUpper(node: number, at: number, current: Int32Array): void {
    let first = -1;
    let second = -1;
    for (let reg = 0, rest = this.effects.from[at]!; rest !== 0; reg++, rest >>= 1) {
      if ((rest & 1) === 0) continue;
      if (first < 0) first = current[reg]!;
      else second = current[reg]!;
    }
    if (second < 0) this.sameUpper.push(node, first, first);
    else if (this.effects.upper[at] === UPPER.any) this.sameUpper.push(node, first, second);
    else this.sameUpper.push(node, first, first, node, second, second);
  }

  private find(node: number): number {
    const { parent } = this;
    let at = node;
    for (let up = parent[at]!; up !== at; up = parent[at]!) {
      parent[at] = parent[up]!;
      at = up;
    }
    return at;
  }

  private unite(a: number, b: number): void {
    const x = this.find(a);
    const y = this.find(b);
    if (x === y) return;
    this.parent[y] = x;
    this.facts[x]! |= this.facts[y]!;
    this.gain[x]! += this.gain[y]!;
  }

  /** From now on a node's parent is its root. */
  private flatten(): void {
    const { parent } = this;
    for (let node = 0; node < parent.length; node++) if (parent[node] !== node) parent[node] = this.find(node);
  }

  /** What goes into a wide result must be extended first. */
  private chargeWideResults(): void {
    const { sameBits, parent, facts, gain } = this;
    for (let i = 0; i < sameBits.length; i += 2)
      if (facts[parent[sameBits[i]!]!] === (WIDE_VALUE | WIDE_USE)) gain[parent[sameBits[i + 1]!]!]!--;
  }

  answer(atEntry: Uint16Array, results: Uint8Array): void {
    this.chargeWideResults();
    const { parent, effects } = this;
    const { pcs, count, result, none } = effects;
    // From now on a root's gain says 1 for a narrow web and 0 for a wide one.
    for (let node = 0; node < parent.length; node++) if (parent[node] === node) this.gain[node] = this.isNarrow(node);
    for (let block = 0; block < atEntry.length; block++) {
      let mask = 0;
      for (let reg = 0; reg < REGISTERS; reg++) mask |= this.gain[parent[REGISTERS * block + reg]!]! << reg;
      atEntry[block] = mask;
    }
    const firstNode = REGISTERS * atEntry.length;
    for (let at = 0; at < count; at++)
      results[pcs[at]!] = result[at] === none ? 0 : this.gain[parent[firstNode + at]!]!;
  }

  /** Values that are narrow but mostly read in 64 bits are better kept wide. */
  private isNarrow(root: number): number {
    const facts = this.facts[root]!;
    return (facts & WIDE_USE) === 0 || ((facts & WIDE_VALUE) === 0 && this.gain[root]! >= 0) ? 1 : 0;
  }
}
