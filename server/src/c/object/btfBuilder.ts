import type { BtfType } from '../../btf/btf.ts';
import type { CType, FunctionType } from '../types.ts';
import { btfMembers, btfOfNode } from './btfOfNode.ts';
import { typeNodes, type TypeNode, type TypeNodes } from './typeNodes.ts';

/** Collects what of a unit's types goes into `.BTF`. Every method answers a BTF id. */
export interface BtfBuilder {
  /** The type with all that it holds; see `reach`. */
  readonly type: (type: CType) => number;
  /** A map's definition: the types of its keys and values are there whole, too. */
  readonly mapDefinition: (type: CType) => number;
  readonly func: (name: string, type: FunctionType, names: readonly string[], linkage: Linkage) => number;
  readonly variable: (name: string, type: number, linkage: Linkage) => number;
  readonly datasec: (name: string, vars: readonly { type: number; offset: number; size: number }[]) => number;
  /** component -1 is the thing as a whole. */
  readonly declTag: (name: string, on: number, component: number) => void;
  /** All types; the first is void. */
  readonly finish: () => BtfType[];
}

export type Linkage = 'static' | 'global' | 'extern';

export function btfBuilder(): BtfBuilder {
  const state: State = {
    nodes: typeNodes(),
    records: [{ kind: 'void' }],
    ids: new Map([[0, 0]]),
    reached: new Map(),
    sizeType: 0,
  };
  const add = (type: BtfType): number => state.records.push(type) - 1;
  return {
    type: (type) => whole(state, state.nodes.of(type)),
    mapDefinition: (type) => mapDefinition(state, type),
    func: (name, type, names, linkage) =>
      add({ kind: 'func', name, type: whole(state, state.nodes.prototype(type, names)), linkage }),
    variable: (name, type, linkage) => add({ kind: 'var', name, type, linkage }),
    datasec: (name, vars) => add({ kind: 'datasec', name, size: 0, vars }),
    declTag: (name, type, component) => void add({ kind: 'declTag', name, type, component }),
    finish: () => finish(state),
  };
}

interface State {
  readonly nodes: TypeNodes;
  /** By BTF id: a finished record, or the node that it is made of in the end. */
  readonly records: (BtfType | { readonly node: number })[];
  /** BTF id by node. */
  readonly ids: Map<number, number>;
  /** By node: the strongest way in which it was reached. */
  readonly reached: Map<number, Way>;
  /** BTF id of what clang calls `__ARRAY_SIZE_TYPE__`; 0 while there is no array. */
  sizeType: number;
}

/** How a type is reached: from a declaration, from a member, or from a member through a pointer. */
type Way = typeof WAY.pointer | typeof WAY.member | typeof WAY.declared;
const WAY = { pointer: 1, member: 2, declared: 3 } as const;

function whole(state: State, node: number): number {
  reach(state, node);
  return state.ids.get(node) ?? 0;
}

/**
 * Gives a BTF id to a type and to the types that it is made of. A struct with a name that is reached only from a member
 * through a pointer stays a mere declaration; so one struct of the kernel does not bring in all others. Follows
 * `BTFDebug::visitTypeEntry` of llvm/lib/Target/BPF/BTFDebug.cpp, v19.
 */
function reach(state: State, start: number): void {
  const open: [node: number, way: Way][] = [[start, WAY.declared]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [number, way] = next;
    const before = state.reached.get(number) ?? 0;
    const node = state.nodes.at(number);
    if (node.kind === 'void' || before >= way || (before > 0 && !isDerived(node))) continue;
    state.reached.set(number, way);
    if (before === 0) begin(state, number, node);
    for (const one of partsOf(state, node, way).reverse()) open.push(one);
  }
}

function isDerived({ kind }: TypeNode): boolean {
  return kind === 'ptr' || kind === 'const' || kind === 'volatile' || kind === 'restrict' || kind === 'typedef' || kind === 'typeTag'; // prettier-ignore
}

function begin(state: State, number: number, node: TypeNode): void {
  const id = state.records.push({ node: number }) - 1;
  state.ids.set(number, id);
  if (node.kind === 'array' && state.sizeType === 0) state.sizeType = state.records.push(SIZE_TYPE) - 1;
  if (node.kind === 'record') addTags(state, id, node);
}

const SIZE_TYPE: BtfType = {
  kind: 'int', name: '__ARRAY_SIZE_TYPE__', size: 4, bits: 32, offsetBits: 0, signed: false, char: false, bool: false,
}; // prettier-ignore

function addTags({ records }: State, type: number, { record }: Extract<TypeNode, { kind: 'record' }>): void {
  for (const name of record.declTags) records.push({ kind: 'declTag', name, type, component: -1 });
  for (const { declTags, index } of record.layout?.members ?? [])
    for (const name of declTags) records.push({ kind: 'declTag', name, type, component: index });
}

function partsOf({ nodes }: State, node: TypeNode, way: Way): [node: number, way: Way][] {
  switch (node.kind) {
    case 'ptr':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'typedef':
    case 'typeTag': {
      const target = nodes.at(node.to);
      const onward = way === WAY.member && node.kind === 'ptr' ? WAY.pointer : way;
      return onward === WAY.pointer && isNamedRecord(target) ? [] : [[node.to, onward]];
    }
    case 'array':
      return [[node.to, WAY.declared]];
    case 'proto':
      return [node.returns, ...node.params.map((param) => param.type)].map((part) => [part, WAY.declared]);
    case 'record':
      return btfMembers(node.record).map((member) => [nodes.of(member.type), WAY.member]);
    default:
      return [];
  }
}

function isNamedRecord(node: TypeNode): boolean {
  return node.kind === 'record' && node.record.tag !== '';
}

/**
 * The members of a map's definition are pointers to what keys and values are; these are to be there whole. Follows
 * `BTFDebug::visitMapDefType`.
 */
function mapDefinition(state: State, type: CType): number {
  let inner = type;
  while (inner.kind === 'typedef' || inner.kind === 'qualified' || inner.kind === 'array')
    inner = inner.kind === 'array' ? inner.of : inner.type;
  if (inner.kind === 'record')
    for (const member of inner.layout?.members ?? [])
      if (member.type.kind === 'array' || member.type.kind === 'record') mapDefinition(state, member.type);
      else whole(state, state.nodes.of(member.type));
  return whole(state, state.nodes.of(type));
}

function finish(state: State): BtfType[] {
  const { records, ids, nodes } = state;
  const declared = new Map<number, number>();
  const additional: BtfType[] = [];
  /** What was reached through pointers only becomes a declaration. */
  const idOf = (number: number): number => {
    const known = ids.get(number) ?? declared.get(number);
    if (known !== undefined) return known;
    const node = nodes.at(number);
    if (node.kind !== 'record') return 0;
    const id = records.length + additional.length;
    additional.push({ kind: 'fwd', name: node.record.tag, union: node.record.union });
    declared.set(number, id);
    return id;
  };
  const types = records.map((record) =>
    'kind' in record ? record : btfOfNode(nodes.at(record.node), nodes.of, idOf, state.sizeType),
  );
  return [...types, ...additional];
}
