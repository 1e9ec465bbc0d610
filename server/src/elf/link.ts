import { functionAt, type ElfFunction } from './functions.ts';
import type { CodeRelocation, CodeRelocations } from './relocations.ts';

/** A program with everything it calls, in one stretch of little-endian instructions. */
export interface Linked {
  readonly code: Uint8Array;
  readonly parts: readonly LinkedPart[];
}

/** A function's place in the linked program. */
export interface LinkedPart {
  readonly fn: ElfFunction;
  /** First slot. */
  readonly base: number;
}

/** Why a program cannot be linked, at which byte of which section. */
export interface LinkProblem {
  readonly fn: ElfFunction;
  readonly offset: number;
  readonly code: string;
  readonly message: string;
}

/** What linking looks things up in. */
export interface LinkSource {
  /** The functions of `.text`, by place. */
  readonly subprograms: readonly ElfFunction[];
  /** Little-endian instructions of a section. */
  codeOf(fn: ElfFunction): Uint8Array;
  relocationsOf(fn: ElfFunction): CodeRelocations;
}

/** More instructions than any kernel loads. */
const MAX_SLOTS = 1_000_000;

/**
 * Appends to a program every function of `.text` that it calls or takes the address of, each once, when it is first
 * met; a function's own calls are followed before the walk goes on. The order decides about slot numbers, so it has to
 * be libbpf's. Mirrors `bpf_object__reloc_code` and `bpf_object__append_subprog_code`.
 */
export function link(source: LinkSource, main: ElfFunction, alsoAppended: ElfFunction | null): Linked | LinkProblem {
  const work = newWork(source);
  append(work, main);
  const problem = walk(work) ?? appendCallback(work, alsoAppended);
  if (problem !== null) return problem;
  return { code: work.code.subarray(0, work.slots * 8), parts: [...work.bases].map(([fn, base]) => ({ fn, base })) };
}

interface Work {
  readonly source: LinkSource;
  code: Uint8Array;
  slots: number;
  /** In the order of appending. */
  readonly bases: Map<ElfFunction, number>;
  /** Functions whose calls are being followed, innermost last, each with the next slot to look at. */
  readonly open: { readonly fn: ElfFunction; readonly base: number; next: number }[];
}

function newWork(source: LinkSource): Work {
  return { source, code: new Uint8Array(64), slots: 0, bases: new Map(), open: [] };
}

function append(work: Work, fn: ElfFunction): void {
  const code = work.source.codeOf(fn).subarray(fn.start, fn.end);
  const needed = work.slots * 8 + code.length;
  if (needed > work.code.length) {
    const grown = new Uint8Array(Math.max(needed, work.code.length * 2));
    grown.set(work.code);
    work.code = grown;
  }
  work.code.set(code, work.slots * 8);
  work.bases.set(fn, work.slots);
  work.open.push({ fn, base: work.slots, next: 0 });
  work.slots += code.length / 8;
}

/** The exception callback of a program is entered by the kernel, not by a call. */
function appendCallback(work: Work, callback: ElfFunction | null): LinkProblem | null {
  if (callback === null || work.bases.has(callback)) return null;
  append(work, callback);
  return walk(work);
}

function walk(work: Work): LinkProblem | null {
  for (let top = work.open.at(-1); top !== undefined; top = work.open.at(-1)) {
    const offset = top.fn.start + top.next * 8;
    if (offset >= top.fn.end) {
      work.open.pop();
      continue;
    }
    const at = (top.base + top.next) * 8;
    top.next += work.code[at] === LOAD_WIDE ? 2 : 1;
    const problem = completeAt(work, top.fn, offset, at);
    if (problem !== null) return problem;
  }
  return null;
}

const CALL = 0x85;
const LOAD_WIDE = 0x18;
const PSEUDO_CALL = 1;
const PSEUDO_FUNC = 4;

/** Completes one instruction if it leads to a function, appending that where it is new. */
function completeAt(work: Work, fn: ElfFunction, offset: number, at: number): LinkProblem | null {
  const relocation = work.source.relocationsOf(fn).get(offset);
  if (relocation?.kind === 'broken')
    return { fn, offset, code: 'program-left-out', message: 'one of its relocations cannot be resolved' };
  if (work.code[at] === LOAD_WIDE && offset + 16 > fn.end)
    return { fn, offset, code: 'function-cut-off', message: 'it ends within a two-slot instruction' };
  const target = targetOf(work.code, fn, offset, at, relocation);
  if (target === null) return null;
  const callee = functionAt(work.source.subprograms, target);
  if (callee === null)
    return { fn, offset, code: 'call-target-missing', message: 'it calls a function that is not in section .text' };
  if (work.slots + (callee.end - callee.start) / 8 > MAX_SLOTS)
    return { fn, offset, code: 'program-too-large', message: `it has more than ${MAX_SLOTS} instructions` };
  if (!work.bases.has(callee)) append(work, callee);
  complete(work.code, at, (work.bases.get(callee) ?? 0) - at / 8 - 1);
  return null;
}

function complete(code: Uint8Array, at: number, distance: number): void {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  if (code[at] === LOAD_WIDE) {
    code[at + 1] = ((code[at + 1] ?? 0) & 0xf) | (PSEUDO_FUNC << 4);
    view.setInt32(at + 12, 0, true);
  }
  view.setInt32(at + 4, distance, true);
}

/**
 * Byte of `.text` that the instruction leads to; null when it leads to no function. A relocation against a function
 * comes with an immediate of -1 in calls; against the section, the immediate says how far into it. Without relocation
 * the distance is already that within the section.
 */
function targetOf(
  code: Uint8Array,
  fn: ElfFunction,
  offset: number,
  at: number,
  relocation: CodeRelocation | undefined,
): number | null {
  if (relocation === undefined && code[at] !== CALL) return null;
  const imm = new DataView(code.buffer, code.byteOffset, code.byteLength).getInt32(at + 4, true);
  if (relocation?.kind === 'call') return relocation.offset + (imm + 1) * 8;
  if (relocation?.kind === 'address') return relocation.offset + imm;
  if (relocation !== undefined || (code[at + 1] ?? 0) >> 4 !== PSEUDO_CALL) return null;
  return fn.isSubprogram ? offset + (imm + 1) * 8 : Number.NaN;
}
