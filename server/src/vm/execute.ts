import type { Core, Status } from './core.ts';
import { executeSlow } from './executeSlow.ts';
import {
  divide32, divideSigned, divideSigned32, divideUnsigned, modulo32, moduloSigned, moduloSigned32, moduloUnsigned,
  multiply, negate, shiftLeft, shiftRight, shiftRightSigned, swap16, swap32,
} from './int64.ts'; // prettier-ignore
import { accessKernel } from './kernelAccess.ts';
import { CODE } from './lower.ts';
import { LAYOUT } from './machine.ts';
import { PAGE_SHIFT } from './memory.ts';

const STACK_END = LAYOUT.stack + LAYOUT.maxFrames * LAYOUT.frameStride;

/**
 * Executes until `limit` instructions are done since the entry, a breakpoint (not at the first instruction), or the
 * end. The cases are literals, in the order of `CODE`, so that V8 makes a jump table of them.
 */
export function execute(core: Core, limit: number): Status {
  const { machine, onAccess } = core;
  const { memory, regions } = machine;
  const { u8, view, saved, stackWritten } = memory;
  const stop = Math.min(limit, core.budget);
  let { low: lo, high: hi } = core.loaded;
  let { code, dst, src, off, imm, reads, writes, plain } = core.loaded.lowered;
  let { pc, insns, initialized } = core;
  let at = 0;
  let size = 0;
  let op: number = plain[pc] ?? CODE.badPc;

  for (;;) {
    if (insns >= stop || op === 86 /* pause */) {
      core.pc = pc;
      core.insns = insns;
      core.initialized = initialized;
      if (op === 86 && insns < stop) return 'paused';
      return insns >= core.budget ? core.outOfBudget() : 'running';
    }
    const needed = reads[pc]!;
    if ((needed & initialized) !== needed) {
      core.pc = pc;
      core.insns = insns;
      core.initialized = initialized;
      return core.uninitialized(needed & ~initialized);
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
            if (core.rounds === 0) pc = off[pc]!;
            else {
              core.rounds--;
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
            core.pc = pc;
            core.insns = insns;
            core.initialized = initialized;
            const ended = executeSlow(core, op, imm[pc]!);
            ({ pc, initialized } = core);
            if (ended) return 'ended';
            if (lo !== core.loaded.low) {
              ({ low: lo, high: hi } = core.loaded);
              ({ code, dst, src, off, imm, reads, writes, plain } = core.loaded.lowered);
            }
            break step;
          }
        }
      }
      // A load or store that the regions refuse arrives here.
      const base = op >= CODE.store8 ? d : s;
      if (!accessKernel(core, op, d, s, off[pc]!, size)) {
        core.pc = pc;
        core.insns = insns;
        core.initialized = initialized & ~(op < CODE.store8 && d !== s ? 1 << d : 0);
        return core.refused(base, off[pc]!, size, op >= CODE.store8);
      }
      pc++;
    }
    op = code[pc] ?? CODE.badPc;
  }
}

function markWritten(written: Uint8Array, start: number, size: number): void {
  for (let i = start; i < start + size; i++) written[i] = 1;
}
