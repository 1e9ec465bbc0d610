import { ATTACH_TYPES } from '../../server/src/kernel/attachTypes.ts';
import { contextOf, ctxAccess } from '../../server/src/kernel/contextAccess.ts';
import { CONTEXTS, type Context, type CtxField } from '../../server/src/kernel/contexts.ts';
import { PROGRAM_TYPES, type ProgramType } from '../../server/src/kernel/programTypes.ts';
import { code, table } from './table.mts';

/** A context's fields: where they lie, since when, and which types may read and write them. */
export function contextTable(name: string): string {
  const context = (CONTEXTS as Readonly<Record<string, Context>>)[name];
  if (context === undefined) throw new Error(`there is no context ${name}`);
  const types = PROGRAM_TYPES.filter((type) => contextOf(type) === context);
  const rows = context.fields.map((field) => [
    code(field.name),
    code(field.type),
    String(field.off),
    field.since,
    ...(types.length === 0 ? [] : [whoMay(types, field, false), whoMay(types, field, true)]),
    field.doc,
  ]);
  return table(
    ['field', 'type', 'offset', 'since', ...(types.length === 0 ? [] : ['read by', 'written by']), 'what'],
    rows,
  );
}

/** Types, and where only some attach types may: "sock_addr (4)" would say less than their names, so these are told. */
function whoMay(types: readonly ProgramType[], field: CtxField, write: boolean): string {
  const typed = types.filter((type) => contextOf(type)?.name === 'arguments');
  if (typed.length > 0) return write ? '–' : 'by BTF';
  const some = types.map((type) => attachedThatMay(type, field, write));
  if (some.every((attached) => attached === 'all')) return 'all';
  const told = types.flatMap((type, i) => {
    const attached = some[i];
    if (attached === undefined || attached === 'none') return [];
    return [attached === 'all' ? code(type) : attached.map(code).join(', ')];
  });
  return told.length === 0 ? '–' : told.join(', ');
}

function attachedThatMay(type: ProgramType, field: CtxField, write: boolean): 'all' | 'none' | readonly string[] {
  const own = ATTACH_TYPES.filter((attached) => OWN[type]?.test(attached) ?? true);
  const mine = own.filter((attached) => mayTouch(type, attached, field, write));
  if (mine.length === 0) return 'none';
  return mine.length === own.length ? 'all' : mine;
}

/** Attach types of those whose programs see different fields. */
const OWN: Partial<Record<ProgramType, RegExp>> = {
  xdp: /^xdp/,
  cgroup_sock: /_sock_(create|release)$|_post_bind$/,
  cgroup_sock_addr: /_(bind|connect|sendmsg|recvmsg|getpeername|getsockname)$/,
  cgroup_sockopt: /_[gs]etsockopt$/,
};

/** Fields may lie over each other, so any place in the field counts at which it is the one that is meant. */
function mayTouch(type: ProgramType, attached: string, field: CtxField, write: boolean): boolean {
  const { off, size } = field;
  const ends = Array.from({ length: Math.min(size, 64) }, (_, i) => off + i);
  return ends.some((at) =>
    [1, 2, 4, 8].some((width) => {
      const access = ctxAccess(type, attached, at, width, write);
      return access.ok && access.field === field;
    }),
  );
}
