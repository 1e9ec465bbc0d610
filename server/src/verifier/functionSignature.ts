/** Functions that can be called through a trampoline. Mirrors `btf_distill_func_proto` of kernel/bpf/btf.c, v6.18. */
import type { Btf, BtfType } from '../btf/btf.ts';
import { kindName } from '../btf/kindName.ts';
import { resolve } from '../btf/query.ts';
import { rejectProgram } from './rejection.ts';

/** MAX_BPF_FUNC_ARGS of include/linux/bpf.h. */
const MAX_ARGUMENTS = 12;

export function checkSignature(btf: Btf, name: string, proto: Extract<BtfType, { kind: 'funcProto' }>): void {
  const count = proto.params.length + (proto.variadic ? 1 : 0);
  if (count > MAX_ARGUMENTS) rejectProgram(`The function ${name} has ${count} arguments. Too many.`);
  const returned = resolve(btf, proto.returns);
  const size = sizeOfArgument(returned);
  if (size === null || isStruct(returned))
    rejectProgram(`The function ${name} return type ${kindName(returned)} is unsupported.`);
  proto.params.forEach((param, i) => {
    const type = resolve(btf, param.type);
    const bytes = sizeOfArgument(type);
    if (bytes === null || bytes > 16)
      rejectProgram(`The function ${name} arg${i} type ${kindName(type)} is unsupported.`);
    if (bytes === 0) rejectProgram(`The function ${name} has malformed void argument.`);
  });
  if (proto.variadic) rejectProgram(`The function ${name} with variable args is unsupported.`);
}

function isStruct(type: BtfType): boolean {
  return type.kind === 'struct' || type.kind === 'union';
}

/** Bytes of an argument; 0 for void and null for what cannot be one. Mirrors `__get_type_size`. */
export function sizeOfArgument(type: BtfType): number | null {
  if (type.kind === 'void') return 0;
  if (type.kind === 'ptr') return 8;
  return type.kind === 'int' || type.kind === 'enum' || isStruct(type) ? ('size' in type ? type.size : null) : null;
}
