import type { GuestMemory } from './memory.ts';

/** Words of a node: its parent with the colour in bit 0, then its children. */
const PARENT = 0;
const RIGHT = 8;
const LEFT = 16;

const RED = 0;
const BLACK = 1;

/** Deeper than any tree that fits the memory; walks of a damaged one end here. */
const MAX_DEPTH = 64;

/**
 * A red-black tree of nodes in the guest's memory. Which shape it has is visible to programs (bpf_rbtree_root, _left,
 * _right), so every rotation is the one that lib/rbtree.c, v6.18, makes: `__rb_insert`, `__rb_erase_augmented` and
 * `____rb_erase_color`. The root is two words: the topmost node and the leftmost one.
 */
export class RedBlackTree {
  private readonly memory: GuestMemory;
  private readonly root: number;

  constructor(memory: GuestMemory, root: number) {
    this.memory = memory;
    this.root = root;
  }

  get top(): number {
    return this.read(this.root);
  }
  get first(): number {
    return this.read(this.root + 8);
  }
  left(node: number): number {
    return this.read(node + LEFT);
  }
  right(node: number): number {
    return this.read(node + RIGHT);
  }

  /** Hangs a node below `parent` (0: into an empty tree). */
  insert(node: number, parent: number, asLeft: boolean, leftmost: boolean): void {
    this.memory.set64(node + LEFT, 0, 0);
    this.memory.set64(node + RIGHT, 0, 0);
    this.write(node + PARENT, parent);
    this.write(parent === 0 ? this.root : parent + (asLeft ? LEFT : RIGHT), node);
    if (leftmost) this.write(this.root + 8, node);
    this.balanceInserted(node);
  }

  remove(node: number): void {
    if (this.first === node) this.write(this.root + 8, this.next(node));
    const unbalanced = this.unlink(node);
    if (unbalanced !== 0) this.balanceRemoved(unbalanced);
  }

  private next(node: number): number {
    let at = this.right(node);
    if (at !== 0) return this.leftmostBelow(at);
    let below = node;
    at = this.parent(node);
    for (let depth = 0; at !== 0 && this.right(at) === below && depth < MAX_DEPTH; depth++) {
      below = at;
      at = this.parent(at);
    }
    return at;
  }

  private leftmostBelow(node: number): number {
    let at = node;
    for (let depth = 0; this.left(at) !== 0 && depth < MAX_DEPTH; depth++) at = this.left(at);
    return at;
  }

