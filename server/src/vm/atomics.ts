import { unreachable } from '../base/assert.ts';
import type { AtomicInsn } from '../isa/insn.ts';
import type { Core } from './core.ts';

/** Executes the atomic instruction at core.pc. One CPU runs at a time, so a plain read and write is atomic. */
export function atomic(core: Core): boolean {
  const insn = core.loaded.lowered.program.insns[core.pc] as AtomicInsn;
  const { low, high } = core.loaded;
  const { memory, regions } = core.machine;
  const base = insn.op === 'loadAcquire' ? insn.src : insn.dst;
  const write = insn.op !== 'loadAcquire';
  const at = (low[base]! >>> 0) + insn.off;
  if (high[base] !== 0 || !regions.allows(at, insn.size, write))
    return core.refuse(BigInt.asUintN(64, core.value(base) + BigInt(insn.off)), insn.size, write);
  if (core.onAccess !== null) core.onAccess(core.pc, at, insn.size, write);
  if (write) memory.touchGuest(at, insn.size);
  if (insn.op === 'loadAcquire') loadAcquire(core, insn, at);
  else if (insn.op === 'storeRelease') store(core, insn, at, low[insn.src]!, high[insn.src]!);
  else readModifyWrite(core, insn, at);
  core.pc++;
  return false;
}

function loadAcquire(core: Core, { size, dst }: AtomicInsn, at: number): void {
  const { low, high } = core.loaded;
  const { view } = core.machine.memory;
  low[dst] = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getInt32(at, true);
  high[dst] = size === 8 ? view.getInt32(at + 4, true) : 0;
}

function store(core: Core, { size }: AtomicInsn, at: number, low: number, high: number): void {
  const { view } = core.machine.memory;
  if (size === 1) view.setInt8(at, low);
  else if (size === 2) view.setInt16(at, low, true);
  else view.setInt32(at, low, true);
  if (size === 8) view.setInt32(at + 4, high, true);
}

function readModifyWrite(core: Core, insn: AtomicInsn, at: number): void {
  const { low, high } = core.loaded;
  const { view } = core.machine.memory;
  const is64 = insn.size === 8;
  const oldLow = view.getInt32(at, true);
  const oldHigh = is64 ? view.getInt32(at + 4, true) : 0;
  if (insn.op === 'cmpxchg') {
    const equal = low[0] === oldLow && (!is64 || high[0] === oldHigh);
    if (equal) store(core, insn, at, low[insn.src]!, high[insn.src]!);
    low[0] = oldLow;
    high[0] = oldHigh;
    return;
  }
  const [newLow, newHigh] = combine(insn.op, oldLow, oldHigh, low[insn.src]!, high[insn.src]!);
  store(core, insn, at, newLow, newHigh);
  if (!insn.fetch) return;
  low[insn.src] = oldLow;
  high[insn.src] = oldHigh;
}

function combine(op: AtomicInsn['op'], aLow: number, aHigh: number, bLow: number, bHigh: number): [number, number] {
  switch (op) {
    case 'add':
      return [(aLow + bLow) | 0, (aHigh + bHigh + ((aLow >>> 0) + (bLow >>> 0) > 0xffff_ffff ? 1 : 0)) | 0];
    case 'or':
      return [aLow | bLow, aHigh | bHigh];
    case 'and':
      return [aLow & bLow, aHigh & bHigh];
    case 'xor':
      return [aLow ^ bLow, aHigh ^ bHigh];
    case 'xchg':
      return [bLow, bHigh];
    case 'cmpxchg':
    case 'loadAcquire':
    case 'storeRelease':
      return [aLow, aHigh];
    default:
      return unreachable(op);
  }
}
