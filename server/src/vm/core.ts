import { atomic } from './atomics.ts';
import type { CallbackState, Machine } from './createMachine.ts';
import { explainAccess } from './explainAccess.ts';
import {
  divide32, divideSigned, divideSigned32, divideUnsigned, modulo32, moduloSigned, moduloSigned32, moduloUnsigned,
  multiply, negate, shiftLeft, shiftRight, shiftRightSigned, swap16, swap32,
} from './int64.ts'; // prettier-ignore
import { CODE, FIRST_CONSTANT, lower, type Lowered } from './lower.ts';
import { HELPER_STATUS, LAYOUT, type Fault, type Outcome, type TrapKind } from './machine.ts';
import { PAGE_SHIFT } from './memory.ts';

/** may_goto gives up after this many rounds of one frame: BPF_MAX_LOOPS of include/linux/bpf.h. */
const MAY_GOTO_ROUNDS = 8 * 1024 * 1024;

const STACK_END = LAYOUT.stack + LAYOUT.maxFrames * LAYOUT.frameStride;

/** r1-r5 lose their values in every call. */
const CALLER_SAVED = 0b111110;

/** A loaded program with the register file it runs on: r0-r10, then its constants. */
export interface Loaded {
  readonly lowered: Lowered;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** What a caller gets back when its callee returns. */
export interface Caller {
  readonly program: number;
  readonly pc: number;
  readonly initialized: number;
  /** r6-r9. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly rounds: number;
  /** True when this caller itself is a callback. */
  readonly isCallback: boolean;
  /** The helper that waits in this caller for a callback's result. */
  readonly callback: CallbackState | null;
}

export type Status = 'running' | 'paused' | 'ended';

/** The executing half of the interpreter: state and the dispatch loop. */
export class Core {
  readonly machine: Machine;
  onAccess: ((pc: number, address: number, size: number, write: boolean) => void) | null = null;
  onHelper: ((pc: number, helper: number) => void) | null = null;
  loaded: Loaded;
  /** Index of the running program. */
  current = 0;
  pc = 0;
  insns = 0;
  budget = 0;
  /** Bit per register that holds a value. */
  initialized = 0;
  rounds = 0;
  isCallback = false;
  callers: Caller[] = [];
  done: Outcome | null = null;
  private readonly all: (Loaded | null)[];

  constructor(machine: Machine, entry: number) {
    this.machine = machine;
    this.all = machine.programs.map(() => null);
    this.loaded = this.load(entry);
    this.current = entry;
  }

  load(index: number): Loaded {
    const known = this.all[index];
    if (known) return known;
    const { machine } = this;
    const lowered = lower(machine.programs[index]!, machine.mapAddresses, (id) => machine.helperArgs(id));
    const low = new Int32Array(FIRST_CONSTANT + lowered.constantsLow.length);
    const high = new Int32Array(low.length);
    low.set(lowered.constantsLow, FIRST_CONSTANT);
    high.set(lowered.constantsHigh, FIRST_CONSTANT);
    const loaded = { lowered, low, high };
    this.all[index] = loaded;
    return loaded;
  }

  /** Makes another program the running one; registers keep their values. */
  select(index: number): void {
    const next = this.load(index);
    if (next !== this.loaded) {
      next.low.set(this.loaded.low.subarray(0, 11));
      next.high.set(this.loaded.high.subarray(0, 11));
    }
    this.loaded = next;
    this.current = index;
  }

  reset(entry: number, ctx: number, budget: number): void {
    this.machine.begin();
    this.select(entry);
    this.callers = [];
    this.machine.regions.depth = 1;
    this.clearFrame(LAYOUT.stack + LAYOUT.frameBytes);
    this.pc = 0;
    this.insns = 0;
    this.budget = budget;
    this.done = null;
    this.isCallback = false;
    this.rounds = MAY_GOTO_ROUNDS;
    const { low, high } = this.loaded;
    low.fill(0, 0, 11);
    high.fill(0, 0, 11);
    low[1] = ctx;
    low[10] = LAYOUT.stack + LAYOUT.frameBytes;
    this.initialized = (1 << 1) | (1 << 10);
  }

