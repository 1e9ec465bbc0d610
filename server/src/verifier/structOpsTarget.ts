/** The function of a kernel structure that a program implements. Mirrors `check_struct_ops_btf_id`, v6.18. */
import type { Btf, BtfMember } from '../btf/btf.ts';
import { findByName, resolve, typeAt } from '../btf/query.ts';
import { structOpsNamed } from '../kernel/structOps.ts';
import type { AttachTarget, FuncProto } from './attachTarget.ts';
import type { Env } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { isGplCompatible } from './license.ts';
import { rejectProgram, unsupported } from './rejection.ts';

export function structOpsTarget(env: Env): AttachTarget {
  const { program } = env;
  if (!isGplCompatible(program.license)) rejectProgram('struct ops programs must have a GPL compatible license');
  const [structName = '', memberName = ''] = (program.attachTarget ?? '').split('.');
  if (structName === '') return unsupported('struct_ops programs of which nothing says what they implement');
  const btf = kernelTypes(env, 'programs of type struct_ops');
  const id = findByName(btf, 'struct', structName);
  const struct = id === null ? null : typeAt(btf, id);
  if (id === null || struct?.kind !== 'struct')
    return unsupported(`struct ${structName}, which is not among the types of the kernel`);
  if (findByName(btf, 'struct', `bpf_struct_ops_${structName}`) === null)
    rejectProgram(`attach_btf_id ${id} is not a supported struct`);
  const index = /^\d+$/.test(memberName)
    ? Number(memberName)
    : struct.members.findIndex(({ name }) => name === memberName);
  const member = struct.members[index];
  if (member === undefined) rejectProgram(`attach to invalid member idx ${index} of struct ${structName}`);
  const proto = functionOf(btf, member);
  if (proto === null) rejectProgram(`attach to invalid member ${member.name}(@idx ${index}) of struct ${structName}`);
  checkMember(env, structName, member.name);
  const args = stubArguments(btf, structName, member.name);
  return { name: member.name, btf, proto, traced: false, args, struct: structName };
}

function functionOf(btf: Btf, member: BtfMember): FuncProto | null {
  const pointer = resolve(btf, member.type);
  const proto = pointer.kind === 'ptr' ? resolve(btf, pointer.type) : null;
  return proto?.kind === 'funcProto' ? proto : null;
}

function checkMember({ program }: Env, struct: string, member: string): void {
  const known = structOpsNamed(struct);
  if (known === null) return unsupported(`implementing struct ${struct}`);
  if (!known.members.has(member) || (program.sleepable && !known.sleepable.has(member)))
    rejectProgram(`attach to unsupported member ${member} of struct ${struct}`);
}

/**
 * What the kernel says of arguments by the names they have in its own empty function: they may be null, or come with a
 * reference. Mirrors `prepare_arg_info` of kernel/bpf/bpf_struct_ops.c.
 */
function stubArguments(btf: Btf, struct: string, member: string): AttachTarget['args'] {
  const id = findByName(btf, 'func', `${struct}__${member}`);
  const func = id === null ? null : typeAt(btf, id);
  const proto = func?.kind === 'func' ? typeAt(btf, func.type) : null;
  if (proto?.kind !== 'funcProto') return {};
  const known = proto.params.flatMap(({ name }, i): [number, 'trusted' | 'referenced'][] =>
    name.endsWith('__nullable') ? [[i, 'trusted']] : name.endsWith('__ref') ? [[i, 'referenced']] : [],
  );
  return Object.fromEntries(known);
}
