import { assembleText, type Language } from '../asm/assembleText.ts';
import type { AsmFile } from '../asm/assembler/syntax.ts';
import { sourceText } from '../base/source.ts';
import { readObject, type ReadOptions } from '../elf/readObject.ts';
import type { BpfObject } from '../program/program.ts';

/** Why a file cannot be used. `problem` does not name it: whoever shows it does. */
interface Unopened {
  readonly problem: string;
  readonly unsupported: boolean;
}

/** What a program file turned out to be. */
export type OpenedObject = { readonly object: BpfObject; readonly asm: AsmFile | null } | Unopened;

export type OpenedText = { readonly object: BpfObject; readonly asm: AsmFile } | Unopened;

const LARGEST_TEXT_BYTES = 64 * 1024 * 1024;

/** Reads assembly or an ELF object; the first bytes and the name tell which. */
export function openObject(path: string, bytes: Uint8Array, options: ReadOptions = {}): OpenedObject {
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46)
    return { object: readObject(path, bytes, options), asm: null };
  if (/\.(bpfasm|s|asm|ebpf|cbpf)$/i.test(path)) return openText(path, bytes);
  if (/\.c$/i.test(path)) return { problem: 'a C source has to be compiled first', unsupported: true };
  if (/\.o$/i.test(path)) return { problem: 'not an ELF object', unsupported: false };
  return {
    problem: 'unknown kind of file: expected assembly (.bpfasm, .s, .asm, .ebpf), classic BPF (.cbpf) or an ELF object',
    unsupported: false,
  };
}

/** Reads a text as classic BPF, whatever its file is called. */
export function openClassic(path: string, bytes: Uint8Array): OpenedText {
  return openText(path, bytes, 'cbpf');
}

function openText(path: string, bytes: Uint8Array, language?: Language): OpenedText {
  if (bytes.length > LARGEST_TEXT_BYTES)
    return { problem: `the file has ${bytes.length} bytes; 64 MiB is the limit`, unsupported: false };
  const problem = notText(bytes);
  if (problem !== null) return { problem, unsupported: false };
  const asm = assembleText(sourceText(path, new TextDecoder().decode(bytes)), language);
  return { object: asm.object, asm };
}

/** A thousand complaints about the signs in it would not say what is wrong. */
function notText(bytes: Uint8Array): string | null {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (wide) return 'the text is in UTF-16; save it as UTF-8';
  return bytes.subarray(0, LOOKED_AT_BYTES).includes(0) ? 'this is no text: it has zero bytes' : null;
}

const LOOKED_AT_BYTES = 4096;