  /**
   * Executes until `limit` instructions are done since the entry, a breakpoint (not at the first instruction), or the
   * end. The cases are literals, in the order of `CODE`, so that V8 makes a jump table of them.
   */
  execute(limit: number): Status {
    const { machine, onAccess } = this;
    const { memory, regions } = machine;
    const { u8, view, saved, stackWritten } = memory;
    const stop = Math.min(limit, this.budget);
    let { low: lo, high: hi } = this.loaded;
    let { code, dst, src, off, imm, reads, writes, plain } = this.loaded.lowered;
    let { pc, insns, initialized } = this;
    let at = 0;
    let size = 0;
    let op: number = plain[pc] ?? CODE.badPc;

    for (;;) {
      if (insns >= stop || op === 86 /* pause */) {
        this.pc = pc;
        this.insns = insns;
        this.initialized = initialized;
        if (op === 86 && insns < stop) return 'paused';
        return insns >= this.budget ? this.outOfBudget() : 'running';
      }
      const needed = reads[pc]!;
      if ((needed & initialized) !== needed) {
        this.pc = pc;
        this.insns = insns;
        this.initialized = initialized;
        return this.uninitialized(needed & ~initialized);
      }
      insns++;
      initialized |= writes[pc]!;
      const d = dst[pc]!;
      const s = src[pc]!;
      step: {
        access: {
          switch (op) {
            case 0: /* add64 */ {
              const sum = (lo[d]! >>> 0) + (lo[s]! >>> 0);
              hi[d] = hi[d]! + hi[s]! + (sum > 0xffff_ffff ? 1 : 0);
              lo[d] = sum | 0;
              pc++;
              break step;
            }
            case 1: /* sub64 */ {
              const borrow = lo[d]! >>> 0 < lo[s]! >>> 0 ? 1 : 0;
              hi[d] = hi[d]! - hi[s]! - borrow;
              lo[d] = lo[d]! - lo[s]!;
              pc++;
              break step;
            }
            case 2 /* mul64 */:
              multiply(lo, hi, d, s);
              pc++;
              break step;
            case 3 /* div64 */:
              divideUnsigned(lo, hi, d, s);
              pc++;
              break step;
            case 4 /* sdiv64 */:
              divideSigned(lo, hi, d, s);
              pc++;
              break step;
            case 5 /* mod64 */:
              moduloUnsigned(lo, hi, d, s);
              pc++;
              break step;
            case 6 /* smod64 */:
              moduloSigned(lo, hi, d, s);
              pc++;
              break step;
            case 7 /* or64 */:
              lo[d] = lo[d]! | lo[s]!;
              hi[d] = hi[d]! | hi[s]!;
              pc++;
              break step;
            case 8 /* and64 */:
              lo[d] = lo[d]! & lo[s]!;
              hi[d] = hi[d]! & hi[s]!;
              pc++;
              break step;
            case 9 /* xor64 */: {
              lo[d] = lo[d]! ^ lo[s]!;
              hi[d] = hi[d]! ^ hi[s]!;
              pc++;
              break step;
            }
            case 10 /* lsh64 */:
              shiftLeft(lo, hi, d, s);
              pc++;
              break step;
            case 11 /* rsh64 */:
              shiftRight(lo, hi, d, s);
              pc++;
              break step;
            case 12 /* arsh64 */:
              shiftRightSigned(lo, hi, d, s);
              pc++;
              break step;
            case 13 /* mov64 */:
              lo[d] = lo[s]!;
              hi[d] = hi[s]!;
              pc++;
              break step;
            case 14 /* neg64 */:
              negate(lo, hi, d);
              pc++;
              break step;
            case 15 /* add32 */:
              lo[d] = lo[d]! + lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 16 /* sub32 */:
              lo[d] = lo[d]! - lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 17 /* mul32 */:
              lo[d] = Math.imul(lo[d]!, lo[s]!);
              hi[d] = 0;
              pc++;
              break step;
            case 18 /* div32 */:
              lo[d] = divide32(lo[d]!, lo[s]!);
              hi[d] = 0;
              pc++;
              break step;
            case 19 /* sdiv32 */:
              lo[d] = divideSigned32(lo[d]!, lo[s]!);
              hi[d] = 0;
              pc++;
              break step;
            case 20 /* mod32 */:
              lo[d] = modulo32(lo[d]!, lo[s]!);
              hi[d] = 0;
              pc++;
              break step;
            case 21 /* smod32 */:
              lo[d] = moduloSigned32(lo[d]!, lo[s]!);
              hi[d] = 0;
              pc++;
              break step;
            case 22 /* or32 */:
              lo[d] = lo[d]! | lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 23 /* and32 */:
              lo[d] = lo[d]! & lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 24 /* xor32 */:
              lo[d] = lo[d]! ^ lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 25 /* lsh32 */:
              lo[d] = lo[d]! << lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 26 /* rsh32 */:
              lo[d] = lo[d]! >>> lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 27 /* arsh32 */:
              lo[d] = lo[d]! >> lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 28 /* mov32 */:
              lo[d] = lo[s]!;
              hi[d] = 0;
              pc++;
              break step;
            case 29 /* neg32 */:
              lo[d] = -lo[d]!;
              hi[d] = 0;
              pc++;
              break step;
            case 30 /* movsx8 */:
              lo[d] = (lo[s]! << 24) >> 24;
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 31 /* movsx16 */:
              lo[d] = (lo[s]! << 16) >> 16;
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 32 /* movsx32 */:
              lo[d] = lo[s]!;
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 33 /* movsx8w */:
              lo[d] = (lo[s]! << 24) >> 24;
              hi[d] = 0;
              pc++;
              break step;
            case 34 /* movsx16w */:
              lo[d] = (lo[s]! << 16) >> 16;
              hi[d] = 0;
              pc++;
              break step;
            case 35 /* zext16 */:
              lo[d] = lo[d]! & 0xffff;
              hi[d] = 0;
              pc++;
              break step;
            case 36 /* zext32 */:
              hi[d] = 0;
              pc++;
              break step;
            case 37 /* nop */:
              pc++;
              break step;
            case 38 /* swap16 */:
              lo[d] = swap16(lo[d]!);
              hi[d] = 0;
              pc++;
              break step;
            case 39 /* swap32 */:
              lo[d] = swap32(lo[d]!);
              hi[d] = 0;
              pc++;
              break step;
            case 40 /* swap64 */: {
              const low = swap32(hi[d]!);
              hi[d] = swap32(lo[d]!);
              lo[d] = low;
              pc++;
              break step;
            }
            case 41 /* goto */:
              pc = off[pc]!;
              break step;
            case 42 /* mayGoto */:
              if (this.rounds === 0) pc = off[pc]!;
              else {
                this.rounds--;
                pc++;
              }
              break step;
            case 43 /* jeq64 */:
              pc = lo[d] === lo[s] && hi[d] === hi[s] ? off[pc]! : pc + 1;
              break step;
            case 44 /* jne64 */:
              pc = lo[d] !== lo[s] || hi[d] !== hi[s] ? off[pc]! : pc + 1;
              break step;
            case 45 /* jset64 */:
              pc = (lo[d]! & lo[s]!) !== 0 || (hi[d]! & hi[s]!) !== 0 ? off[pc]! : pc + 1;
              break step;
            case 46 /* jgt64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;
              break step;
            case 47 /* jge64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 >= lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;
              break step;
            case 48 /* jlt64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 < lo[s]! >>> 0 : hi[d]! >>> 0 < hi[s]! >>> 0) ? off[pc]! : pc + 1;
              break step;
            case 49 /* jle64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 <= lo[s]! >>> 0 : hi[d]! >>> 0 < hi[s]! >>> 0) ? off[pc]! : pc + 1;
              break step;
            case 50 /* jsgt64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! > hi[s]!) ? off[pc]! : pc + 1;
              break step;
            case 51 /* jsge64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 >= lo[s]! >>> 0 : hi[d]! > hi[s]!) ? off[pc]! : pc + 1;
              break step;
            case 52 /* jslt64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 < lo[s]! >>> 0 : hi[d]! < hi[s]!) ? off[pc]! : pc + 1;
              break step;
            case 53 /* jsle64 */:
              pc = (hi[d] === hi[s] ? lo[d]! >>> 0 <= lo[s]! >>> 0 : hi[d]! < hi[s]!) ? off[pc]! : pc + 1;
              break step;
            case 54 /* jeq32 */:
              pc = lo[d] === lo[s] ? off[pc]! : pc + 1;
              break step;
            case 55 /* jne32 */:
              pc = lo[d] !== lo[s] ? off[pc]! : pc + 1;
              break step;
            case 56 /* jset32 */:
              pc = (lo[d]! & lo[s]!) !== 0 ? off[pc]! : pc + 1;
              break step;
            case 57 /* jgt32 */:
              pc = lo[d]! >>> 0 > lo[s]! >>> 0 ? off[pc]! : pc + 1;
              break step;
            case 58 /* jge32 */:
              pc = lo[d]! >>> 0 >= lo[s]! >>> 0 ? off[pc]! : pc + 1;
              break step;
            case 59 /* jlt32 */:
              pc = lo[d]! >>> 0 < lo[s]! >>> 0 ? off[pc]! : pc + 1;
              break step;
            case 60 /* jle32 */:
              pc = lo[d]! >>> 0 <= lo[s]! >>> 0 ? off[pc]! : pc + 1;
              break step;
            case 61 /* jsgt32 */:
              pc = lo[d]! > lo[s]! ? off[pc]! : pc + 1;
              break step;
            case 62 /* jsge32 */:
              pc = lo[d]! >= lo[s]! ? off[pc]! : pc + 1;
              break step;
            case 63 /* jslt32 */:
              pc = lo[d]! < lo[s]! ? off[pc]! : pc + 1;
              break step;
            case 64 /* jsle32 */:
              pc = lo[d]! <= lo[s]! ? off[pc]! : pc + 1;
              break step;
            case 65 /* load8 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 1;
              if (hi[s] !== 0 || !regions.allows(at, 1, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 1, false);
              lo[d] = u8[at]!;
              hi[d] = 0;
              pc++;
              break step;
            case 66 /* load16 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 2;
              if (hi[s] !== 0 || !regions.allows(at, 2, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 2, false);
              lo[d] = view.getUint16(at, true);
              hi[d] = 0;
              pc++;
              break step;
            case 67 /* load32 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 4;
              if (hi[s] !== 0 || !regions.allows(at, 4, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 4, false);
              lo[d] = view.getInt32(at, true);
              hi[d] = 0;
              pc++;
              break step;
            case 68 /* load64 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 8;
              if (hi[s] !== 0 || !regions.allows(at, 8, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 8, false);
              lo[d] = view.getInt32(at, true);
              hi[d] = view.getInt32(at + 4, true);
              pc++;
              break step;
            case 69 /* loads8 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 1;
              if (hi[s] !== 0 || !regions.allows(at, 1, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 1, false);
              lo[d] = (u8[at]! << 24) >> 24;
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 70 /* loads16 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 2;
              if (hi[s] !== 0 || !regions.allows(at, 2, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 2, false);
              lo[d] = view.getInt16(at, true);
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 71 /* loads32 */:
              at = (lo[s]! >>> 0) + off[pc]!;
              size = 4;
              if (hi[s] !== 0 || !regions.allows(at, 4, false)) break access;
              if (onAccess !== null) onAccess(pc, at, 4, false);
              lo[d] = view.getInt32(at, true);
              hi[d] = lo[d] >> 31;
              pc++;
              break step;
            case 72 /* store8 */:
              at = (lo[d]! >>> 0) + off[pc]!;
              size = 1;
              if (hi[d] !== 0 || !regions.allows(at, 1, true)) break access;
              if (onAccess !== null) onAccess(pc, at, 1, true);
              if (saved[at >>> PAGE_SHIFT] === 0) memory.touch(at, 1);
              if (at < STACK_END) stackWritten[at - LAYOUT.stack] = 1;
              u8[at] = lo[s]!;
              pc++;
              break step;
            case 73 /* store16 */:
              at = (lo[d]! >>> 0) + off[pc]!;
              size = 2;
              if (hi[d] !== 0 || !regions.allows(at, 2, true)) break access;
              if (onAccess !== null) onAccess(pc, at, 2, true);
              if (saved[at >>> PAGE_SHIFT] === 0 || saved[(at + 1) >>> PAGE_SHIFT] === 0) memory.touch(at, 2);
              if (at < STACK_END) stackWritten[at - LAYOUT.stack] = stackWritten[at - LAYOUT.stack + 1] = 1;
              view.setInt16(at, lo[s]!, true);
              pc++;
              break step;
            case 74 /* store32 */:
              at = (lo[d]! >>> 0) + off[pc]!;
              size = 4;
              if (hi[d] !== 0 || !regions.allows(at, 4, true)) break access;
              if (onAccess !== null) onAccess(pc, at, 4, true);
              if (saved[at >>> PAGE_SHIFT] === 0 || saved[(at + 3) >>> PAGE_SHIFT] === 0) memory.touch(at, 4);
              if (at < STACK_END) markWritten(stackWritten, at - LAYOUT.stack, 4);
              view.setInt32(at, lo[s]!, true);
              pc++;
              break step;
            case 75 /* store64 */:
              at = (lo[d]! >>> 0) + off[pc]!;
              size = 8;
              if (hi[d] !== 0 || !regions.allows(at, 8, true)) break access;
              if (onAccess !== null) onAccess(pc, at, 8, true);
              if (saved[at >>> PAGE_SHIFT] === 0 || saved[(at + 7) >>> PAGE_SHIFT] === 0) memory.touch(at, 8);
              if (at < STACK_END) markWritten(stackWritten, at - LAYOUT.stack, 8);
              view.setInt32(at, lo[s]!, true);
              view.setInt32(at + 4, hi[s]!, true);
              pc++;
              break step;
            case 77 /* wide */:
              lo[d] = lo[s]!;
              hi[d] = hi[s]!;
              pc += 2;
              break step;
            default: {
              // Rare or long instructions; they work on the fields and may change program, frame and pc.
              this.pc = pc;
              this.insns = insns;
              this.initialized = initialized;
              const ended = this.executeSlow(op, imm[pc]!);
              ({ pc, initialized } = this);
              if (ended) return 'ended';
              if (lo !== this.loaded.low) {
                ({ low: lo, high: hi } = this.loaded);
                ({ code, dst, src, off, imm, reads, writes, plain } = this.loaded.lowered);
              }
              break step;
            }
          }
        }
        // A load or store that the regions refuse arrives here.
        const base = op >= CODE.store8 ? d : s;
        this.pc = pc;
        this.insns = insns;
        this.initialized = initialized & ~(op < CODE.store8 && d !== s ? 1 << d : 0);
        return this.refused(base, off[pc]!, size, op >= CODE.store8);
      }
      op = code[pc] ?? CODE.badPc;
    }
  }

