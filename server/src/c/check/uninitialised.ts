/** Which variables may be read before anything was stored in them. Mirrors clang's UninitializedValues.cpp (v19). */
import type { Range } from '../places.ts';
import type { LocalVariable } from '../typed.ts';
import type { Branching, FlowBlock, FlowGraph } from './flowGraph.ts';
import { asRecord, isScalar } from './typeQueries.ts';

/** What is known of a variable: bits for the paths on which it has a value and has none. */
const SET = 1;
const UNSET = 2;
const MAYBE = SET | UNSET;

type Known = ReadonlyMap<LocalVariable, number>;

/** The worst of the reads of a variable without a value. */
export interface UninitialisedUse {
  readonly at: Range;
  readonly kind: 'always' | 'afterDeclaration' | 'sometimes' | 'maybe';
  /** Where the ways part that lead to it without a value. */
  readonly branches: readonly UninitialisedBranch[];
}

export interface UninitialisedBranch {
  readonly branching: Branching;
  readonly label: FlowBlock['label'];
  /** The way that is taken when the condition is true. */
  readonly onTrue: boolean;
}

export function uninitialisedUses(graph: FlowGraph): Map<LocalVariable, UninitialisedUse[]> {
  const found = new Map<LocalVariable, UninitialisedUse[]>();
  const behind = solve(graph);
  if (behind === null) return found;
  for (const block of graph.blocks) {
    const known = behind.get(block);
    if (known === undefined) continue;
    walk(block, before(block, graph, behind), (variable, at, state) => {
      const use = state === UNSET ? always(at) : useOf(graph, behind, block, variable, at);
      found.set(variable, [...(found.get(variable) ?? []), use]);
    });
  }
  return found;
}

function always(at: Range): UninitialisedUse {
  return { at, kind: 'always', branches: [] };
}

type Behind = ReadonlyMap<FlowBlock, Known>;

/** Blocks times variables; functions with more are left alone. */
const MOST = 5_000_000;

/** Null where there is nothing to find. */
function solve(graph: FlowGraph): Behind | null {
  const declared = graph.blocks.flatMap(({ events }) =>
    events.filter((one) => one.kind === 'declare' && tracked(one.variable)),
  );
  if (declared.length === 0 || graph.blocks.length * declared.length > MOST) return null;
  const behind = new Map<FlowBlock, Known>();
  const waiting = new Set<FlowBlock>([graph.entry]);
  for (const block of waiting) {
    waiting.delete(block);
    const after = walk(block, before(block, graph, behind), () => {});
    const old = behind.get(block);
    behind.set(block, after);
    if (old !== undefined && same(old, after)) continue;
    for (const next of block.successors) if (next !== null) waiting.add(next);
  }
  return behind;
}

function same(one: Known, other: Known): boolean {
  if (one.size !== other.size) return false;
  for (const [variable, state] of one) if (other.get(variable) !== state) return false;
  return true;
}

/** What the blocks before it say together; those that were not looked at yet say nothing. */
function before(block: FlowBlock, graph: FlowGraph, behind: Behind): Map<LocalVariable, number> {
  const known = new Map<LocalVariable, number>();
  if (block === graph.entry) return known;
  for (const one of block.predecessors)
    for (const [variable, state] of behind.get(one) ?? []) known.set(variable, (known.get(variable) ?? 0) | state);
  return known;
}

type Report = (variable: LocalVariable, at: Range, state: number) => void;

function walk({ events }: FlowBlock, known: Map<LocalVariable, number>, report: Report): Known {
  for (const event of events) {
    const { variable } = event;
    if (event.kind === 'declare') {
      if (tracked(variable)) known.set(variable, UNSET);
    } else if (!known.has(variable)) continue;
    else if (event.kind === 'write') known.set(variable, SET);
    else if (known.get(variable) !== SET) report(variable, event.at, known.get(variable)!);
  }
  return known;
}

function tracked({ type, name }: LocalVariable): boolean {
  const members = asRecord(type)?.layout?.members ?? [];
  return name !== '' && (isScalar(type) || members.length > 0);
}

/**
 * A read that some path reaches without a value. From it goes back over blocks all of whose ways lead to it: where one
 * of the ways of the block before those leads here and the variable is unset, one of the conditions is to blame.
 */
function useOf(
  graph: FlowGraph,
  behind: Behind,
  block: FlowBlock,
  variable: LocalVariable,
  at: Range,
): UninitialisedUse {
  const visited = new Map<FlowBlock, number>([[block, block.successors.length]]);
  const queue = [block];
  let kind: UninitialisedUse['kind'] = 'maybe';
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    for (const previous of one.predecessors) {
      const state = behind.get(previous)?.get(variable) ?? 0;
      if (state === SET || !behind.has(previous)) continue;
      if (state === MAYBE && behind.get(one)?.get(variable) === UNSET) kind = 'afterDeclaration';
      else if (leadsOn(visited, previous)) queue.push(previous);
    }
  }
  const branches = frontier(graph, behind, visited, variable);
  return { at, kind: kind === 'maybe' && branches.length > 0 ? 'sometimes' : kind, branches };
}

/** Counts a way out of the block; true when all of them have been. */
function leadsOn(visited: Map<FlowBlock, number>, block: FlowBlock): boolean {
  const dead = block.successors.filter((one) => one === null).length;
  const count = (visited.get(block) ?? dead) + 1;
  visited.set(block, count);
  return count === block.successors.length;
}

function frontier(
  { blocks }: FlowGraph,
  behind: Behind,
  visited: ReadonlyMap<FlowBlock, number>,
  variable: LocalVariable,
): UninitialisedBranch[] {
  return blocks.flatMap((block) => {
    const count = visited.get(block) ?? 0;
    const { branching, successors } = block;
    if (count === 0 || count >= successors.length || branching === null) return [];
    if (behind.get(block)?.get(variable) !== UNSET) return [];
    return successors.flatMap((next, i) => {
      const isSure = next !== null && (visited.get(next) ?? 0) >= next.successors.length && visited.has(next);
      if (!isSure || (branching.word === 'switch' && next.label === null)) return [];
      return [{ branching, label: branching.word === 'switch' ? next.label : null, onTrue: i === 0 }];
    });
  });
}
