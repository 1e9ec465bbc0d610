/** May a register be read or written here. Mirrors `check_reg_arg`, v6.18. */
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { markRegChanged } from './log.ts';
import { rejectReg } from './rejection.ts';
import type { Frame } from './state/frame.ts';
import { regAt, setRegister } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { constScalar, NOT_INIT, UNKNOWN_SCALAR } from './state/register.ts';

export function checkRead(env: Env, regno: number): RegisterState {
  markRegChanged(env.log, regno);
  const reg = regAt(frameOf(env), regno);
  if (reg.kind === 'notInit') rejectReg(regno, `R${regno} !read_ok`);
  return reg;
}

/** Only that the register may be written; its value is set later. */
export function checkWritable(env: Env, regno: number): void {
  markRegChanged(env.log, regno);
  if (regno === 10) rejectReg(regno, 'frame pointer is read only');
}

/** The register gets a value nothing is known of. */
export function writeUnknown(env: Env, regno: number): void {
  checkWritable(env, regno);
  setReg(env, regno, UNKNOWN_SCALAR);
}

export function getReg(env: Env, regno: number): RegisterState {
  return regAt(frameOf(env), regno);
}

export function setReg(env: Env, regno: number, reg: RegisterState): void {
  setRegister(frameOf(env), regno, reg);
}

/** A call leaves nothing in r0-r5. */
export function clobberCallerSaved(env: Env, frame: Frame): void {
  for (let i = 0; i <= 5; i++) {
    setRegister(frame, i, NOT_INIT);
    markRegChanged(env.log, i);
  }
}

/** The constant in the instruction, as 64 bits. Made once for each instruction. */
export function immediateReg(env: Env, imm: number): RegisterState {
  return (env.constants[env.pc] ??= constScalar(BigInt.asUintN(64, BigInt(imm))));
}
