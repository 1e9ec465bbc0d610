import { KIND, LruNodes, type LruParts } from './lruNodes.ts';

/** LOCAL_FREE_TARGET and PERCPU_FREE_TARGET: so many are freed at once, and so many are looked at. */
const COMMON_TARGET = 128;
const OWN_TARGET = 4;

/**
 * Which entry has to go. The kernel's lists, node by node: new entries are pending on their CPU; when a CPU has no free
 * node left, pending ones join the common inactive list (or the active one, if they were looked up), both are rotated,
 * and a batch of inactive ones that nobody looked up is freed. Mirrors kernel/bpf/bpf_lru_list.c, v6.18, with as many
 * possible CPUs as the machine has.
 */
export class LruList extends LruNodes {
  private readonly scans: number;
  private readonly target: number;

  constructor(parts: LruParts) {
    super(parts);
    const { nodes, cpus, ownLists } = parts;
    this.scans = ownLists ? OWN_TARGET : COMMON_TARGET;
    this.target = Math.max(1, Math.min(Math.trunc(Math.trunc(nodes / cpus) / 2), COMMON_TARGET));
    this.begin();
  }

  private begin(): void {
    const { nodes, cpus } = this.parts;
    for (let list = nodes; list < nodes + 3 * this.sets + 2 * cpus; list++) this.empty(list);
    for (let set = 0; set < this.sets; set++) this.set(this.rotation(set), this.list(set, KIND.inactive));
    for (let cpu = 0; cpu < cpus; cpu++) this.set(this.stealAt(cpu), cpu);
    const each = nodes / this.sets;
    for (let set = 0; set < this.sets; set++)
      this.allFree(set * each, (set + 1) * each, this.list(set, KIND.free), set);
  }

  /** A node for a new entry, -1 when there is none. */
  pop(cpu: number): number {
    return this.parts.ownLists ? this.popOwn(cpu) : this.popCommon(cpu);
  }

  /** Takes a node back. */
  push(node: number): void {
    const cpu = this.get(this.cpuAt(node));
    if (this.kind(node) !== KIND.pending) return this.move(this.parts.ownLists ? cpu : 0, node, KIND.free);
    this.set(this.kindAt(node), KIND.localFree);
    this.clearLooked(node);
    this.moveFirst(node, this.local(cpu, KIND.localFree));
  }

  setLooked(node: number): void {
    if (!this.isLooked(node)) this.set(this.parts.looked(node), 1);
  }

  private popOwn(cpu: number): number {
    this.rotate(cpu);
    const free = this.list(cpu, KIND.free);
    if (this.isEmpty(free)) this.shrink(cpu, OWN_TARGET, free, KIND.free);
    if (this.isEmpty(free)) return -1;
    const node = this.next(free);
    this.move(cpu, node, KIND.inactive);
    return node;
  }

  private popCommon(cpu: number): number {
    const free = this.local(cpu, KIND.localFree);
    if (this.isEmpty(free)) this.refill(cpu);
    const node = this.isEmpty(free) ? this.steal(cpu) : this.takeFirst(free);
    if (node >= 0) this.addPending(cpu, node);
    return node;
  }

  private addPending(cpu: number, node: number): void {
    this.set(this.cpuAt(node), cpu);
    this.set(this.kindAt(node), KIND.pending);
    this.clearLooked(node);
    this.addFirst(node, this.local(cpu, KIND.pending));
  }

  private refill(cpu: number): void {
    this.flush(cpu);
    this.rotate(0);
    const free = this.list(0, KIND.free);
    const to = this.local(cpu, KIND.localFree);
    let found = 0;
    for (; found < this.target && !this.isEmpty(free); found++) this.moveToFree(0, this.next(free), to, KIND.localFree);
    if (found < this.target) this.shrink(0, this.target - found, to, KIND.localFree);
  }

  /** Pending nodes join the common lists, the oldest first. */
  private flush(cpu: number): void {
    const pending = this.local(cpu, KIND.pending);
    while (!this.isEmpty(pending)) {
      const node = this.previous(pending);
      const kind = this.isLooked(node) ? KIND.active : KIND.inactive;
      this.count(0, kind, 1);
      this.set(this.kindAt(node), kind);
      this.clearLooked(node);
      this.moveFirst(node, this.list(0, kind));
    }
  }

