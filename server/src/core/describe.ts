import type { Btf } from '../btf/btf.ts';
import { CORE_KINDS, type CoreRelocation } from '../btf/ext.ts';
import { nameOf, resolve, typeAt } from '../btf/query.ts';
import { subjectOf } from './kinds.ts';

/** "the byte offset of a field, task_struct.pid". */
export function describeCore(btf: Btf | null, record: CoreRelocation): string {
  const kind = CORE_KINDS[record.kind] ?? `relocation of the unknown kind ${record.kind}`;
  return `the ${kind}, ${btf === null ? `type ${record.type}` : pathText(btf, record)}`;
}

/** Follows `0:2:1`: the first number indexes an array of the type, each further one a member or element. */
function pathText(btf: Btf, record: CoreRelocation): string {
  let type = resolve(btf, record.type);
  let text = nameOf(type) || nameOf(typeAt(btf, record.type)) || `type ${record.type}`;
  const steps = record.access.split(':').map(Number).slice(0, 64);
  if (type.kind === 'enum' && subjectOf(record.kind) === 'enumValue')
    return `${text}::${type.values[steps[0] ?? 0]?.name ?? record.access}`;
  for (const step of steps.slice(1)) {
    if (type.kind === 'struct' || type.kind === 'union') {
      const member: { name: string; type: number } | undefined = type.members[step];
      if (member === undefined) return text;
      if (member.name !== '') text += `.${member.name}`;
      type = resolve(btf, member.type);
    } else if (type.kind === 'array') {
      text += `[${step}]`;
      type = resolve(btf, type.type);
    } else return text;
  }
  return text;
}
