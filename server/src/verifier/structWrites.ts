/** Writes to kernel structures: only a few hooks allow any. Mirrors the `btf_struct_access` functions of v6.18. */
import type { Btf, BtfMember } from '../btf/btf.ts';
import { findByName, resolve, resolveId, sizeOf, typeAt } from '../btf/query.ts';
import { structOpsNamed } from '../kernel/structOps.ts';
import type { Env } from './env.ts';
import { rejectReg, unsupported } from './rejection.ts';
import type { RegisterState } from './state/register.ts';

export function checkStructWrite(env: Env, reg: RegisterState, regno: number, off: number, size: number): void {
  const { type } = env.program;
  const { btf } = reg;
  if (btf === null) return;
  if (type === 'struct_ops') {
    writeToOps(env, btf, reg, regno, off, size);
    return;
  }
  if ((type === 'xdp' || type === 'sched_cls' || type === 'sched_act') && isConnection(btf, reg.btfId)) {
    writeToConnection(btf, reg.btfId, regno, off, size);
    return;
  }
  rejectReg(regno, 'only read is supported');
}

function isConnection(btf: Btf, id: number): boolean {
  const type = typeAt(btf, id);
  return type.kind === 'struct' && CONNECTIONS.has(type.name);
}

/** A connection of the packet filter, and one that is being made; both have the same fields. */
const CONNECTIONS: ReadonlySet<string> = new Set(['nf_conn', 'nf_conn___init']);

/** Mirrors `_nf_conntrack_btf_struct_access` of net/netfilter/nf_conntrack_bpf.c: only the mark, where there is one. */
function writeToConnection(btf: Btf, id: number, regno: number, off: number, size: number): void {
  const connection = findByName(btf, 'struct', 'nf_conn') ?? id;
  const fields = placeOf(btf, connection, ['mark']) === null ? [] : ['mark'];
  writeToField(btf, connection, { struct: 'nf_conn', fields }, regno, off, size);
}

function writeToOps(env: Env, btf: Btf, reg: RegisterState, regno: number, off: number, size: number): void {
  const known = structOpsNamed(env.target?.struct ?? '');
  if (known === null) return unsupported('writes to kernel structures');
  const { struct, fields } = known.writes;
  const id = findByName(btf, 'struct', struct);
  const bytes = id === null ? null : sizeOf(btf, id);
  if (id === null || bytes === null) return unsupported(`struct ${struct}, which is not among the types of the kernel`);
  if (resolveId(btf, reg.btfId) !== id)
    rejectReg(regno, fields === null ? `only access to ${struct} is supported` : 'only read is supported');
  if (fields === null) {
    if (off + size > bytes) rejectReg(regno, `write access at off ${off} with size ${size}`);
    return;
  }
  writeToField(btf, id, { struct, fields }, regno, off, size);
}

function writeToField(
  btf: Btf,
  id: number,
  { struct, fields }: { readonly struct: string; readonly fields: readonly string[] },
  regno: number,
  off: number,
  size: number,
): void {
  for (const field of fields) {
    const place = placeOf(btf, id, field.split('.'));
    if (place === null) return unsupported(`the field ${field} of struct ${struct}`);
    const inside = place.isArray ? off >= place.start && off < place.end : off === place.start;
    if (!inside) continue;
    if (off + size <= place.end) return;
    rejectReg(
      regno,
      `write access at off ${off} with size ${size} beyond the member of ${struct} ended at ${place.end}`,
    );
  }
  rejectReg(regno, `no write support to ${struct} at off ${off}`);
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly isArray: boolean;
}

/** Where a field lies, however deep in the structures at the beginning or without name. */
function placeOf(btf: Btf, id: number, path: readonly string[], base = 0, depth = 0): Place | null {
  const struct = resolve(btf, id);
  if ((struct.kind !== 'struct' && struct.kind !== 'union') || depth > 8) return null;
  const [name = '', ...rest] = path;
  const own = struct.members.find((member) => member.name === name);
  if (own !== undefined) {
    const start = base + (own.offsetBits >>> 3);
    return rest.length > 0 ? placeOf(btf, own.type, rest, start, depth + 1) : placed(btf, own, start);
  }
  for (const [i, member] of struct.members.entries()) {
    if (i > 0 && member.name !== '') continue;
    const found = placeOf(btf, member.type, path, base + (member.offsetBits >>> 3), depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function placed(btf: Btf, member: BtfMember, start: number): Place {
  const isArray = resolve(btf, member.type).kind === 'array';
  const bytes =
    member.bitSize > 0 ? ((member.offsetBits + member.bitSize + 7) >>> 3) - start : (sizeOf(btf, member.type) ?? 0);
  return { start, end: start + bytes, isArray };
}
