import type { Btf } from '../btf/btf.ts';
import { openBtf } from '../btf/openBtf.ts';
import { findByName } from '../btf/query.ts';
import { MACHINE } from './elf.ts';
import { sectionOf } from './readElf.ts';

export type KernelBtf = { readonly btf: Btf } | { readonly problem: string };

/**
 * Opens the types of a kernel: a file such as /sys/kernel/btf/vmlinux, or the ELF file vmlinux with a `.BTF` section.
 * `problem` does not name the file: whoever shows it does.
 */
export function openKernelBtf(bytes: Uint8Array): KernelBtf {
  const isElf = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  const section = isElf ? sectionOf(bytes, '.BTF') : { machine: 0, data: bytes };
  if (section === null)
    return { problem: 'the ELF file has no .BTF section: its kernel was built without CONFIG_DEBUG_INFO_BTF' };
  if (isElf && section.machine === MACHINE.bpf)
    return { problem: 'these are the types of a BPF program, not those of a kernel' };
  const { btf, diagnostics } = openBtf(section.data);
  const [problem] = diagnostics;
  if (btf === null || problem !== undefined) return { problem: problem?.message ?? 'the type data is damaged' };
  if (findByName(btf, 'struct', 'task_struct') === null) return { problem: NOT_WHOLE };
  return { btf };
}

const NOT_WHOLE =
  "these are not the types of a whole kernel: struct task_struct is missing (a module's types are no use alone)";