  /** True when the run has ended. */
  private executeSlow(op: number, imm: number): boolean {
    switch (op) {
      case CODE.atomic:
        return atomic(this);
      case CODE.helper:
        return this.callHelper(imm);
      case CODE.call:
        return this.enter(this.loaded.lowered.off[this.pc]!, this.pc, false);
      case CODE.callx:
        return this.callRegister();
      case CODE.exit:
        return this.leave();
      case CODE.packet:
        return this.loadPacket();
      default:
        return this.cannotExecute(op, imm);
    }
  }

  private cannotExecute(op: number, imm: number): boolean {
    const { program } = this.loaded.lowered;
    const insn = program.insns[this.pc];
    if (op === CODE.invalid && insn?.kind === 'invalid')
      return this.end('invalidInsn', `invalid instruction: ${insn.reason}`);
    if (op === CODE.missingMap) return this.endWith(this.machine.missingMap(imm));
    if (op === CODE.unsupported) return this.end('unsupported', unsupportedText(insn?.kind));
    if (insn === undefined) return this.end('badPc', `execution reaches instruction ${this.pc}, outside the program`);
    return this.end('badPc', `jumps into the middle of the two-slot instruction at ${this.pc - 1}`);
  }

  private callHelper(id: number): boolean {
    const { machine, pc } = this;
    if (this.onHelper !== null) this.onHelper(pc, id);
    const { i32 } = machine.memory;
    const { low, high } = this.loaded;
    for (let r = 1, word = LAYOUT.helperFrame >> 2; r <= 5; r++, word += 2) {
      i32[word] = low[r]!;
      i32[word + 1] = high[r]!;
    }
    machine.pc = pc;
    return this.afterHelper(machine.callHelper(id));
  }

