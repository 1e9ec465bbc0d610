/** Pointers to kernel structures as helper arguments. Mirrors the end of `check_reg_type`, v6.18. */
import { findByName, nameOf, typeAt } from '../btf/query.ts';
import type { HelperArg } from '../kernel/helpers.ts';
import { structTaken } from '../kernel/helperTypes.ts';
import type { Argument, KnownHelper } from './callFacts.ts';
import type { Env } from './env.ts';
import { checkKptrMatch } from './kptrAccess.ts';
import { rejectReg, unsupported } from './rejection.ts';
import { ALLOC, mayBeNull, PERCPU, typeText } from './state/register.ts';
import type { RegisterState } from './state/register.ts';
import { matchStructs } from './structWalk.ts';

const SK_RELEASE = 86;

/** The register's kind and flags are among those that the argument takes. */
export function checkTypedArgument(env: Env, { regno, arg, helper, facts }: Argument, reg: RegisterState): void {
  if (arg.type === 'mem' || arg.type === 'mapKey' || arg.type === 'mapValue') {
    if (!arg.readOnly)
      rejectReg(regno, `${helper.name}() may write into memory pointed by R${regno} type=${typeText(reg)}`);
    return;
  }
  // Objects of the program's own and per-CPU variables are looked at by what takes them.
  if (reg.flags & (ALLOC | PERCPU)) {
    if (reg.flags & ALLOC && mayBeNull(reg))
      rejectReg(regno, 'verifier bug: invalid PTR_TO_BTF_ID register for type match');
    if (reg.flags & ALLOC && facts.kptr !== null) checkKptrMatch(env, regno, facts.kptr);
    return;
  }
  if (mayBeNull(reg) && (!arg.orNull || arg.release))
    rejectReg(regno, `Possibly NULL pointer passed to helper arg${regno}`);
  if (facts.kptr === null) checkStruct(env, regno, reg, arg, helper);
  else checkKptrMatch(env, regno, facts.kptr);
}

function checkStruct(env: Env, regno: number, reg: RegisterState, arg: HelperArg, helper: KnownHelper): void {
  const { btf } = reg;
  const wanted = arg.type === 'btfIdSockCommon' ? 'sock_common' : structTaken(helper.id);
  if (btf === null || wanted === null) return unsupported(`helper ${helper.name}`);
  const kernel = env.options.kernelBtf ?? btf;
  const id = findByName(kernel, 'struct', wanted);
  if (id === null) return unsupported(`struct ${wanted}, which is not among the types of the kernel`);
  const strict = arg.release && helper.id !== SK_RELEASE;
  const match = kernel === btf ? matchStructs(btf, reg.btfId, reg.off, id, strict) : { same: false, lines: [] };
  if (match.same) return;
  const own = nameOf(typeAt(btf, reg.btfId));
  rejectReg(regno, ...match.lines, `R${regno} is of type ${own} but ${wanted} is expected`);
}
