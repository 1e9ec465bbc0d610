/** Memory that is handed to a helper. Mirrors `check_helper_mem_access` and `check_mem_size_reg`, v6.18. */
import type { ProgramType } from '../kernel/programTypes.ts';
import { kernelPointerAccess } from './btfPointer.ts';
import { checkBuffer } from './buffers.ts';
import { checkMapAccessType, checkMapValue, checkMemoryAccess, checkPacket, checkRegion } from './checkMemory.ts';
import { checkStackRange, checkStackRangeBounds } from './checkStack.ts';
import type { Env } from './env.ts';
import { frameOfPointer } from './env.ts';
import { markPrecise } from './precision.ts';
import { getReg } from './registers.ts';
import { reject, rejectReg } from './rejection.ts';
import { slotAt } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { checkFieldsOfMap } from './specialFields.ts';
import { isConstant, isZeroScalar, RDONLY, typeText } from './state/register.ts';
import { byteType, DYNPTR, SLOT_BYTES } from './state/stack.ts';

/** Memory the helper fills itself, so that it need not be initialised. */
export interface HelperMemory {
  packetAccess: boolean;
  raw: boolean;
  rawSize: number;
  rawReg: number;
  /** Largest size given; some helpers return at most that. */
  maxSize: bigint;
}

interface Request {
  readonly regno: number;
  readonly size: number;
  readonly write: boolean;
  readonly zeroAllowed: boolean;
}

export function checkHelperMemory(env: Env, request: Request, facts: HelperMemory | null): void {
  const { regno, size, write, zeroAllowed } = request;
  const reg = getReg(env, regno);
  switch (reg.kind) {
    case 'packet':
    case 'packetMeta':
      checkPacket(env, regno, reg.off, size, zeroAllowed);
      return;
    case 'mapValue':
      checkMapAccessType(env, regno, reg.off, size, write);
      checkMapValue(env, regno, reg.off, size, zeroAllowed);
      checkFieldsOfMap(env, regno, reg.off, size, false);
      return;
    case 'mem':
      if (write && reg.flags & RDONLY) rejectReg(regno, `R${regno} cannot write into ${typeText(reg)}`);
      checkRegion(env, regno, reg.off, size, reg.memSize, zeroAllowed);
      return;
    case 'stack':
      checkStackMemory(env, request, facts);
      return;
    case 'mapKey':
      if (write) rejectReg(regno, `R${regno} cannot write into ${typeText(reg)}`);
      checkRegion(env, regno, reg.off, size, reg.map?.keySize ?? 0, zeroAllowed);
      return;
    case 'buf':
      if (write && reg.flags & RDONLY) rejectReg(regno, `R${regno} cannot write into ${typeText(reg)}`);
      checkBuffer(reg, regno, reg.off, size);
      return;
    case 'btfId':
      kernelPointerAccess(env, { ...READ, regno, size, write: write && env.can.guardsStructures }, reg.off);
      return;
    case 'ctx':
      if (!CONTEXT_CHECKED_LATER.has(env.program.type)) refuse(regno, reg);
      if (size > 0) checkMemoryAccess(env, { ...READ, regno, off: size - 1, size: 1, write });
      else if (!zeroAllowed) reject();
      return;
    default:
      if (zeroAllowed && size === 0 && isZeroScalar(reg)) return;
      refuse(regno, reg);
  }
}

function refuse(regno: number, reg: RegisterState): never {
  rejectReg(regno, `R${regno} type=${typeText(reg)} expected=fp`);
}

const READ = { off: 0, write: false, valueReg: -1, imm: null, strict: false, signed: false } as const;

/** Types whose context is memory as it stands: its fields are not translated after the verification. */
const CONTEXT_CHECKED_LATER: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'kprobe', 'tracepoint', 'raw_tracepoint', 'raw_tracepoint_writable', 'tracing', 'lsm', 'struct_ops', 'syscall',
  'cgroup_device', 'lirc_mode2', 'netfilter',
]); // prettier-ignore

function checkStackMemory(env: Env, request: Request, facts: HelperMemory | null): void {
  const { regno } = request;
  const reg = getReg(env, regno);
  const range = { ...request, off: reg.off };
  if (facts?.raw !== true || !isConstant(reg)) {
    checkStackRange(env, range);
    return;
  }
  const { min } = checkStackRangeBounds(env, range);
  refuseDynptrs(env, reg, min, request.size);
  facts.rawSize = request.size;
  facts.rawReg = regno;
}

/** A helper that takes uninitialised memory and a dynptr might write the dynptr it reads. */
function refuseDynptrs(env: Env, reg: RegisterState, from: number, size: number): void {
  const frame = frameOfPointer(env, reg);
  for (let off = from; off < from + size; off++) {
    const { types } = slotAt(frame, Math.floor((-off - 1) / SLOT_BYTES));
    if (byteType(types, (-off - 1) % SLOT_BYTES) === DYNPTR)
      reject(`potential write to dynptr at off=${off} disallowed`);
  }
}

export interface SizeRequest {
  readonly write: boolean;
  readonly zeroAllowed: boolean;
  readonly facts: HelperMemory;
}

/** The size of the memory the argument before points to. */
export function checkMemorySize(env: Env, regno: number, request: SizeRequest): void {
  const { bounds } = getReg(env, regno);
  const { facts, write, zeroAllowed } = request;
  facts.maxSize = bounds.umax;
  const constant = isConstant(getReg(env, regno));
  if (bounds.smin < 0n) rejectReg(regno, `R${regno} min value is negative, either use unsigned or 'var &= const'`);
  if (bounds.umin === 0n && !zeroAllowed)
    rejectReg(regno, `R${regno} invalid zero-sized read: u64=[${bounds.umin},${BigInt.asIntN(64, bounds.umax)}]`);
  if (bounds.umax >= 1n << 29n)
    rejectReg(regno, `R${regno} unbounded memory access, use 'var &= const' or 'if (var < const)'`);
  const memory = { regno: regno - 1, size: Number(bounds.umax), write, zeroAllowed };
  checkHelperMemory(env, memory, constant ? facts : null);
  markPrecise(env, regno);
}