  /** Other CPUs' free and pending nodes, from the one that was asked last on. */
  private steal(cpu: number): number {
    const { cpus } = this.parts;
    const first = this.get(this.stealAt(cpu));
    let from = first;
    let node = -1;
    do {
      const free = this.local(from, KIND.localFree);
      node = this.isEmpty(free) ? this.takePending(from) : this.takeFirst(free);
      from = (from + 1) % cpus;
    } while (node < 0 && from !== first);
    this.set(this.stealAt(cpu), from);
    return node;
  }

  /** The oldest pending node that nobody looked up, or else the oldest. */
  private takePending(cpu: number): number {
    const pending = this.local(cpu, KIND.pending);
    for (const force of [false, true])
      for (let node = this.previous(pending); node !== pending; node = this.previous(node))
        if ((force || !this.isLooked(node)) && this.parts.evict(node)) {
          this.remove(node);
          return node;
        }
    return -1;
  }

  private rotate(set: number): void {
    if (this.get(this.counter(set, KIND.inactive)) < this.get(this.counter(set, KIND.active))) this.rotateActive(set);
    this.rotateInactive(set);
  }

  /** From the oldest on: what was looked up stays active, the rest becomes inactive. */
  private rotateActive(set: number): void {
    const active = this.list(set, KIND.active);
    const last = this.next(active);
    let node = this.previous(active);
    for (let seen = 1; node !== active; seen++) {
      const following = this.previous(node);
      this.move(set, node, this.isLooked(node) ? KIND.active : KIND.inactive);
      if (seen === this.scans || node === last) return;
      node = following;
    }
  }

  /** From where the last rotation ended: what was looked up becomes active. */
  private rotateInactive(set: number): void {
    const inactive = this.list(set, KIND.inactive);
    if (this.isEmpty(inactive)) return;
    let node = this.get(this.rotation(set));
    let last = this.next(node);
    if (last === inactive) last = this.next(last);
    let following = inactive;
    for (let seen = 0; seen < this.scans;) {
      if (node === inactive) {
        node = this.previous(node);
        if (node === inactive) break;
        continue;
      }
      following = this.previous(node);
      if (this.isLooked(node)) this.move(set, node, KIND.active);
      if (node === last) break;
      node = following;
      seen++;
    }
    this.set(this.rotation(set), following);
  }

  private shrink(set: number, wanted: number, to: number, kind: number): void {
    if (this.shrinkInactive(set, wanted, to, kind) > 0) return;
    const inactive = this.list(set, KIND.inactive);
    const from = this.isEmpty(inactive) ? this.list(set, KIND.active) : inactive;
    for (let node = this.previous(from); node !== from; node = this.previous(node))
      if (this.parts.evict(node)) return this.moveToFree(set, node, to, kind);
  }

  /** From the oldest on: what was looked up becomes active, the rest is freed. Says how many were. */
  private shrinkInactive(set: number, wanted: number, to: number, kind: number): number {
    const inactive = this.list(set, KIND.inactive);
    let freed = 0;
    let node = this.previous(inactive);
    for (let seen = 1; node !== inactive; seen++) {
      const following = this.previous(node);
      if (this.isLooked(node)) this.move(set, node, KIND.active);
      else if (this.parts.evict(node)) {
        this.moveToFree(set, node, to, kind);
        if (++freed === wanted) break;
      }
      if (seen === this.scans) break;
      node = following;
    }
    return freed;
  }

  private moveToFree(set: number, node: number, to: number, kind: number): void {
    this.leaveRotation(set, node);
    this.count(set, this.kind(node), -1);
    this.set(this.kindAt(node), kind);
    this.moveFirst(node, to);
  }

  private move(set: number, node: number, kind: number): void {
    this.count(set, this.kind(node), -1);
    this.count(set, kind, 1);
    this.set(this.kindAt(node), kind);
    this.clearLooked(node);
    this.leaveRotation(set, node);
    this.moveFirst(node, this.list(set, kind));
  }

  private leaveRotation(set: number, node: number): void {
    const at = this.rotation(set);
    if (this.get(at) === node) this.set(at, this.previous(node));
  }

  private count(set: number, kind: number, by: number): void {
    if (kind > KIND.inactive) return;
    const at = this.counter(set, kind);
    this.set(at, this.get(at) + by);
  }
}
