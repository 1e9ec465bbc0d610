/** Instruction selection: a function of the intermediate language to blocks of instructions with virtual registers. */
import { unreachable } from '../../base/assert.ts';
import { reversePostorder } from '../ir/dominators.ts';
import { isTerminator } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, IrModule } from '../ir/ir.ts';
import type { Cpu } from '../machine.ts';
import { NOWHERE } from '../places.ts';
import type { Problems } from '../problem.ts';
import { FIRST_VIRTUAL, linkBlocks, newBlock, newOp, type Code, type CodeBlock } from './code.ts';
import type { Conflicts } from './frameConflicts.ts';
import { copy } from './insns.ts';
import { noteAsmOutput, selectAsm } from './selectAsm.ts';
import { selectAtomic } from './selectAtomic.ts';
import { selectBinary } from './selectBinary.ts';
import { selectCall, selectPacketLoad } from './selectCall.ts';
import { selectCompare } from './selectCompare.ts';
import { selectConvert } from './selectConvert.ts';
import { countTruths, demandPhis, selectTerminator } from './selectFlow.ts';
import { selectLoad, selectStore } from './selectMemory.ts';
import { selectBlockMove } from './selectBlockMove.ts';
import { emit, finishBlock, flush, frameAddress, refuse, registerOf, type Selection } from './selection.ts';
import { widthsOf } from './widths.ts';

export function selectFunction(
  module: IrModule,
  fn: IrFunction,
  cpu: Cpu,
  conflicts: Conflicts | null,
  problems: Problems,
): Code {
  const order = reversePostorder(fn);
  const sel = newSelection(module, fn, order, cpu, conflicts, problems);
  for (const block of order) sel.blocks.set(block, newBlock(sel.code));
  for (const block of order) demandPhis(sel, block);
  for (let i = order.length - 1; i >= 0; i--) selectBlock(sel, order[i] as Block);
  takeParams(sel);
  resolveDebugValues(sel);
  linkBlocks(sel.code.blocks);
  return sel.code;
}

function newSelection(
  module: IrModule,
  fn: IrFunction,
  order: readonly Block[],
  cpu: Cpu,
  conflicts: Conflicts | null,
  problems: Problems,
): Selection {
  const code: Code = { name: fn.name, blocks: [], nextVirtual: FIRST_VIRTUAL, objects: [] };
  const none: Block = { id: -1, label: '', instrs: [], preds: [], unroll: null };
  const block: CodeBlock = { id: -1, ops: [], succs: [], preds: [], depth: 0, likely: null };
  return {
    module,
    fn,
    cpu,
    code,
    problems,
    widths: widthsOf(module, order, cpu),
    uses: countUses(fn, order),
    truths: countTruths(order),
    regs: new Int32Array(fn.nextId),
    frames: new Map(),
    conflicts,
    blocks: new Map(),
    asmOutputs: new Map(),
    irBlock: none,
    block,
    place: NOWHERE,
    inlinedAt: null,
    out: [],
    reversed: [],
    shared: new Map(),
    touched: [],
  };
}

function countUses(fn: IrFunction, order: readonly Block[]): Int32Array {
  const uses = new Int32Array(fn.nextId);
  for (const block of order)
    for (const instr of block.instrs) {
      if (instr.op === 'debugValue') continue;
      for (const { id } of instr.args) uses[id] = (uses[id] ?? 0) + 1;
    }
  return uses;
}

function selectBlock(sel: Selection, block: Block): void {
  sel.irBlock = block;
  sel.block = sel.blocks.get(block) as CodeBlock;
  for (let i = block.instrs.length - 1; i >= 0; i--) {
    const instr = block.instrs[i] as Instr;
    if (instr.op === 'phi') break;
    sel.place = instr.place;
    sel.inlinedAt = instr.inlinedAt;
    selectInstr(sel, instr);
    flush(sel);
  }
  finishBlock(sel);
}

