import type { Btf, BtfType } from '../btf/btf.ts';
import { nameOf, resolve } from '../btf/query.ts';
import { essentialName } from './essentialName.ts';
import { fail } from './failure.ts';

const MAX_DEPTH = 32;

type OfKind<K extends BtfType['kind']> = Extract<BtfType, { kind: K }>;

/** The program's types and the kernel's. */
export interface Sides {
  readonly local: Btf;
  readonly kernel: Btf;
}

/**
 * Whether all that the program declares of a type is in the kernel's as well, by name and kind. Behind pointers only the
 * names of structs count. Mirrors `__bpf_core_types_match` of libbpf, v6.12.
 */
export function typesMatch(sides: Sides, localId: number, kernelId: number): boolean {
  return match(sides, localId, kernelId, { behindPointer: false, level: MAX_DEPTH });
}

interface Where {
  readonly behindPointer: boolean;
  /** How many members and parameters the way may still lead through. */
  readonly level: number;
}

function match(sides: Sides, localId: number, kernelId: number, where: Where): boolean {
  if (where.level <= 0) fail('its types are nested too deeply');
  let { behindPointer } = where;
  let [mine, theirs] = [resolve(sides.local, localId), resolve(sides.kernel, kernelId)];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (!namesMatch(nameOf(mine), nameOf(theirs))) return false;
    const here = { behindPointer, level: where.level - 1 };
    const next = inner(sides, mine, theirs, here);
    if (next === null) return leavesMatch(sides, mine, theirs, here);
    if (next === false) return false;
    behindPointer ||= mine.kind === 'ptr';
    [mine, theirs] = next;
  }
  return fail('its types are nested too deeply');
}

/** Mirrors `bpf_core_names_match`. */
function namesMatch(mine: string, theirs: string): boolean {
  return essentialName(mine) === essentialName(theirs);
}

/** The types behind pointers, arrays and functions; null for others, false where the two differ. */
function inner(sides: Sides, mine: BtfType, theirs: BtfType, where: Where): [BtfType, BtfType] | null | false {
  if (mine.kind === 'funcProto')
    return theirs.kind === 'funcProto' && parametersMatch(sides, mine, theirs, where)
      ? [resolve(sides.local, mine.returns), resolve(sides.kernel, theirs.returns)]
      : false;
  if (mine.kind !== 'ptr' && mine.kind !== 'array') return null;
  if (theirs.kind !== mine.kind) return false;
  if (mine.kind === 'array' && mine.length !== (theirs as OfKind<'array'>).length) return false;
  return [resolve(sides.local, mine.type), resolve(sides.kernel, theirs.type)];
}

function parametersMatch(sides: Sides, mine: OfKind<'funcProto'>, theirs: OfKind<'funcProto'>, where: Where): boolean {
  if (mine.params.length !== theirs.params.length || mine.variadic !== theirs.variadic) return false;
  return mine.params.every(({ type }, i) => match(sides, type, theirs.params[i]?.type ?? 0, where));
}

function leavesMatch(sides: Sides, mine: BtfType, theirs: BtfType, where: Where): boolean {
  const { behindPointer } = where;
  switch (mine.kind) {
    case 'void':
      return theirs.kind === 'void';
    case 'fwd':
      if (theirs.kind === 'fwd') return mine.union === theirs.union;
      return behindPointer && theirs.kind === (mine.union ? 'union' : 'struct');
    case 'enum':
      return theirs.kind === 'enum' && enumsMatch(mine, theirs);
    case 'int':
      return theirs.kind === 'int' && mine.size === theirs.size && mine.signed === theirs.signed;
    case 'struct':
    case 'union':
      if (mine.kind !== theirs.kind)
        return behindPointer && theirs.kind === 'fwd' && theirs.union === (mine.kind === 'union');
      return behindPointer || membersMatch(sides, mine, theirs, where);
    default:
      return false;
  }
}

function enumsMatch(mine: OfKind<'enum'>, theirs: OfKind<'enum'>): boolean {
  if (mine.size !== theirs.size || mine.values.length > theirs.values.length) return false;
  return mine.values.every(({ name }) => theirs.values.some((value) => namesMatch(name, value.name)));
}

type Composite = OfKind<'struct' | 'union'>;

function membersMatch(sides: Sides, mine: Composite, theirs: Composite, where: Where): boolean {
  if (mine.members.length > theirs.members.length) return false;
  return mine.members.every(({ name, type }) =>
    theirs.members.some((member) => namesMatch(name, member.name) && match(sides, type, member.type, where)),
  );
}
