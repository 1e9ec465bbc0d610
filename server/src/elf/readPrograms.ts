import { kfuncByName } from '../kernel/kfuncs.ts';
import { NEWEST } from '../kernel/releases.ts';
import { typeAt } from '../btf/query.ts';
import { essentialName } from '../core/essentialName.ts';
import { decode } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import { attachTargetOf, programTypeOfSection } from '../kernel/sections.ts';
import type { CorePlace, Locals, Need, Program } from '../program/program.ts';
import { completeCode, needOf, type External } from './complete.ts';
import { report, spanIn, type ObjectContext, type ObjectMap } from './context.ts';
import { coreNeeds, corePlaces } from './coreNeeds.ts';
import type { Dwarf } from './dwarf/openDwarf.ts';
import { SUBPROGRAM_SECTION, type ElfFunction } from './functions.ts';
import { link, type Linked, type LinkProblem, type LinkSource } from './link.ts';
import { linesOf, subprogsOf } from './programInfo.ts';
import { readCodeRelocations, type CodeRelocations } from './relocations.ts';
import { structOpsTargets } from './structOpsTargets.ts';

/** Instructions of all programs together; a bound for damaged files in which many symbols cover the same code. */
const MAX_TOTAL_SLOTS = 4_000_000;

/** What programs are made of. */
export interface ProgramParts {
  readonly functions: readonly ElfFunction[];
  readonly maps: readonly ObjectMap[];
  readonly license: string;
  /** Null where nobody wants local variables. */
  readonly dwarf: Dwarf | null;
}

/** Every function outside of `.text` becomes a program, with what it calls linked to it. */
export function readPrograms(context: ObjectContext, { functions, maps, license, dwarf }: ProgramParts): Program[] {
  const source = linkSource(context, functions, maps);
  const callbacks = exceptionCallbacks(context, functions);
  const implemented = structOpsTargets(context);
  const programs: Program[] = [];
  const specs = maps.map((map) => map.spec);
  let slots = 0;
  for (const fn of functions) {
    if (fn.isSubprogram) continue;
    const linked = link(source, fn, callbacks.get(fn.name) ?? null);
    if ('message' in linked) {
      reportLeftOut(context, fn, linked);
      continue;
    }
    slots += linked.code.length / 8;
    if (slots > MAX_TOTAL_SLOTS) {
      report(
        context,
        'error',
        'object-too-large',
        null,
        `the programs of the file have more than ${MAX_TOTAL_SLOTS} instructions together; ${fn.name} and those after it are left out`,
      );
      break;
    }
    const program = programOf(context, source, fn, linked, callbacks.get(fn.name) ?? null);
    programs.push({
      ...program,
      ...(program.type === 'struct_ops' ? { attachTarget: implemented(fn) } : {}),
      ...localsOf(dwarf, linked, program.insns),
      maps: specs,
      license,
      btf: context.btf,
    });
  }
  if (programs.length === 0) reportEmpty(context, functions);
  return programs;
}

function linkSource(context: ObjectContext, functions: readonly ElfFunction[], maps: readonly ObjectMap[]): LinkSource {
  const code = new Map<number, Uint8Array>();
  const relocations = new Map<number, CodeRelocations>();
  for (const { section } of functions) {
    if (code.has(section.index)) continue;
    code.set(section.index, context.elf.littleEndian ? section.data : swapped(section.data));
    relocations.set(section.index, readCodeRelocations(context, section, maps));
  }
  return {
    subprograms: functions.filter((fn) => fn.isSubprogram),
    codeOf: (fn) => code.get(fn.section.index) ?? new Uint8Array(),
    relocationsOf: (fn) => relocations.get(fn.section.index) ?? new Map<number, never>(),
  };
}

/** Instructions of a big-endian object as a little-endian machine has them. */
function swapped(data: Uint8Array): Uint8Array {
  const to = new Uint8Array(data.length - (data.length % 8));
  const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const view = new DataView(to.buffer);
  for (let at = 0; at < to.length; at += 8) {
    const registers = from.getUint8(at + 1);
    to[at] = from.getUint8(at);
    to[at + 1] = (registers >> 4) | ((registers & 0xf) << 4);
    view.setInt16(at + 2, from.getInt16(at + 2), true);
    view.setInt32(at + 4, from.getInt32(at + 4), true);
  }
  return to;
}

type ProgramPart = Omit<Program, 'maps' | 'license' | 'btf'>;

function programOf(
  context: ObjectContext,
  source: LinkSource,
  fn: ElfFunction,
  linked: Linked,
  callback: ElfFunction | null,
): ProgramPart {
  const { btf, ext } = context;
  const section = programTypeOfSection(fn.section.name);
  if (section === null) reportUnknownType(context, fn);
  const externals = completeCode(linked, (index) => relocationsOfSection(source, linked, index));
  const core = corePlaces(linked, ext);
  const needs = needsOf(context, core, externals);
  reportNeeds(context, fn, needs, externals);
  return {
    name: fn.name,
    type: section?.type ?? 'unspec',
    attachType: section?.attachType ?? null,
    attachTarget: attachTargetOf(section),
    section: fn.section.name,
    insns: decode(linked.code),
    subprogs: subprogsOf(linked, btf, ext),
    lines: linesOf(linked, ext),
    labels: new Map(),
    sleepable: section?.sleepable ?? false,
    flags: section?.flags ?? 0,
    kfuncs: kfuncsOf(externals),
    exceptionCallback: linked.parts.find((part) => part.fn === callback)?.base ?? null,
    needs,
    core,
  };
}