  private afterHelper(status: number): boolean {
    const { machine, pc } = this;
    if (status === HELPER_STATUS.trap) return this.endWith(machine.fault);
    if (status === HELPER_STATUS.tailCall) return this.tailCall(machine.tailProgram);
    if (status === HELPER_STATUS.callback) return this.enterCallback();
    const word = (LAYOUT.helperFrame + 40) >> 2;
    this.loaded.low[0] = machine.memory.i32[word]!;
    this.loaded.high[0] = machine.memory.i32[word + 1]!;
    this.initialized = (this.initialized & ~CALLER_SAVED) | 1;
    this.pc = pc + 1;
    return false;
  }

  private tailCall(program: number): boolean {
    const framePointer = this.loaded.low[10]!;
    this.select(program);
    this.loaded.low[1] = LAYOUT.ctx;
    this.loaded.high[1] = 0;
    this.loaded.low[10] = framePointer;
    this.loaded.high[10] = 0;
    this.initialized = (1 << 1) | (1 << 10);
    this.rounds = MAY_GOTO_ROUNDS;
    this.clearFrame(framePointer);
    this.pc = 0;
    return false;
  }

  private enterCallback(): boolean {
    const { machine } = this;
    const pc = this.functionAt(BigInt(machine.callback?.target ?? 0));
    if (pc === null)
      return this.end('badPc', `the callback at ${machine.callback?.target ?? 0} is not a function of the program`);
    const { i32 } = machine.memory;
    if (this.enter(pc, this.pc, true)) return true;
    const { low, high } = this.loaded;
    for (let r = 1, word = LAYOUT.helperFrame >> 2; r <= 5; r++, word += 2) {
      low[r] = i32[word]!;
      high[r] = i32[word + 1]!;
    }
    const args = machine.callback?.args ?? 0;
    this.initialized = (1 << 10) | (((1 << args) - 1) << 1);
    return false;
  }

