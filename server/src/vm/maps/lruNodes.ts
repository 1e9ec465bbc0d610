import type { GuestMemory } from '../memory.ts';

export interface LruParts {
  readonly memory: GuestMemory;
  readonly base: number;
  readonly nodes: number;
  readonly cpus: number;
  /** BPF_F_NO_COMMON_LRU: lists for every CPU instead of common ones. */
  readonly ownLists: boolean;
  /** Address of the word that is 1 when the node was looked up lately. */
  looked(node: number): number;
  /** Takes a node out of its map; false when it is in none. */
  evict(node: number): boolean;
}

/** Kinds of lists; the common ones come before those of one CPU. */
export const KIND = { active: 0, inactive: 1, free: 2, localFree: 3, pending: 4 } as const;

/** Per node: previous, next, kind of list, CPU. */
const NODE_BYTES = 16;
/** Per set of lists: length of the active and the inactive list, where the next rotation begins. */
const SET_BYTES = 12;

/** Bytes for so many nodes, whichever lists there are. */
export function lruBytes(nodes: number, cpus: number): number {
  return Math.ceil(((nodes + 5 * cpus + 3) * NODE_BYTES + (cpus + 1) * SET_BYTES + 4 * cpus) / 1024) * 1024;
}

/** The nodes of an LRU map in the linear memory: in which list each stands, and what is counted. */
export class LruNodes {
  protected readonly parts: LruParts;
  protected readonly sets: number;
  private readonly setWords: number;
  private readonly stealWords: number;

  constructor(parts: LruParts) {
    const { base, nodes, cpus, ownLists } = parts;
    this.parts = parts;
    this.sets = ownLists ? cpus : 1;
    this.setWords = base + (nodes + 5 * cpus + 3) * NODE_BYTES;
    this.stealWords = this.setWords + (cpus + 1) * SET_BYTES;
  }

  /** The CPU whose nodes are taken next when there are none. */
  protected stealAt(cpu: number): number {
    return this.stealWords + 4 * cpu;
  }
  protected get(address: number): number {
    return this.parts.memory.u32[address >> 2]!;
  }
  protected set(address: number, value: number): void {
    this.parts.memory.set32(address, value);
  }
  protected counter(set: number, kind: number): number {
    return this.setWords + set * SET_BYTES + 4 * kind;
  }
  protected rotation(set: number): number {
    return this.setWords + set * SET_BYTES + 8;
  }
  protected kindAt(node: number): number {
    return this.parts.base + node * NODE_BYTES + 8;
  }
  protected cpuAt(node: number): number {
    return this.parts.base + node * NODE_BYTES + 12;
  }
  protected kind(node: number): number {
    return this.get(this.kindAt(node));
  }
  protected isLooked(node: number): boolean {
    return this.get(this.parts.looked(node)) !== 0;
  }
  protected clearLooked(node: number): void {
    this.set(this.parts.looked(node), 0);
  }

  /** Nodes from `from` to below `to` become a list, the last one first. A new machine keeps no timeline yet. */
  protected allFree(from: number, to: number, list: number, cpu: number): void {
    const { u32 } = this.parts.memory;
    const first = this.parts.base >> 2;
    for (let node = from; node < to; node++) {
      const at = first + node * (NODE_BYTES >> 2);
      u32[at] = node + 1 < to ? node + 1 : list;
      u32[at + 1] = node > from ? node - 1 : list;
      u32[at + 2] = KIND.free;
      u32[at + 3] = cpu;
    }
    if (to > from) {
      this.join(list, to - 1);
      this.join(from, list);
    }
  }

  /** Lists are rings through a node of their own. */
  protected list(set: number, kind: number): number {
    return this.parts.nodes + 3 * set + kind;
  }
  protected local(cpu: number, kind: number): number {
    return this.parts.nodes + 3 * this.sets + 2 * cpu + kind - KIND.localFree;
  }
  protected previous(node: number): number {
    return this.get(this.parts.base + node * NODE_BYTES);
  }
  protected next(node: number): number {
    return this.get(this.parts.base + node * NODE_BYTES + 4);
  }
  protected isEmpty(list: number): boolean {
    return this.next(list) === list;
  }
  protected empty(list: number): void {
    this.join(list, list);
  }
  protected join(left: number, right: number): void {
    this.set(this.parts.base + left * NODE_BYTES + 4, right);
    this.set(this.parts.base + right * NODE_BYTES, left);
  }
  protected remove(node: number): void {
    this.join(this.previous(node), this.next(node));
  }
  protected addFirst(node: number, list: number): void {
    const first = this.next(list);
    this.join(node, first);
    this.join(list, node);
  }
  protected moveFirst(node: number, list: number): void {
    this.remove(node);
    this.addFirst(node, list);
  }
  protected takeFirst(list: number): number {
    const node = this.next(list);
    this.remove(node);
    return node;
  }
}
