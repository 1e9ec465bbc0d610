import { errorAt, type Diagnostic } from '../base/diagnostic.ts';
import type { Btf } from '../btf/btf.ts';
import type { CoreRelocation } from '../btf/ext.ts';
import { decode } from '../isa/decode.ts';
import { encode } from '../isa/encode.ts';
import type { BpfObject, CorePlace, Need, Program } from '../program/program.ts';
import { describeCore } from './describe.ts';
import { patch } from './patch.ts';
import { createCoreResolver, type Resolution } from './resolve.ts';

/** The types of a kernel, and what to call it when they lack something: "Linux 6.1", a file's name. */
export interface Kernel {
  readonly name: string;
  readonly btf: Btf;
}

/**
 * The object as libbpf loads it into that kernel: each instruction that depends on the layout of the kernel's types is
 * changed to it. What the types have no answer for may be in code that never runs, so it becomes an instruction that the
 * verifier refuses only where it can be reached. Mirrors `bpf_object__relocate_core`, v6.12.
 */
export function withKernel(object: BpfObject, kernel: Kernel): BpfObject {
  const { btf, coreRelocations = [] } = object;
  if (btf === null || coreRelocations.length === 0) return object;
  const resolver = createCoreResolver(btf, kernel.btf);
  const resolutions = new Map(coreRelocations.map((relocation) => [relocation, resolver(relocation)]));
  const adapted = object.programs.map((program) => adapt(program, btf, kernel, resolutions));
  const diagnostics = object.diagnostics.filter(({ code }) => code !== 'core-relocation-needed');
  return {
    ...object,
    programs: adapted.map(({ program }) => program),
    diagnostics: [...diagnostics, ...adapted.flatMap(({ problems }) => problems)],
  };
}

interface Adapted {
  readonly program: Program;
  readonly problems: readonly Diagnostic[];
}

type Resolutions = ReadonlyMap<CoreRelocation, Resolution | string>;

function adapt(program: Program, btf: Btf, kernel: Kernel, resolutions: Resolutions): Adapted {
  const { core = [], needs = [] } = program;
  if (core.length === 0) return { program, problems: [] };
  const code = encode(program.insns);
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const missing = new Map<number, string>();
  const failed: Need[] = [];
  for (const place of core) {
    const outcome = change(view, place, resolutions.get(place.relocation));
    const what = describeCore(btf, place.relocation);
    if (typeof outcome === 'string')
      failed.push({ pc: place.pc, code: 'core-relocation', what: `${what}: ${outcome}` });
    else if (outcome !== null) missing.set(place.pc, missingText(what, outcome.missing, kernel));
  }
  const open = needs.filter((need) => need.code !== 'core-relocation').concat(failed);
  const changed = { ...program, insns: decode(code), needs: open.toSorted((a, b) => a.pc - b.pc), core: [], missing };
  return { program: changed, problems: failed.map((need) => failure(program, need, kernel)) };
}

/** Null when all is well; a text when a loader would give up. */
function change(
  code: DataView,
  { pc }: CorePlace,
  resolution: Resolution | string | undefined,
): { missing: 'type' | 'field' | 'width' } | string | null {
  if (resolution === undefined) return 'it is not one of the object’s';
  if (typeof resolution === 'string') return resolution;
  const patched = patch(code, pc * 8, resolution);
  if (patched === 'changed') return null;
  if ('problem' in patched) return patched.problem;
  return { missing: patched.poisoned === 'width' ? 'width' : (resolution.missing ?? 'field') };
}

const WHY = {
  type: 'has no type of that name',
  field: 'has no such field or value, or one of another kind of type',
  width:
    'has the field in another width, and its sign would be lost; declare it as it is there, or read it with a helper',
} as const;

function missingText(what: string, missing: 'type' | 'field' | 'width', { name }: Kernel): string {
  return `the program asks for ${what}, but ${name} ${WHY[missing]}`;
}

function failure({ name }: Program, { pc, what }: Need, kernel: Kernel): Diagnostic {
  const message = `program ${name}, instruction ${pc}: ${kernel.name} cannot answer for ${what}; loaders refuse the whole file`;
  return errorAt('core-relocation-failed', null, message);
}
