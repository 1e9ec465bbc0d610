import { atomic } from './atomics.ts';
import type { Core } from './core.ts';
import { CALLER_SAVED, enter, functionAt } from './frames.ts';
import { callHelper, leave } from './helperCalls.ts';
import { CODE } from './lower.ts';
import { unsupportedText } from './unsupportedText.ts';

/** Instructions that leave the dispatch loop because they are rare or long. True when the run has ended. */
export function executeSlow(core: Core, op: number, imm: number): boolean {
  switch (op) {
    case CODE.atomic:
      return atomic(core);
    case CODE.helper:
      return callHelper(core, imm);
    case CODE.call:
      return enter(core, core.loaded.lowered.off[core.pc]!, core.pc, false);
    case CODE.callx:
      return callRegister(core);
    case CODE.exit:
      return leave(core);
    case CODE.packet:
      return loadPacket(core);
    default:
      return cannotExecute(core, op, imm);
  }
}

function cannotExecute(core: Core, op: number, imm: number): boolean {
  const { program } = core.loaded.lowered;
  const insn = program.insns[core.pc];
  if (op === CODE.invalid && insn?.kind === 'invalid')
    return core.end('invalidInsn', `invalid instruction: ${insn.reason}`);
  if (op === CODE.missingMap) return core.endWith(core.machine.missingMap(imm));
  if (op === CODE.unsupported) return core.end('unsupported', unsupportedText(program, core.pc));
  if (insn === undefined) return core.end('badPc', `execution reaches instruction ${core.pc}, outside the program`);
  return core.end('badPc', `jumps into the middle of the two-slot instruction at ${core.pc - 1}`);
}

function callRegister(core: Core): boolean {
  const register = core.loaded.lowered.src[core.pc]!;
  const value = core.value(register);
  const target = functionAt(core, value);
  if (target !== null) return enter(core, target, core.pc, false);
  if (core.machine.callxHelpers && value < 0x1_0000n) return callHelper(core, Number(value));
  return core.end('badPc', `calls r${register} = ${hex(value)}, which is not the address of a function`, value);
}

function loadPacket(core: Core): boolean {
  const { machine, pc } = core;
  const { imm, off, src, dst } = core.loaded.lowered;
  const { low, high } = core.loaded;
  const index = dst[pc] === 1 ? low[src[pc]!]! : 0;
  const value = machine.packet.loadNetworkOrder((imm[pc]! + index) | 0, off[pc]!);
  if (value === null) {
    // The kernel replaces the load by code that ends in `exit`: a function returns 0 to its caller, the program ends
    // with 0. Mirrors `bpf_gen_ld_abs` of net/core/filter.c, v6.18.
    low[0] = high[0] = 0;
    core.initialized |= 1;
    return leave(core);
  }
  low[0] = value;
  high[0] = 0;
  core.initialized = (core.initialized & ~CALLER_SAVED) | 1;
  core.pc++;
  return false;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
