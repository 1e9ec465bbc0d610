import type { Span } from '../base/source.ts';

/** An ELF file taken apart, without any knowledge of what its sections mean. */
export interface Elf {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly machine: number;
  /** By section number; the first is the null section. */
  readonly sections: readonly ElfSection[];
  /** By symbol number; the first is the null symbol. */
  readonly symbols: readonly ElfSymbol[];
}

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Also of sections without bytes in the file (.bss). Not to be trusted there. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  /** A view of the file; empty for sections without bytes in it. */
  readonly data: Uint8Array;
  /** Where `data` lies in the file. */
  readonly span: Span;
}

export interface ElfSymbol {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  readonly visibility: number;
  /** Section number; 0 is undefined, from 0xff00 on it has special meanings. */
  readonly section: number;
  /** Bytes from the beginning of the section. */
  readonly value: number;
  readonly size: number;
  readonly span: Span;
}

export interface ElfRelocation {
  /** Bytes from the beginning of the section it applies to. */
  readonly offset: number;
  readonly type: number;
  /** Null when the file has no such symbol. */
  readonly symbol: ElfSymbol | null;
  readonly span: Span;
}

/** Source: the ELF specification and llvm/BinaryFormat/ELF.h. */
export const MACHINE = { none: 0, bpf: 247 } as const;
export const SECTION_TYPE = {
  null: 0, progbits: 1, symtab: 2, strtab: 3, rela: 4, note: 7, nobits: 8, rel: 9, group: 17, symtabShndx: 18,
  llvmAddrsig: 0x6fff_4c03,
} as const; // prettier-ignore
export const SECTION_FLAG = { alloc: 2, execute: 4, compressed: 0x800 } as const;
export const SYMBOL_TYPE = { none: 0, object: 1, func: 2, section: 3, file: 4 } as const;
export const BINDING = { local: 0, global: 1, weak: 2 } as const;
export const VISIBILITY = { default: 0, internal: 1, hidden: 2, protected: 3 } as const;
/** Section numbers from here on are no sections. */
export const SECTION_RESERVED = 0xff00;

/** R_BPF_*, and what GNU binutils up to 2.40 calls by the same numbers. Source: llvm/BinaryFormat/ELFRelocs/BPF.def. */
export const RELOCATION: Readonly<Record<number, string>> = {
  0: 'R_BPF_NONE', 1: 'R_BPF_64_64', 2: 'R_BPF_64_ABS64', 3: 'R_BPF_64_ABS32', 4: 'R_BPF_64_NODYLD32', 10: 'R_BPF_64_32',
}; // prettier-ignore