  /** Calls the function at `target`; the caller waits at `pc`. */
  private enter(target: number, pc: number, callback: boolean): boolean {
    const { machine, loaded } = this;
    const depth = this.callers.length + 1;
    if (depth >= LAYOUT.maxFrames) return this.end('callDepth', `calls nest deeper than ${LAYOUT.maxFrames} frames`);
    this.callers.push({
      program: this.current,
      pc,
      initialized: this.initialized,
      low: loaded.low.slice(6, 10),
      high: loaded.high.slice(6, 10),
      rounds: this.rounds,
      isCallback: this.isCallback,
      callback: callback ? machine.callback : null,
    });
    machine.regions.depth = depth + 1;
    this.isCallback = callback;
    this.rounds = MAY_GOTO_ROUNDS;
    loaded.low[10] = LAYOUT.stack + depth * LAYOUT.frameStride + LAYOUT.frameBytes;
    this.clearFrame(loaded.low[10]);
    this.initialized = (this.initialized & CALLER_SAVED) | (1 << 10);
    this.pc = target;
    return false;
  }

  /** Nothing on the stack of a frame that begins counts as written. */
  private clearFrame(framePointer: number): void {
    const end = framePointer - LAYOUT.stack;
    this.machine.memory.stackWritten.fill(0, end - LAYOUT.frameBytes, end);
  }

