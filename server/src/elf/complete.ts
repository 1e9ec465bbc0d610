import { kfuncIndex } from '../kernel/kfuncs.ts';
import type { Need } from '../program/program.ts';
import type { Linked } from './link.ts';
import type { CodeRelocation, CodeRelocations } from './relocations.ts';

/** A place of a linked program that only a running kernel can complete. */
export interface External {
  readonly pc: number;
  readonly relocation: Extract<CodeRelocation, { kind: 'kfunc' | 'kernelSymbol' | 'kernelConfig' }>;
}

const PSEUDO_MAP = 1;
const PSEUDO_MAP_VALUE = 2;
const PSEUDO_KFUNC = 2;
const PSEUDO_BTF_ID = 3;

/**
 * Writes maps, addresses of variables and kernel functions into the linked instructions, in the form of a `Program`:
 * map indexes instead of file descriptors, the object's own BTF ids instead of the kernel's. Mirrors
 * `bpf_object__relocate_data` of libbpf.
 */
export function completeCode(linked: Linked, relocationsOf: (section: number) => CodeRelocations): External[] {
  const externals: External[] = [];
  const code = new DataView(linked.code.buffer, linked.code.byteOffset, linked.code.byteLength);
  for (const { fn, base } of linked.parts) {
    const relocations = relocationsOf(fn.section.index);
    for (let offset = fn.start; offset < fn.end; offset += 8) {
      const relocation = relocations.get(offset);
      const pc = base + (offset - fn.start) / 8;
      if (relocation === undefined) {
        if (code.getUint8(pc * 8) === LOAD_WIDE) detachRawMap(code, pc * 8);
        continue;
      }
      completeSlot(code, pc * 8, relocation);
      if (isExternal(relocation)) externals.push({ pc, relocation });
    }
  }
  return externals;
}

/**
 * An instruction that was written with the number of a map's file in it refers to no map of the object: its number
 * must not be taken for an index.
 */
function detachRawMap(code: DataView, at: number): void {
  if (MAP_SOURCES.has(code.getUint8(at + 1) >> 4)) code.setInt32(at + 4, -1, true);
}

const LOAD_WIDE = 0x18;
const MAP_SOURCES: ReadonlySet<number> = new Set([1, 2, 5, 6]);

function isExternal(relocation: CodeRelocation): relocation is External['relocation'] {
  return relocation.kind === 'kfunc' || relocation.kind === 'kernelSymbol' || relocation.kind === 'kernelConfig';
}

function completeSlot(code: DataView, at: number, relocation: CodeRelocation): void {
  switch (relocation.kind) {
    case 'map':
      setSource(code, at, PSEUDO_MAP);
      code.setInt32(at + 4, relocation.map, true);
      return;
    case 'data':
      setSource(code, at, PSEUDO_MAP_VALUE);
      code.setInt32(at + 12, code.getInt32(at + 4, true) + relocation.offset, true);
      code.setInt32(at + 4, relocation.map, true);
      return;
    case 'kfunc':
      setSource(code, at, PSEUDO_KFUNC);
      code.setInt32(at + 4, relocation.typeId, true);
      return;
    case 'kernelSymbol':
    case 'kernelConfig':
      setSource(code, at, PSEUDO_BTF_ID);
      code.setInt32(at + 4, relocation.typeId, true);
      return;
    case 'kfuncAddress':
      setSource(code, at, 0);
      code.setInt32(at + 4, KFUNC_TEXT + 16 * kfuncIndex(relocation.name), true);
      code.setInt32(at + 12, KERNEL_HIGH, true);
      return;
    case 'call':
    case 'address':
    case 'broken':
      return;
  }
}

/** Addresses where a kernel has its code, none of which can be read or called; programs only ask whether they are 0. */
const KFUNC_TEXT = 0x8100_0000 | 0;
const KERNEL_HIGH = -1;

function setSource(code: DataView, at: number, source: number): void {
  code.setUint8(at + 1, (code.getUint8(at + 1) & 0xf) | (source << 4));
}

/** What the program needs of a kernel because of an external; null for a kernel function, whose call says so itself. */
export function needOf({ pc, relocation }: External): Need | null {
  const { kind, name } = relocation;
  if (kind === 'kfunc') return null;
  return kind === 'kernelSymbol'
    ? { pc, code: 'kernel-symbol', what: `the address of ${name}, a variable of the kernel` }
    : { pc, code: 'kernel-config', what: `the value of ${name}, a setting of the kernel` };
}
