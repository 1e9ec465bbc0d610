/** One instruction must always see the same sort of pointer. Mirrors `save_aux_ptr_type`, v6.18. */
import type { Env } from './env.ts';
import { reject } from './rejection.ts';
import type { RegisterKind } from './state/register.ts';

/** Accesses through these are rewritten after verification, so they cannot share an instruction with others. */
const REWRITTEN: ReadonlySet<RegisterKind> = new Set<RegisterKind>([
  'ctx', 'socket', 'sockCommon', 'tcpSock', 'xdpSock', 'btfId', 'arena',
]); // prettier-ignore

export function notePointerKind(env: Env, kind: RegisterKind): void {
  const before = env.facts.pointerKind[env.pc] ?? null;
  if (before === null) env.facts.pointerKind[env.pc] = kind;
  else if (kind !== before && (REWRITTEN.has(kind) || REWRITTEN.has(before)))
    reject('same insn cannot be used with different pointers');
}