  private balanceInserted(inserted: number): void {
    let node = inserted;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      let parent = this.parent(node);
      if (parent === 0) return this.setParent(node, 0, BLACK);
      if (this.colour(parent) === BLACK) return;
      const grandparent = this.parent(parent);
      const near = this.left(grandparent) === parent ? LEFT : RIGHT;
      const far = near === LEFT ? RIGHT : LEFT;
      const uncle = this.read(grandparent + far);
      if (uncle !== 0 && this.colour(uncle) === RED) {
        this.setParent(uncle, grandparent, BLACK);
        this.setParent(parent, grandparent, BLACK);
        this.setParent(grandparent, this.parent(grandparent), RED);
        node = grandparent;
        continue;
      }
      if (this.read(parent + far) === node) {
        this.turn(parent, node, far, near, RED);
        this.write(grandparent + near, node);
        this.setParent(node, grandparent, RED);
        parent = node;
      }
      this.rotate(grandparent, parent, near, far, RED);
      return;
    }
  }

  /** `child` takes the place of `node`; the child's inner subtree moves over, and is black. */
  private turn(node: number, child: number, side: number, other: number, colour: number): void {
    const inner = this.read(child + other);
    this.write(node + side, inner);
    this.write(child + other, node);
    if (inner !== 0) this.setParent(inner, node, BLACK);
    this.setParent(node, child, colour);
  }

  /** A turn at a node that hangs in the tree; the child gets its colour. */
  private rotate(node: number, child: number, side: number, other: number, colour: number): void {
    const above = this.read(node + PARENT);
    this.turn(node, child, side, other, colour);
    this.write(child + PARENT, above);
    this.replaceIn(above & ~1, node, child);
  }

  private replaceIn(parent: number, node: number, by: number): void {
    if (parent === 0) this.write(this.root, by);
    else this.write(parent + (this.left(parent) === node ? LEFT : RIGHT), by);
  }

  /** Takes a node out; the node below which a black one is missing then, or 0. */
  private unlink(node: number): number {
    const left = this.left(node);
    const right = this.right(node);
    const above = this.read(node + PARENT);
    if (left !== 0 && right !== 0) return this.unlinkInner(node, left, right, above);
    const child = left === 0 ? right : left;
    this.replaceIn(above & ~1, node, child);
    if (child === 0) return (above & 1) === BLACK ? above & ~1 : 0;
    this.write(child + PARENT, above);
    return 0;
  }

  /** The next node in order takes the place of one with two children. */
  private unlinkInner(node: number, left: number, right: number, above: number): number {
    const heir = this.leftmostBelow(right);
    const orphan = this.right(heir);
    const wasBlack = this.colour(heir) === BLACK;
    let parent = heir;
    if (heir !== right) {
      parent = this.parent(heir);
      this.write(parent + LEFT, orphan);
      this.write(heir + RIGHT, right);
      this.setParent(right, heir, this.colour(right));
    }
    this.write(heir + LEFT, left);
    this.setParent(left, heir, this.colour(left));
    this.replaceIn(above & ~1, node, heir);
    this.write(heir + PARENT, above);
    if (orphan === 0) return wasBlack ? parent : 0;
    this.setParent(orphan, parent, BLACK);
    return 0;
  }

  private balanceRemoved(below: number): void {
    let node = 0;
    let parent = below;
    for (let depth = 0; depth < MAX_DEPTH && parent !== 0; depth++) {
      const isLeft = this.left(parent) === node;
      const near = isLeft ? LEFT : RIGHT;
      const far = isLeft ? RIGHT : LEFT;
      let sibling = this.read(parent + far);
      if (this.colour(sibling) === RED) {
        const inner = this.read(sibling + near);
        this.rotate(parent, sibling, far, near, RED);
        sibling = inner;
      }
      if (this.isRed(sibling + far) || this.isRed(sibling + near)) return this.borrow(parent, sibling, near, far);
      this.setParent(sibling, parent, RED);
      if (this.colour(parent) === RED) return this.setParent(parent, this.parent(parent), BLACK);
      node = parent;
      parent = this.parent(node);
    }
  }

  /** The sibling has a red child, which pays for the black node that is missing. */
  private borrow(parent: number, sibling: number, near: number, far: number): void {
    let rising = sibling;
    if (!this.isRed(sibling + far)) {
      rising = this.read(sibling + near);
      this.turn(sibling, rising, near, far, RED);
      this.write(parent + far, rising);
    }
    const inner = this.read(rising + near);
    const innerColour = inner === 0 ? BLACK : this.colour(inner);
    this.setParent(this.read(rising + far), rising, BLACK);
    this.rotate(parent, rising, far, near, BLACK);
    if (inner !== 0) this.setParent(inner, parent, innerColour);
  }

  private isRed(link: number): boolean {
    const node = this.read(link);
    return node !== 0 && this.colour(node) === RED;
  }

  private parent(node: number): number {
    return this.read(node + PARENT) & ~1;
  }
  private colour(node: number): number {
    return this.read(node + PARENT) & 1;
  }
  private setParent(node: number, parent: number, colour: number): void {
    this.write(node + PARENT, parent | colour);
  }
  private read(address: number): number {
    return address + 8 <= this.memory.byteLength ? this.memory.view.getUint32(address, true) : 0;
  }
  /** Links that a program has overwritten may lead out of the memory. */
  private write(address: number, value: number): void {
    if (address + 8 <= this.memory.byteLength) this.memory.set64(address, value, 0);
  }
}
