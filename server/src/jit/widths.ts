/**
 * Which values of registers are kept in 32 bits. A register holds many values in turn; those that one instruction may
 * read in each other's place form a web. A web is narrow when the upper half of all its values is zero, or when nobody
 * reads it. Compiled code then needs no extensions, which on the way through a loop cost a cycle each.
 */
import type { Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { describeEffects, type EffectOptions, newEffects } from './effects.ts';

export interface Widths {
  /** By block: a bit per register that is narrow when the block begins. */
  readonly atEntry: Uint16Array;
  /** By slot: 1 when the result of the instruction is narrow. Shared by all functions; good until the next one. */
  readonly results: Uint8Array;
}

const REGISTERS = 10;
/** r1-r5: a function's arguments are 64 bits wide. */
const ARGUMENTS = 0b11_1110;
/** Webs hang together in chains; a program whose chains are longer than this many passes settle is left wide. */
const MAX_PASSES = 20;

export function findWidths(
  insns: readonly Insn[],
  flow: FlowGraph,
  options: EffectOptions,
  results: Uint8Array,
): Widths {
  const webs = new Webs(insns, flow, options, results);
  const atEntry = new Uint16Array(flow.blocks.length);
  if (webs.build() && webs.settle()) webs.answer(atEntry);
  else results.fill(0);
  return { atEntry, results };
}

/** Comparisons and divisions of narrow values are done in 32 bits whatever the instruction says. */
function isNeutral(insn: Insn): boolean {
  return insn.kind === 'jump' || (insn.kind === 'alu' && (insn.op === 'rsh' || insn.op === 'div' || insn.op === 'mod'));
}

/** Facts about a web, bits at its root. */
const WIDE_VALUE = 1;
const WIDE_USE = 2;

class Webs {
  private readonly insns: readonly Insn[];
  private readonly flow: FlowGraph;
  private readonly options: EffectOptions;
  private readonly results: Uint8Array;
  private readonly liveIn: Uint16Array;
  /** Nodes: ten per block for the registers as it begins, then one per instruction with a result. */
  private readonly parent: Int32Array;
  private readonly facts: Uint8Array;
  /** Uses that are cheaper when the web is narrow, less those that are dearer. */
  private readonly gain: Int32Array;
  private readonly defPcs: number[] = [];
  private nodes: number;
  /** Triples: a result's node, a source's node, and another source's node or -1. */
  private readonly sameBits: number[] = [];
  private readonly sameUpper: number[] = [];

  constructor(insns: readonly Insn[], flow: FlowGraph, options: EffectOptions, results: Uint8Array) {
    this.insns = insns;
    this.flow = flow;
    this.options = options;
    this.results = results;
    this.liveIn = new Uint16Array(flow.blocks.length);
    this.nodes = REGISTERS * flow.blocks.length;
    const slotCount = flow.blocks.reduce((sum, block) => sum + block.end - block.start, 0);
    this.parent = Int32Array.from({ length: this.nodes + slotCount }, (_, i) => i);
    this.facts = new Uint8Array(this.parent.length);
    this.gain = new Int32Array(this.parent.length);
  }

  /** False when the program is too tangled. */
  build(): boolean {
    if (!findLive(this.insns, this.flow, this.options, this.liveIn)) return false;
    for (let reg = 0; reg < REGISTERS; reg++) if (((ARGUMENTS >> reg) & 1) !== 0) this.facts[reg] = WIDE_VALUE;
    const current = new Int32Array(REGISTERS);
    this.flow.blocks.forEach((block, index) => {
      for (let reg = 0; reg < REGISTERS; reg++) current[reg] = REGISTERS * index + reg;
      this.walk(block.start, block.end, current);
      for (const to of successors(block.exit)) this.join(current, to);
    });
    return true;
  }

  private join(current: Int32Array, block: number): void {
    const live = this.liveIn[block]!;
    for (let reg = 0; reg < REGISTERS; reg++)
      if (((live >> reg) & 1) !== 0) this.unite(current[reg]!, REGISTERS * block + reg);
  }

  private walk(start: number, end: number, current: Int32Array): void {
    const effects = newEffects();
    for (let pc = start; pc < end;) {
      const insn = this.insns[pc];
      if (insn === undefined) break;
      describeEffects(insn, this.options, effects);
      const { full, low, same, result, upper, from } = effects;
      for (let reg = 0, rest = full | low; rest !== 0; reg++, rest >>= 1)
        if ((rest & 1) !== 0) this.use(current[reg]!, ((full >> reg) & 1) !== 0, isNeutral(insn));
      if (result >= 0) {
        const node = this.nodes++;
        this.defPcs.push(pc);
        for (let reg = 0, rest = same; rest !== 0; reg++, rest >>= 1)
          if ((rest & 1) !== 0) this.sameBits.push(node, current[reg]!);
        if (upper === 'unknown') this.facts[node] = WIDE_VALUE;
        else if (upper !== 'zero') this.linkUpper(node, from, upper === 'any', current);
        current[result] = node;
      }
      pc += slots(insn);
    }
  }

  private use(node: number, full: boolean, neutral: boolean): void {
    const root = this.find(node);
    if (full) this.facts[root]! |= WIDE_USE;
    if (!neutral) this.gain[root]! += full ? -1 : 1;
  }

  private linkUpper(node: number, from: number, any: boolean, current: Int32Array): void {
    const sources: number[] = [];
    for (let reg = 0; reg < REGISTERS; reg++) if (((from >> reg) & 1) !== 0) sources.push(current[reg]!);
    const [first = -1, second = -1] = sources;
    if (any) this.sameUpper.push(node, first, second < 0 ? first : second);
    else for (const source of sources) this.sameUpper.push(node, source, source);
  }

  private find(node: number): number {
    const { parent } = this;
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
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

  private has(node: number, fact: number): boolean {
    return (this.facts[this.find(node)]! & fact) !== 0;
  }

  /** Spreads facts along moves and the like; false when that takes too long. */
  settle(): boolean {
    const { sameBits, sameUpper } = this;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      let changed = false;
      // Results stand behind their sources, so walking backwards spreads uses, and forwards spreads values.
      for (let i = sameBits.length - 2; i >= 0; i -= 2)
        if (this.has(sameBits[i]!, WIDE_USE)) changed = this.add(sameBits[i + 1]!, WIDE_USE) || changed;
      for (let i = 0; i < sameUpper.length; i += 3)
        if (this.has(sameUpper[i + 1]!, WIDE_VALUE) && this.has(sameUpper[i + 2]!, WIDE_VALUE))
          changed = this.add(sameUpper[i]!, WIDE_VALUE) || changed;
      if (!changed) return true;
    }
    return false;
  }

  private add(node: number, fact: number): boolean {
    const root = this.find(node);
    if ((this.facts[root]! & fact) !== 0) return false;
    this.facts[root]! |= fact;
    return true;
  }

  /** What goes into a wide result must be extended first. */
  private chargeWideResults(): void {
    const { sameBits } = this;
    for (let i = 0; i < sameBits.length; i += 2)
      if (this.has(sameBits[i]!, WIDE_VALUE) && this.has(sameBits[i]!, WIDE_USE))
        this.gain[this.find(sameBits[i + 1]!)]!--;
  }

  /** Values that are narrow but mostly read in 64 bits are better kept wide. */
  private isNarrow(node: number): boolean {
    const root = this.find(node);
    const facts = this.facts[root]!;
    return (facts & WIDE_USE) === 0 || ((facts & WIDE_VALUE) === 0 && this.gain[root]! >= 0);
  }

  answer(atEntry: Uint16Array): void {
    this.chargeWideResults();
    for (let block = 0; block < atEntry.length; block++)
      for (let reg = 0; reg < REGISTERS; reg++) if (this.isNarrow(REGISTERS * block + reg)) atEntry[block]! |= 1 << reg;
    const first = REGISTERS * atEntry.length;
    this.defPcs.forEach((pc, i) => (this.results[pc] = this.isNarrow(first + i) ? 1 : 0));
  }
}

/** Backwards over the blocks: which registers are read before they are written. False when it does not settle. */
function findLive(insns: readonly Insn[], flow: FlowGraph, options: EffectOptions, liveIn: Uint16Array): boolean {
  const { blocks } = flow;
  const kills = new Uint16Array(blocks.length);
  blocks.forEach((block, index) => {
    liveIn[index] = readFirst(insns, block.start, block.end, options, kills, index);
  });
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    let changed = false;
    for (let index = blocks.length - 1; index >= 0; index--) {
      let out = 0;
      for (const to of successors(blocks[index]!.exit)) out |= liveIn[to]!;
      const live = liveIn[index]! | (out & ~kills[index]!);
      if (live === liveIn[index]) continue;
      liveIn[index] = live;
      changed = true;
    }
    if (!changed) return true;
  }
  return false;
}

function readFirst(
  insns: readonly Insn[],
  start: number,
  end: number,
  options: EffectOptions,
  kills: Uint16Array,
  index: number,
): number {
  const effects = newEffects();
  let read = 0;
  let written = 0;
  for (let pc = start; pc < end;) {
    const insn = insns[pc];
    if (insn === undefined) break;
    describeEffects(insn, options, effects);
    read |= (effects.full | effects.low | effects.same) & ~written;
    written |= effects.lost | (effects.result < 0 ? 0 : 1 << effects.result);
    pc += slots(insn);
  }
  kills[index] = written;
  return read;
}
