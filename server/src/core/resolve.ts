import type { Btf } from '../btf/btf.ts';
import type { CoreRelocation } from '../btf/ext.ts';
import { nameOf, typeAt } from '../btf/query.ts';
import { answerOf, mayResize, type Answer } from './answer.ts';
import { candidatesFor } from './candidates.ts';
import { CoreFailure, fail } from './failure.ts';
import { ASKED } from './kinds.ts';
import { matchSpec } from './matchSpec.ts';
import { parseSpec, type Spec } from './spec.ts';

/** What an instruction is to be changed to. Mirrors `struct bpf_core_relo_res` of libbpf. */
export interface Resolution {
  /** What the compiler put in, from the program's own types; null where that does not matter. */
  readonly before: bigint | null;
  /** Null: the kernel has nothing to put in, so the instruction must never run. */
  readonly after: bigint | null;
  /** Bytes of the field in the program's types and in the kernel's. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** A load or store of the field cannot be made as wide as the field is in the kernel. */
  readonly unfit: boolean;
  /** Why there is nothing to put in. */
  readonly missing: 'type' | 'field' | null;
}

/** Answers relocations of one object from the types of one kernel. A text says why the whole object cannot be loaded. */
export type CoreResolver = (relocation: CoreRelocation) => Resolution | string;

/** Mirrors `bpf_core_calc_relo_insn` of libbpf, v6.12. */
export function createCoreResolver(local: Btf, kernel: Btf): CoreResolver {
  const candidates = new Map<number, number[]>();
  return (relocation) => {
    try {
      return resolveOne(local, kernel, candidates, relocation);
    } catch (error) {
      if (error instanceof CoreFailure) return error.message;
      throw error;
    }
  };
}

/** Candidates that do not fit one relocation are not asked again for others about the same type. */
function resolveOne(local: Btf, kernel: Btf, all: Map<number, number[]>, relocation: CoreRelocation): Resolution {
  const { type, kind } = relocation;
  const spec = parseSpec(local, relocation);
  if (kind === ASKED.localTypeId) return { ...NOTHING, after: BigInt(type), before: null };
  if (nameOf(typeAt(local, type)) === '') fail('the type has no name by which the kernel’s could be found');
  const candidates = all.get(type) ?? candidatesFor(local, type, kernel);
  const fitting = candidates.flatMap((id) => {
    const match = matchSpec(spec, kind, kernel, id);
    return match === null ? [] : [{ id, match }];
  });
  all.set(type, fitting.length > 0 ? fitting.map(({ id }) => id) : candidates);
  const [first, ...others] = fitting;
  const found = first?.match ?? null;
  const resolution = resolutionOf(spec, found, kind);
  for (const { match } of others) mustAgree(found, resolution, match, resolutionOf(spec, match, kind));
  const missing = candidates.length === 0 ? 'type' : 'field';
  return resolution.after === null ? { ...resolution, missing } : resolution;
}

const NOTHING: Resolution = { before: null, after: null, bytesBefore: 0, bytesAfter: 0, unfit: false, missing: null };

function resolutionOf(local: Spec, found: Spec | null, kind: number): Resolution {
  const before = answerOf(local, kind);
  const after = answerOf(found, kind);
  if (before === null || after === null || found === null) return { ...NOTHING, ...values(before, after) };
  const resized = before.bytes !== after.bytes;
  return {
    ...values(before, after),
    bytesBefore: before.bytes,
    bytesAfter: after.bytes,
    unfit: resized && !mayResize(typeAt(local.btf, before.type), typeAt(found.btf, after.type)),
    missing: null,
  };
}

function values(before: Answer | null, after: Answer | null): Pick<Resolution, 'before' | 'after'> {
  return { before: before?.certain === true ? before.value : null, after: after?.value ?? null };
}

/** A kernel may have several types of one name; that is no trouble as long as all answer the same. */
function mustAgree(one: Spec | null, first: Resolution, other: Spec, second: Resolution): void {
  if (one?.bitOffset !== other.bitOffset) fail('the kernel has several types of that name, with the field at different places'); // prettier-ignore
  if (first.after !== second.after) fail('the kernel has several types of that name, which answer differently');
}