/** Nothing where the file says nothing of local variables. */
function localsOf(dwarf: Dwarf | null, { parts }: Linked, insns: readonly Insn[]): { locals?: Locals } {
  if (dwarf === null) return {};
  const functions = parts.map(({ fn: { section, start, end }, base }) => {
    const own = insns.slice(base, base + (end - start) / 8);
    return dwarf.localsOf({ section: section.index, start, end }, own);
  });
  return functions.some((one) => one !== null) ? { locals: { btf: dwarf.btf, functions } } : {};
}

/** Calls carry the object's own BTF id of the function, as `completeCode` left it. */
function kfuncsOf(externals: readonly External[]): Map<number, string> {
  const called = externals.filter(({ relocation }) => relocation.kind === 'kfunc');
  return new Map(called.map(({ relocation }) => [relocation.typeId, essentialName(relocation.name)]));
}

function relocationsOfSection(source: LinkSource, linked: Linked, index: number): CodeRelocations {
  const part = linked.parts.find(({ fn }) => fn.section.index === index);
  return part === undefined ? new Map<number, never>() : source.relocationsOf(part.fn);
}

function needsOf(context: ObjectContext, core: readonly CorePlace[], externals: readonly External[]): Need[] {
  const needs = externals
    .map((external) => needOf(external))
    .filter((need) => need !== null)
    .concat(coreNeeds(core, context.btf));
  if (!context.elf.littleEndian)
    needs.push({
      pc: 0,
      code: 'big-endian',
      what: 'a big-endian machine; compile with -target bpfel for one that is little-endian',
    });
  return needs.toSorted((a, b) => a.pc - b.pc);
}

const NEED_TITLES: Readonly<Record<string, string>> = {
  'core-relocation': 'CO-RE relocations, which need the type information (BTF) of a kernel',
  'kernel-symbol': 'variables of the kernel (__ksym)',
  'kernel-config': 'settings of the kernel (__kconfig)',
  'big-endian': 'another byte order',
};

/** One finding for each kind of need of a program, naming the first few. */
function reportNeeds(
  context: ObjectContext,
  fn: ElfFunction,
  needs: readonly Need[],
  externals: readonly External[],
): void {
  const span = spanIn(fn.section, fn.start, fn.end - fn.start);
  for (const [code, title] of Object.entries(NEED_TITLES)) {
    const whats = new Set(needs.filter((need) => need.code === code).map((need) => need.what));
    if (whats.size > 0)
      report(context, 'warning', `${code}-needed`, span, `program ${fn.name} needs ${title}: ${firstOf(whats)}`);
  }
  const called = externals
    .filter(({ relocation }) => relocation.kind === 'kfunc')
    .map(({ relocation }) => relocation.name);
  const functions = new Set(called.filter((name) => kfuncByName(essentialName(name)) === null));
  if (functions.size > 0)
    report(
      context,
      'information',
      'kernel-function-needed',
      span,
      `program ${fn.name} calls functions that no Linux up to ${NEWEST} offers itself: ${firstOf(functions)}`,
    );
}

function firstOf(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, 5).join('; ');
  return names.size > 5 ? `${shown}; and ${names.size - 5} more` : shown;
}

function reportUnknownType(context: ObjectContext, fn: ElfFunction): void {
  const message = `section ${fn.section.name} names no program type, so that of ${fn.name} is unknown: use a name such as "xdp" or "tc", or give the type`;
  report(context, 'warning', 'program-type-unknown', spanIn(fn.section, fn.start, fn.end - fn.start), message);
}

function reportLeftOut(context: ObjectContext, main: ElfFunction, problem: LinkProblem): void {
  const { fn, offset } = problem;
  const where = fn === main ? '' : ` (in ${fn.name})`;
  report(
    context,
    'error',
    problem.code,
    spanIn(fn.section, offset, 8),
    `program ${main.name} is left out: ${problem.message}${where}`,
  );
}

function reportEmpty(context: ObjectContext, functions: readonly ElfFunction[]): void {
  const message =
    functions.length > 0
      ? `all functions are in section ${SUBPROGRAM_SECTION}: give those that are programs a section that names their type, e.g. SEC("xdp")`
      : 'the file holds no program';
  report(context, 'warning', 'program-missing', null, message);
}

const CALLBACK_TAG = 'exception_callback:';

/**
 * A program names the function that handles its exceptions by a tag; with several of them it has none, and the verifier
 * refuses it. By name of the program. Mirrors `bpf_prog_assign_exc_cb` of libbpf.
 */
function exceptionCallbacks(
  { btf }: ObjectContext,
  functions: readonly ElfFunction[],
): Map<string, ElfFunction | null> {
  const found = new Map<string, ElfFunction | null>();
  for (const tag of btf?.types ?? []) {
    if (btf === null || tag.kind !== 'declTag' || tag.component !== -1 || !tag.name.startsWith(CALLBACK_TAG)) continue;
    const main = typeAt(btf, tag.type);
    if (main.kind !== 'func') continue;
    const name = tag.name.slice(CALLBACK_TAG.length);
    const callback = functions.find((fn) => fn.isSubprogram && fn.name === name) ?? null;
    found.set(main.name, found.has(main.name) && found.get(main.name) !== callback ? null : callback);
  }
  return found;
}
