import type { Btf, BtfType } from '../btf/btf.ts';
import { nameOf, resolve } from '../btf/query.ts';
import { essentialName } from './essentialName.ts';
import { fail } from './failure.ts';

/** Types nested deeper are not compared. */
const MAX_DEPTH = 32;

/** Whether the kernel's field can stand for the program's. Mirrors `bpf_core_fields_are_compat` of libbpf, v6.12. */
export function fieldsCompatible(local: Btf, localId: number, kernel: Btf, kernelId: number): boolean {
  let [mine, theirs] = [resolve(local, localId), resolve(kernel, kernelId)];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (isComposite(mine) && isComposite(theirs)) return true;
    if (mine.kind === 'array' && theirs.kind === 'array')
      [mine, theirs] = [resolve(local, mine.type), resolve(kernel, theirs.type)];
    else return leavesCompatible(mine, theirs);
  }
  return fail('its types are nested too deeply');
}

function isComposite(type: BtfType): boolean {
  return type.kind === 'struct' || type.kind === 'union';
}

function leavesCompatible(mine: BtfType, theirs: BtfType): boolean {
  if (mine.kind !== theirs.kind) return false;
  if (mine.kind === 'ptr' || mine.kind === 'float') return true;
  if (mine.kind === 'int') return isWhole(mine) && isWhole(theirs);
  return (mine.kind === 'enum' || mine.kind === 'fwd') && namesAgree(nameOf(mine), nameOf(theirs));
}

function namesAgree(mine: string, theirs: string): boolean {
  return mine === '' || theirs === '' || essentialName(mine) === essentialName(theirs);
}

/** Integers that are bit fields by their type are long out of use. */
function isWhole(type: BtfType): boolean {
  return type.kind === 'int' && type.offsetBits === 0;
}

/**
 * Whether the kernel's type is of the program's shape; what the types are called does not count. Mirrors
 * `__bpf_core_types_are_compat` of libbpf, v6.12.
 */
export function typesCompatible(
  local: Btf,
  localId: number,
  kernel: Btf,
  kernelId: number,
  level = MAX_DEPTH,
): boolean {
  let [mine, theirs] = [resolve(local, localId), resolve(kernel, kernelId)];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (mine.kind !== theirs.kind) return false;
    if (SAME_KIND_IS_ENOUGH.has(mine.kind)) return true;
    if (mine.kind === 'int') return isWhole(mine) && isWhole(theirs);
    if (mine.kind === 'funcProto' && theirs.kind === 'funcProto') {
      if (!parametersCompatible(local, mine, kernel, theirs, level)) return false;
      [mine, theirs] = [resolve(local, mine.returns), resolve(kernel, theirs.returns)];
    } else if ((mine.kind === 'ptr' && theirs.kind === 'ptr') || (mine.kind === 'array' && theirs.kind === 'array'))
      [mine, theirs] = [resolve(local, mine.type), resolve(kernel, theirs.type)];
    else return false;
  }
  return fail('its types are nested too deeply');
}

const SAME_KIND_IS_ENOUGH: ReadonlySet<BtfType['kind']> = new Set(['void', 'struct', 'union', 'enum', 'fwd']);

type Proto = Extract<BtfType, { kind: 'funcProto' }>;

function parametersCompatible(local: Btf, mine: Proto, kernel: Btf, theirs: Proto, level: number): boolean {
  if (mine.params.length !== theirs.params.length || mine.variadic !== theirs.variadic) return false;
  if (mine.params.length > 0 && level <= 0) fail('its types are nested too deeply');
  return mine.params.every(({ type }, i) =>
    typesCompatible(local, type, kernel, theirs.params[i]?.type ?? 0, level - 1),
  );
}
