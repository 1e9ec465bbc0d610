/** What one instruction does; it is checked on the way. Mirrors `do_check_insn`, v6.18. */
import { unreachable } from '../base/assert.ts';
import type { Insn, LoadMapInsn, PacketInsn } from '../isa/insn.ts';
import { castAddressSpace } from './arena.ts';
import { loadFunction } from './callbacks.ts';
import { callSubprogram, leaveSubprogram } from './calls.ts';
import { doAtomic } from './checkAtomic.ts';
import { checkMemoryAccess, checkUnmodified } from './checkMemory.ts';
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { doExit } from './exits.ts';
import { insnText } from './insnText.ts';
import { callKfunc } from './kfuncs/call.ts';
import { checkCallUnderLock } from './lockedCalls.ts';
import { kernelAddress } from './kernelVariables.ts';
import { doMayGoto } from './mayGoto.ts';
import { checkInsnReleased } from './olderKernels.ts';
import { pushPath } from './paths.ts';
import { notePointerKind } from './pointerKinds.ts';
import { checkNothingHeld } from './references.ts';
import { checkRead, checkWritable, clobberCallerSaved, getReg, setReg, writeUnknown } from './registers.ts';
import { reject, unsupported } from './rejection.ts';
import { PACKET_INSN_TYPES } from './require.ts';
import { constScalar, pointer, UNKNOWN_SCALAR, ZERO_SCALAR } from './state/register.ts';
import { doAlu, doBswap } from './transferAlu.ts';
import { callHelper } from './transferHelper.ts';
import { doJump } from './transferJump.ts';

/** Sets `env.pc` to the next instruction; true when the path ends here. */
export function doInsn(env: Env, insn: Insn): boolean {
  checkInsnReleased(env, insn);
  switch (insn.kind) {
    case 'alu':
      doAlu(env, insn);
      break;
    case 'bswap':
      doBswap(env, insn);
      break;
    case 'load':
      doLoad(env, insn);
      break;
    case 'store':
      doStore(env, insn);
      break;
    case 'atomic':
      doAtomic(env, insn);
      break;
    case 'loadImm64':
      writeUnknown(env, insn.dst);
      setReg(env, insn.dst, constScalar((BigInt(insn.hi >>> 0) << 32n) | BigInt(insn.lo >>> 0)));
      env.pc++;
      break;
    case 'loadMap':
      loadMap(env, insn);
      env.pc++;
      break;
    case 'jump':
      env.jumps++;
      doJump(env, insn);
      return false;
    case 'goto':
      env.jumps++;
      env.pc += insn.off + 1;
      return false;
    case 'call':
      env.jumps++;
      checkCallUnderLock(env, insn);
      if (insn.target === 'subprog') {
        callSubprogram(env, insn);
        return false;
      }
      if (insn.target === 'kfunc') return callKfunc(env, insn);
      callHelper(env, insn.imm);
      break;
    case 'exit':
      env.jumps++;
      return doExit(env);
    case 'packet':
      doPacketInsn(env, insn);
      break;
    case 'invalid':
      if (insn.kernelMessage === '') unsupported('instructions whose unused fields are not zero');
      // A comparison's first register is looked at before its unused fields.
      if (insn.kernelMessage.startsWith('BPF_JMP/JMP32')) checkRead(env, insn.regs & 15);
      return reject(insn.kernelMessage);
    case 'wideSlot':
      return reject('unknown opcode 00');
    case 'loadBtfId':
      writeUnknown(env, insn.dst);
      setReg(env, insn.dst, kernelAddress(env, insn));
      env.pc++;
      break;
    case 'loadFunc':
      loadFunction(env, insn);
      env.pc++;
      break;
    case 'mayGoto':
      env.jumps++;
      doMayGoto(env, insn);
      return false;
    case 'addrSpaceCast':
      castAddressSpace(env, insn);
      break;
    case 'callx':
      return reject(`unknown opcode ${insnText(insn).slice(1, 3)}`);
    default:
      return unreachable(insn);
  }
  env.pc++;
  return false;
}

function doLoad(env: Env, insn: Extract<Insn, { kind: 'load' }>): void {
  const { kind } = checkRead(env, insn.src);
  checkWritable(env, insn.dst);
  const access = (env.accesses[env.pc] ??= {
    regno: insn.src,
    off: insn.off,
    size: insn.size,
    write: false,
    valueReg: insn.dst,
    imm: null,
    strict: false,
    signed: insn.signed,
  });
  checkMemoryAccess(env, access);
  notePointerKind(env, kind);
}

function doStore(env: Env, insn: Extract<Insn, { kind: 'store' }>): void {
  if (insn.source === 'reg') checkRead(env, insn.src);
  const { kind } = checkRead(env, insn.dst);
  const access = (env.accesses[env.pc] ??= {
    regno: insn.dst,
    off: insn.off,
    size: insn.size,
    write: true,
    valueReg: insn.source === 'reg' ? insn.src : -1,
    imm: insn.source === 'imm' ? insn.imm : null,
    strict: false,
    signed: false,
  });
  checkMemoryAccess(env, access);
  notePointerKind(env, kind);
}

function loadMap(env: Env, insn: LoadMapInsn): void {
  writeUnknown(env, insn.dst);
  const map = env.program.maps[insn.map] ?? null;
  const isValue = insn.by === 'value' || insn.by === 'idxValue';
  // Whatever lies in an arena is a plain number until it is cast.
  if (isValue && map?.type === 'arena') return;
  setReg(env, insn.dst, isValue ? pointer('mapValue', { map, off: insn.off }) : pointer('mapPtr', { map }));
}

/** Mirrors `check_ld_abs`. */
function doPacketInsn(env: Env, insn: PacketInsn): void {
  if (!PACKET_INSN_TYPES.has(env.program.type))
    reject('BPF_LD_[ABS|IND] instructions not allowed for this program type');
  checkRead(env, 6);
  checkNothingHeld(env, 'BPF_LD_[ABS|IND]');
  const ctx = getReg(env, 6);
  if (ctx.kind !== 'ctx') reject('at the time of BPF_LD_ABS|IND R6 != pointer to skb');
  if (insn.mode === 'ind') checkRead(env, insn.src);
  checkUnmodified(ctx, 6, false);
  clobberCallerSaved(env, frameOf(env));
  setReg(env, 0, UNKNOWN_SCALAR);
  if (env.state.frames.length === 1) return;
  // Behind the packet's end the function returns 0 at once: a hidden exit, walked since v6.18.44 at the latest.
  pushPath(env, env.pc + 1, env.pc);
  setReg(env, 0, ZERO_SCALAR);
  leaveSubprogram(env);
  env.pc--;
}
