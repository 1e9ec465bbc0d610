import { assemble } from '../asm/pseudoC/assemble.ts';
import { sourceText } from '../base/source.ts';
import { readObject } from '../elf/readObject.ts';
import type { BpfObject } from '../program/program.ts';

/** What a program file turned out to be. */
export type OpenedObject = { readonly object: BpfObject } | { readonly problem: string };

const LARGEST_TEXT_BYTES = 64 * 1024 * 1024;

/** Reads assembly or an ELF object; the first bytes and the name tell which. */
export function openObject(path: string, bytes: Uint8Array): OpenedObject {
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46)
    return { object: readObject(path, bytes) };
  if (/\.(bpfasm|s|asm|ebpf)$/i.test(path)) {
    if (bytes.length > LARGEST_TEXT_BYTES)
      return { problem: `${path} has ${bytes.length} bytes; 64 MiB is the limit.` };
    return { object: assemble(sourceText(path, new TextDecoder().decode(bytes))).object };
  }
  if (/\.c$/i.test(path))
    return { problem: 'C sources are not supported yet: compile with clang and give the object.' };
  return { problem: `${path} is neither eBPF assembly (.bpfasm, .s, .ebpf) nor an ELF object.` };
}