/** Selects what has an effect, or whose value somebody below wants in a register. */
function selectInstr(sel: Selection, instr: Instr): void {
  if (isTerminator(instr)) return selectTerminator(sel, instr);
  const dst = sel.regs[instr.id] ?? 0;
  switch (instr.op) {
    case 'store':
      return selectStore(sel, instr);
    case 'call':
      return dst === 0 && instr.pure ? undefined : selectCall(sel, instr, dst);
    case 'atomic':
      return selectAtomic(sel, instr, dst);
    case 'asm':
      return selectAsm(sel, instr, dst);
    case 'memcpy':
    case 'memmove':
    case 'memset':
      return selectBlockMove(sel, instr);
    case 'packetLoad':
      return selectPacketLoad(sel, instr, dst);
    case 'load':
      return dst === 0 && !instr.volatile ? undefined : selectLoad(sel, instr, dst);
    case 'late':
      return refuse(sel, `'__builtin_${instr.kind}' is not supported here: its size is not known when compiling`);
    case 'debugValue':
      return selectDebugValue(sel, instr);
    default:
      return dst === 0 ? undefined : selectValue(sel, instr, dst);
  }
}

type Valued = Extract<
  Instr,
  { op: 'binary' | 'compare' | 'convert' | 'phi' | 'alloca' | 'address' | 'core' | 'asmOutput' | 'addrSpaceCast' }
>;

function selectValue(sel: Selection, instr: Valued, dst: number): void {
  switch (instr.op) {
    case 'binary':
      return selectBinary(sel, instr, dst);
    case 'compare':
      return selectCompare(sel, instr, dst);
    case 'convert':
      return selectConvert(sel, instr, dst);
    case 'addrSpaceCast': {
      const { args, to, from } = instr;
      const src = registerOf(sel, args[0] ?? instr);
      emit(sel, { kind: 'addrSpaceCast', dst, src, dstSpace: to, srcSpace: from });
      return;
    }
    case 'asmOutput':
      return noteAsmOutput(sel, instr, dst);
    case 'phi':
    case 'alloca':
    case 'address':
    case 'core':
      return;
    default:
      return unreachable(instr);
  }
}

function selectDebugValue(sel: Selection, instr: Instr & { op: 'debugValue' }): void {
  const { variable, off, size, args } = instr;
  const [value] = args;
  if (value !== undefined) emit(sel, { kind: 'debug', variable, off, size, value, reg: -1, slot: null });
}

/** Which register holds a variable's value is known when all uses have asked for theirs. */
function resolveDebugValues(sel: Selection): void {
  for (const block of sel.code.blocks)
    for (const { insn } of block.ops) {
      if (insn.kind !== 'debug' || frameAddress(sel, insn.value) !== null) continue;
      const reg = sel.regs[debugRoot(sel, insn.value)] ?? 0;
      if (reg !== 0) insn.reg = reg;
    }
}

function debugRoot(sel: Selection, value: Instr['args'][number]): number {
  let at = value;
  for (let depth = 0; depth < 8 && at.op === 'convert' && (sel.regs[at.id] ?? 0) === 0; depth++) at = at.args[0] ?? at;
  return at.id;
}

/** Parameters come in r1 to r5. */
function takeParams(sel: Selection): void {
  const [entry] = sel.code.blocks;
  if (entry === undefined) return;
  sel.place = sel.fn.place;
  if (sel.fn.params.length > 5) refuse(sel, `too many arguments: '${sel.fn.name}' has ${sel.fn.params.length}, a function in BPF takes at most 5`); // prettier-ignore
  const ops = sel.fn.params.flatMap((param) => {
    const reg = sel.regs[param.id] ?? 0;
    return reg === 0 || param.index > 4 ? [] : [newOp(copy(reg, param.index + 1), sel.fn.place, null)];
  });
  entry.ops.unshift(...ops);
}
