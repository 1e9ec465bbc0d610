/** Calls: arguments in r1 to r5, the result in r0. */
import type { Insn } from '../../isa/insn.ts';
import type { Instr, Value } from '../ir/ir.ts';
import { copy } from './insns.ts';
import { emit, frameAddress, moveExtended, refuse, registerOf, type Selection } from './selection.ts';
import { rootOf } from './widths.ts';
import type { Op } from './code.ts';

type Call = Instr & { op: 'call' };

const MOST_ARGUMENTS = 5;

export function selectCall(sel: Selection, instr: Call, dst: number): void {
  const { callee } = instr;
  if (callee.kind === 'helper') return emitCall(sel, instr, instr.args, dst, callHelper(callee.number));
  if (callee.kind === 'function') {
    const op = (): Insn => ({ kind: 'call', target: 'subprog', imm: -1, off: 0 });
    return emitCall(sel, instr, instr.args, dst, op(), callee.symbol);
  }
  const [number] = instr.args;
  if (number?.op === 'const') return emitCall(sel, instr, instr.args.slice(1), dst, callHelper(Number(number.value)));
  refuse(sel, 'the called function must be known when the program is compiled');
}

function callHelper(number: number): Insn {
  return { kind: 'call', target: 'helper', imm: number, off: 0 };
}

function emitCall(
  sel: Selection,
  instr: Call,
  args: readonly Value[],
  dst: number,
  insn: Insn,
  symbol: Op['symbol'] = null,
): void {
  if (args.length > MOST_ARGUMENTS) {
    refuse(sel, `too many arguments: a call in BPF passes at most ${MOST_ARGUMENTS}, this one has ${args.length}`); // prettier-ignore
    return;
  }
  passArguments(sel, args);
  const op = emit(sel, insn);
  op.args = args.length;
  op.symbol = symbol;
  if (dst !== 0 && instr.type !== 'void') emit(sel, copy(dst, 0));
}

/** Registers are copied before constants are made: these need no others. */
function passArguments(sel: Selection, args: readonly Value[]): void {
  const made = args.map((arg) => isMade(sel, arg));
  for (const [i, arg] of args.entries()) if (!made[i]) moveExtended(sel, i + 1, arg);
  for (const [i, arg] of args.entries()) if (made[i]) moveExtended(sel, i + 1, arg);
}

function isMade(sel: Selection, arg: Value): boolean {
  const root = rootOf(sel.widths, arg);
  if (root.op === 'const' || root.op === 'core' || root.op === 'address') return true;
  return frameAddress(sel, root) !== null;
}

/** LD_ABS and LD_IND want the context in r6. */
export function selectPacketLoad(sel: Selection, instr: Instr & { op: 'packetLoad' }, dst: number): void {
  const [skb, offset] = instr.args;
  if (skb === undefined || offset === undefined) return;
  const imm = offset.op === 'const' ? Number(BigInt.asIntN(32, offset.value)) : 0;
  const src = offset.op === 'const' ? 0 : registerOf(sel, offset);
  emit(sel, copy(6, registerOf(sel, skb)));
  emit(sel, { kind: 'packet', mode: offset.op === 'const' ? 'abs' : 'ind', size: instr.size, src, imm });
  if (dst !== 0) emit(sel, copy(dst, 0));
}
