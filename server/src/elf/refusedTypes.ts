import type { Btf, BtfType } from '../btf/btf.ts';
import { EMPTY_EXT, type BtfExt } from '../btf/ext.ts';
import { typeAt } from '../btf/query.ts';

/**
 * Why the kernel refuses the type information of a sound file, in the words of a clause; null when it takes it. Loaders
 * then go on without any: no function is verified on its own and maps have no types. What compilers are known to write
 * is looked for, which is not all that the kernel checks.
 */
export function refusalOf(btf: Btf | null): string | null {
  if (btf === null) return null;
  for (const type of btf.types) {
    if (hasUnnamedParameter(btf, type))
      return `a parameter of ${'name' in type ? type.name : 'a function'} has no name`;
    if (hasSeveralEncodings(type))
      return `the integer type ${'name' in type ? type.name : ''} has more than one encoding`;
  }
  return null;
}

/** `int f(void *)` of a function in assembly. Mirrors `btf_func_check` of kernel/bpf/btf.c, v6.12. */
function hasUnnamedParameter(btf: Btf, fn: BtfType): boolean {
  if (fn.kind !== 'func' || fn.linkage === 'extern') return false;
  const proto = typeAt(btf, fn.type);
  return proto.kind === 'funcProto' && proto.params.some((param) => param.name === '' && param.type !== 0);
}

/** gcc 12 says of `char` that it is signed and a character. Mirrors `btf_int_check_meta` of kernel/bpf/btf.c, v6.12. */
function hasSeveralEncodings(type: BtfType): boolean {
  return type.kind === 'int' && Number(type.signed) + Number(type.char) + Number(type.bool) > 1;
}

/** What is left of a file's information when the kernel does not take its types: source lines, which are for people. */
export function withoutFunctions(ext: BtfExt): BtfExt {
  return { ...EMPTY_EXT, lines: ext.lines, coreRelocations: ext.coreRelocations };
}