  private callRegister(): boolean {
    const register = this.loaded.lowered.src[this.pc]!;
    const value = this.value(register);
    const target = this.functionAt(value);
    if (target !== null) return this.enter(target, this.pc, false);
    if (this.machine.callxHelpers && value < 0x1_0000n) return this.callHelper(Number(value));
    return this.end('badPc', `calls r${register} = ${hex(value)}, which is not the address of a function`, value);
  }

  private functionAt(address: bigint): number | null {
    const offset = Number(address) - LAYOUT.code;
    const { length } = this.loaded.lowered.program.insns;
    return offset >= 0 && offset % 8 === 0 && offset / 8 < length ? offset / 8 : null;
  }

  private leave(): boolean {
    const caller = this.callers.pop();
    if (caller === undefined) {
      this.done = { kind: 'exit', r0: this.value(0), insns: this.insns };
      return true;
    }
    const { machine } = this;
    const wasCallback = this.isCallback;
    if (caller.program !== this.current) this.select(caller.program);
    const { low, high } = this.loaded;
    low.set(caller.low, 6);
    high.set(caller.high, 6);
    low[10] = LAYOUT.stack + this.callers.length * LAYOUT.frameStride + LAYOUT.frameBytes;
    high[10] = 0;
    machine.regions.depth = this.callers.length + 1;
    this.rounds = caller.rounds;
    this.isCallback = caller.isCallback;
    this.initialized = (caller.initialized & ~CALLER_SAVED) | 1;
    this.pc = caller.pc;
    if (!wasCallback) this.pc++;
    else {
      machine.callback = caller.callback;
      machine.pc = this.pc;
      return this.afterHelper(machine.resumeCallback(low[0]!, high[0]!));
    }
    return false;
  }

