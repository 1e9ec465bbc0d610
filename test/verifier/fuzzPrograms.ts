/** Random programs that are nearly right: what they get wrong, they get wrong in many ways. */
import type { AluOp, Insn, JumpOp, Size } from '../../server/src/isa/insn.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import type { MapSpec, Program, Subprog } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';

export const FUZZ_MAPS: readonly MapSpec[] = [
  map('arr', 'array', 4, 16, 4),
  map('tab', 'hash', 8, 48, 16),
  map('jumps', 'prog_array', 4, 4, 2),
  map('percpu', 'percpu_array', 4, 24, 1),
];

function map(name: string, type: MapSpec['type'], keySize: number, valueSize: number, maxEntries: number): MapSpec {
  return {
    name, type, keySize, valueSize, maxEntries, flags: 0, keyTypeId: 0, valueTypeId: 0, initial: null, frozen: false,
    inner: null, slots: [], span: null,
  }; // prettier-ignore
}

const TYPES: readonly ProgramType[] = [
  'xdp', 'xdp', 'xdp', 'sched_cls', 'sched_cls', 'socket_filter', 'cgroup_skb', 'kprobe', 'tracepoint',
]; // prettier-ignore

const IMMS = [0, 0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 255, 256, 4095, 65535, 65536, 0x7fffffff, -2, -8, -0x80000000, 12, 14, 20]; // prettier-ignore
const ALU_OPS: readonly AluOp[] = ['add', 'add', 'sub', 'and', 'and', 'or', 'xor', 'lsh', 'rsh', 'arsh', 'mul', 'div', 'mod', 'neg', 'mov', 'mov', 'mov']; // prettier-ignore
const JUMP_OPS: readonly JumpOp[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle', 'set'];

export interface FuzzShape {
  readonly steps: number;
  readonly loops: boolean;
  readonly calls: boolean;
}

export function fuzzProgram(seed: number): Program {
  const next = randomNumbers(seed);
  const type = pick(next, TYPES);
  const body = new Body(next, type);
  const steps = 4 + next(26);
  body.prologue();
  for (let i = 0; i < steps; i++) body.step();
  body.epilogue();
  const helpers = body.wantsCall ? subprogram(next, type) : [];
  const start = body.insns.length;
  const insns = body.linked(start).concat(helpers);
  return fuzzed(seed, type, insns, helpers.length > 0 ? start : null);
}

function subprogram(next: (below: number) => number, type: ProgramType): Insn[] {
  const body = new Body(next, type);
  body.defined = new Map([
    [1, 'number'],
    [2, 'number'],
  ]);
  const steps = 1 + next(8);
  for (let i = 0; i < steps; i++) body.step();
  body.epilogue();
  return body.linked(-1);
}

function fuzzed(seed: number, type: ProgramType, insns: Insn[], second: number | null): Program {
  const end = second ?? insns.length;
  const subprogs: Subprog[] = [{ name: 'main', start: 0, end, global: true, typeId: 0 }];
  if (second !== null) subprogs.push({ name: 'sub', start: second, end: insns.length, global: false, typeId: 0 });
  return {
    name: `fuzz_${seed}`, type, attachType: null, section: type, insns, subprogs, maps: FUZZ_MAPS, lines: [],
    labels: new Map(), license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
}

function pick<T>(next: (below: number) => number, from: readonly T[]): T {
  return from[next(from.length)] as T;
}

type Held = 'number' | 'pointer';

/** A function under construction; jumps and calls get their distances at the end. */
class Body {
  readonly insns: Insn[] = [];
  /** Registers that hold something: 'number' or 'pointer' as far as straight-line reading tells. */
  defined = new Map<number, Held>([[1, 'pointer']]);
  wantsCall = false;
  private readonly next: (below: number) => number;
  private readonly type: ProgramType;
  private readonly jumps: { readonly at: number; readonly distance: number }[] = [];
  private readonly calls: number[] = [];

  constructor(next: (below: number) => number, type: ProgramType) {
    this.next = next;
    this.type = type;
  }

  prologue(): void {
    this.mov(6, 1);
    if (this.type === 'xdp' || this.type === 'sched_cls' || this.type === 'cgroup_skb') {
      const at = this.type === 'xdp' ? [0, 4] : [76, 80];
      this.load(7, 6, at[0] ?? 0, 4);
      this.load(8, 6, at[1] ?? 0, 4);
      this.defined.set(7, 'pointer').set(8, 'pointer');
      if (this.next(3) > 0) this.packetCheck();
    }
    if (this.next(2) === 0) this.lookup();
    if (this.next(3) === 0) this.randomNumber();
  }

  epilogue(): void {
    if (this.next(8) > 0) this.imm('mov', 0, this.next(2));
    this.insns.push({ kind: 'exit' });
  }

  step(): void {
    switch (this.next(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.alu();
      case 4:
      case 5:
        return this.jump();
      case 6:
      case 7:
        return this.stackStore();
      case 8:
        return this.stackLoad();
      case 9:
        return this.access();
      case 10:
        return this.pointerMath();
      case 11:
        return this.randomNumber();
      case 12:
        return this.lookup();
      case 13:
        return this.mask();
      case 14:
        return this.packetCheck();
      case 15:
        return this.helper();
      case 16:
        return this.loop();
      case 17:
        return this.call();
      case 18:
        return this.atomic();
      default:
        return this.spillFill();
    }
  }

  linked(callee: number): Insn[] {
    const last = this.insns.length - 2;
    for (const { at, distance } of this.jumps) {
      const insn = this.insns[at];
      if (insn?.kind !== 'jump' && insn?.kind !== 'goto') continue;
      let target = Math.max(0, Math.min(last, at + 1 + distance));
      while (this.insns[target]?.kind === 'wideSlot') target++;
      this.insns[at] = { ...insn, off: target - at - 1 };
    }
    for (const at of this.calls) {
      this.insns[at] =
        callee < 0
          ? { kind: 'call', target: 'helper', imm: 5, off: 0 }
          : { kind: 'call', target: 'subprog', imm: callee - at - 1, off: 0 };
    }
    return this.insns;
  }

  /** Mostly a register that holds a number. */
  private use(): number {
    if (this.next(60) === 0) return this.next(11);
    const known = [...this.defined].filter(([, held]) => held === 'number' || this.next(60) === 0);
    const found = known[this.next(Math.max(1, known.length))];
    if (found !== undefined) return found[0];
    this.imm('mov', 5, pick(this.next, IMMS));
    return 5;
  }

  /** A register to overwrite, seldom one of those that hold the pointers. */
  private target(): number {
    const reg = this.next(15) === 0 ? this.next(10) : pick(this.next, [0, 1, 2, 3, 4, 5]);
    this.defined.set(reg, 'number');
    return reg;
  }

  private mov(dst: number, src: number): void {
    this.defined.set(dst, src === 10 ? 'pointer' : (this.defined.get(src) ?? 'number'));
    this.insns.push({ kind: 'alu', op: 'mov', wide: true, dst, source: 'reg', src, imm: 0, signExtendBits: 0 });
  }

  private imm(op: AluOp, dst: number, imm: number, wide = true): void {
    this.insns.push({ kind: 'alu', op, wide, dst, source: 'imm', src: 0, imm, signExtendBits: 0 });
    if (op === 'mov' || !this.defined.has(dst)) this.defined.set(dst, 'number');
  }

  private load(dst: number, src: number, off: number, size: Size, signed = false): void {
    this.insns.push({ kind: 'load', dst, src, off, size, signed });
    this.defined.set(dst, 'number');
  }

  private alu(): void {
    const op = pick(this.next, ALU_OPS);
    const wide = this.next(3) > 0;
    const dst = op === 'mov' ? this.target() : this.use();
    if (op === 'neg') return this.imm(op, dst, 0, wide);
    const shift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    if (this.next(2) === 0) return this.imm(op, dst, shift ? this.next(wide ? 64 : 32) : pick(this.next, IMMS), wide);
    const signExtendBits = op === 'mov' && this.next(5) === 0 ? pick(this.next, [8, 16] as const) : 0;
    this.insns.push({ kind: 'alu', op, wide, dst, source: 'reg', src: this.use(), imm: 0, signExtendBits });
  }

  private jump(): void {
    this.jumps.push({ at: this.insns.length, distance: 1 + this.next(8) });
    const source = this.next(3) === 0 ? 'reg' : 'imm';
    this.insns.push({
      kind: 'jump',
      op: pick(this.next, JUMP_OPS),
      wide: this.next(3) > 0,
      dst: this.use(),
      source,
      src: source === 'reg' ? this.use() : 0,
      imm: source === 'imm' ? pick(this.next, IMMS) : 0,
      off: 0,
    });
  }

  private stackOff(size: number): number {
    const off = -8 * (1 + this.next(4));
    return this.next(4) === 0 ? off + this.next(8 / size) * size : this.next(150) === 0 ? off + this.next(12) : off;
  }

  private size(): Size {
    return pick(this.next, [1, 2, 4, 4, 8, 8, 8] as const);
  }

  private stackStore(): void {
    const size = this.size();
    const reg = this.next(2) === 0;
    this.insns.push({
      kind: 'store', dst: 10, off: this.stackOff(size), size, source: reg ? 'reg' : 'imm', src: reg ? this.use() : 0,
      imm: reg ? 0 : pick(this.next, IMMS),
    }); // prettier-ignore
  }

  private stackLoad(): void {
    const size = this.size();
    this.load(this.target(), 10, this.stackOff(size), size, size < 8 && this.next(6) === 0);
  }

  private spillFill(): void {
    const off = this.stackOff(8);
    const size = this.next(4) === 0 ? 4 : 8;
    this.insns.push({ kind: 'store', dst: 10, off, size, source: 'reg', src: this.use(), imm: 0 });
    if (this.next(3) > 0) this.step();
    this.load(this.target(), 10, off, size);
  }

  private access(): void {
    const size = this.size();
    const off = pick(this.next, this.next(8) > 0 ? [0, 0, 0, 4, 8] : [12, 16, 40, -4, 1, 2]);
    const base = this.next(30) === 0 ? this.use() : pick(this.next, [6, 7, 7, 9, 9, 9]);
    if (!this.defined.has(base)) return;
    if (this.next(2) === 0) this.load(this.target(), base, off, size);
    else this.insns.push({ kind: 'store', dst: base, off, size, source: 'imm', src: 0, imm: pick(this.next, IMMS) });
  }

  private pointerMath(): void {
    const base = pick(this.next, [7, 9, 10, 7, 9, 10, 6]);
    if (base !== 10 && !this.defined.has(base)) return;
    const dst = this.target();
    const number = this.use();
    if (this.next(8) > 0 && number !== 10) this.imm('and', number, pick(this.next, [1, 3, 7, 15, 31]));
    this.mov(dst, base);
    if (this.next(3) === 0) this.imm('add', dst, pick(this.next, [-8, -16, -24, 8, 4, 1, 14]));
    else
      this.insns.push({
        kind: 'alu', op: this.next(4) === 0 ? 'sub' : 'add', wide: true, dst, source: 'reg', src: number, imm: 0,
        signExtendBits: 0,
      }); // prettier-ignore
    if (this.next(2) === 0) this.load(this.target(), dst, pick(this.next, [0, 0, -8, 4]), this.size());
  }

  private clobber(): void {
    for (let i = 1; i <= 5; i++) this.defined.delete(i);
    this.defined.set(0, 'number');
  }

  private helperCall(imm: number): void {
    this.insns.push({ kind: 'call', target: 'helper', imm, off: 0 });
    this.clobber();
  }

  private randomNumber(): void {
    this.helperCall(this.next(2) === 0 ? 7 : 5);
    if (this.next(2) === 0) this.mov(this.target(), 0);
  }

  private mask(): void {
    this.imm(this.next(3) === 0 ? 'rsh' : 'and', this.use(), pick(this.next, [1, 3, 7, 8, 15, 31, 63]));
  }

  private lookup(): void {
    const which = this.next(60) === 0 ? 2 : pick(this.next, [0, 0, 1, 3]);
    const key = this.next(10) === 0 ? -4 : -8;
    this.insns.push({
      kind: 'store', dst: 10, off: key, size: this.next(4) === 0 ? 4 : 8, source: 'imm', src: 0, imm: this.next(6),
    }); // prettier-ignore
    this.mov(2, 10);
    this.imm('add', 2, key);
    this.insns.push({ kind: 'loadMap', dst: 1, by: 'fd', map: which, off: 0 }, { kind: 'wideSlot' });
    this.helperCall(1);
    this.mov(9, 0);
    this.defined.set(0, 'pointer').set(9, 'pointer');
    if (this.next(12) === 0) return;
    const reg = this.next(2) === 0 ? 0 : 9;
    this.jumps.push({ at: this.insns.length, distance: this.next(3) === 0 ? 1 + this.next(6) : 10_000 });
    this.insns.push({
      kind: 'jump', op: this.next(10) === 0 ? 'ne' : 'eq', wide: true, dst: reg, source: 'imm', src: 0, imm: 0, off: 0,
    }); // prettier-ignore
  }

  private packetCheck(): void {
    if (!this.defined.has(7) || !this.defined.has(8)) return;
    const dst = pick(this.next, [1, 2, 3]);
    this.mov(dst, 7);
    this.imm('add', dst, pick(this.next, [1, 4, 8, 14, 34]));
    this.jumps.push({ at: this.insns.length, distance: this.next(3) === 0 ? 2 + this.next(8) : 10_000 });
    const flip = this.next(4) === 0;
    this.insns.push({
      kind: 'jump', op: pick(this.next, ['gt', 'gt', 'gt', 'ge', 'lt', 'le'] as const), wide: this.next(20) > 0,
      dst: flip ? 8 : dst, source: 'reg', src: flip ? dst : 8, imm: 0, off: 0,
    }); // prettier-ignore
  }

  private helper(): void {
    switch (this.next(5)) {
      case 0:
        // Fills a buffer on the stack: get_current_comm.
        this.mov(1, 10);
        this.imm('add', 1, pick(this.next, [-16, -32, -8]));
        if (this.next(2) === 0) this.imm('mov', 2, pick(this.next, [16, 8, 1, 0, 32]));
        else this.mov(2, this.use());
        return this.helperCall(16);
      case 1:
        if (this.type !== 'sched_cls' && this.type !== 'socket_filter') return this.randomNumber();
        this.mov(1, 6);
        this.imm('mov', 2, 0);
        this.mov(3, 10);
        this.imm('add', 3, -16);
        this.imm('mov', 4, pick(this.next, [4, 16, 17]));
        return this.helperCall(26);
      case 2:
        this.mov(3, pick(this.next, [9, 10, 7]));
        if (this.next(2) === 0) this.imm('add', 3, -16);
        this.mov(2, 10);
        this.imm('add', 2, -8);
        this.insns.push(
          { kind: 'loadMap', dst: 1, by: 'fd', map: pick(this.next, [0, 1]), off: 0 },
          { kind: 'wideSlot' },
        );
        this.imm('mov', 4, 0);
        return this.helperCall(2);
      case 3:
        this.mov(1, 6);
        this.insns.push({ kind: 'loadMap', dst: 2, by: 'fd', map: 2, off: 0 }, { kind: 'wideSlot' });
        this.imm('mov', 3, this.next(4));
        return this.wantsCall ? undefined : this.helperCall(12);
      default:
        this.mov(1, 6);
        this.imm('mov', 2, this.next(3));
        return this.helperCall(
          this.type === 'xdp' ? pick(this.next, [44, 65]) : this.type === 'sched_cls' ? pick(this.next, [39, 34]) : 5,
        );
    }
  }

  private loop(): void {
    const counter = 5 + this.next(5);
    if (counter === 6) return;
    this.imm('mov', counter, 0);
    const start = this.insns.length;
    const inside = this.next(3);
    for (let i = 0; i < inside; i++)
      if (this.next(2) === 0) this.alu();
      else this.stackStore();
    this.imm('add', counter, 1 + this.next(2));
    this.insns.push({
      kind: 'jump', op: pick(this.next, ['lt', 'lt', 'ne', 'slt', 'le'] as const), wide: this.next(3) > 0, dst: counter,
      source: 'imm', src: 0, imm: 1 + this.next(24), off: start - this.insns.length - 1,
    }); // prettier-ignore
  }

  private call(): void {
    this.wantsCall = true;
    this.mov(1, this.use());
    this.mov(2, this.next(3) === 0 ? 10 : this.use());
    if (this.next(3) > 0) this.imm('mov', 0, 0);
    this.calls.push(this.insns.length);
    this.insns.push({ kind: 'exit' });
    this.clobber();
  }

  private atomic(): void {
    const op = pick(this.next, ['add', 'or', 'xchg', 'cmpxchg', 'add'] as const);
    const always = op === 'xchg' || op === 'cmpxchg';
    this.insns.push({
      kind: 'atomic', op, fetch: always || this.next(2) === 0, size: this.next(2) === 0 ? 8 : 4,
      dst: this.next(3) > 0 || !this.defined.has(9) ? 10 : 9, src: this.use(), off: pick(this.next, [-8, -16, 0, 8]),
    }); // prettier-ignore
  }
}