  private loadPacket(): boolean {
    const { machine, pc } = this;
    const { imm, off, src, dst } = this.loaded.lowered;
    const { low, high } = this.loaded;
    const index = dst[pc] === 1 ? low[src[pc]!]! : 0;
    const value = machine.packet.loadNetworkOrder((imm[pc]! + index) | 0, off[pc]!);
    if (value === null) {
      // The kernel replaces the load by code that ends in `exit`: a function returns 0 to its caller, the program ends
      // with 0. Mirrors `bpf_gen_ld_abs` of net/core/filter.c, v6.18.
      low[0] = high[0] = 0;
      this.initialized |= 1;
      return this.leave();
    }
    low[0] = value;
    high[0] = 0;
    this.initialized = (this.initialized & ~CALLER_SAVED) | 1;
    this.pc++;
    return false;
  }

  value(register: number): bigint {
    const { low, high } = this.loaded;
    return (BigInt(high[register]! >>> 0) << 32n) | BigInt(low[register]! >>> 0);
  }

  /** Ends the run with a trap at the current instruction. */
  end(kind: TrapKind, message: string, address: bigint | null = null): true {
    const trap = { kind, pc: this.pc, program: this.loaded.lowered.program.name, message, address };
    this.done = { kind: 'trap', trap, insns: this.insns };
    return true;
  }

  private endWith(fault: Fault | null): true {
    return this.end(fault?.kind ?? 'helper', fault?.message ?? 'a helper failed', fault?.address ?? null);
  }

  private uninitialized(missing: number): Status {
    const register = 31 - Math.clz32(missing & -missing);
    this.end('uninitialized', `reads r${register}, which holds no value here`);
    return 'ended';
  }

  private outOfBudget(): Status {
    this.end('budget', `still running after ${this.budget} instructions`);
    return 'ended';
  }

  private refused(base: number, off: number, size: number, write: boolean): Status {
    const address = BigInt.asUintN(64, this.value(base) + BigInt(off));
    this.refuse(address, size, write);
    return 'ended';
  }

  /** Ends the run because the program may not touch [address, address + size). */
  refuse(address: bigint, size: number, write: boolean): true {
    const { machine } = this;
    const { nullFrom } = machine;
    const mapName = (index: number): string | null => machine.maps[index]?.spec.name ?? null;
    const access = { verb: write ? 'writes' : 'reads', size, write, mapName, nullFrom };
    return this.endWith(explainAccess(machine.regions, address, access));
  }
}

function markWritten(written: Uint8Array, start: number, size: number): void {
  for (let i = start; i < start + size; i++) written[i] = 1;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function unsupportedText(kind: string | undefined): string {
  if (kind === 'call') return 'kernel functions (kfuncs) are not supported yet';
  if (kind === 'loadBtfId') return 'addresses of kernel variables (ksyms) are not supported yet';
  return 'addr_space_cast (arena pointers) is not supported yet';
}
