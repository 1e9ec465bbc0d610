import type { Diagnostic } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { Btf } from '../btf/btf.ts';
import { EMPTY_EXT, readBtfExt, type BtfExt } from '../btf/ext.ts';
import { collectFindings, type Findings } from '../btf/findings.ts';
import { readBtf } from '../btf/read.ts';
import { asLoaderCreates, mapProblem } from '../kernel/mapRules.ts';
import type { BpfObject } from '../program/program.ts';
import { report, type ObjectContext, type ObjectMap } from './context.ts';
import { readDataMaps } from './dataMaps.ts';
import { completeDataSections, datasecsByName } from './dataSections.ts';
import { openDwarf, type Dwarf } from './dwarf/openDwarf.ts';
import type { Address } from './dwarf/sections.ts';
import { readDeclaredMaps, readLegacyMaps } from './declaredMaps.ts';
import { SECTION_TYPE, type Elf, type ElfSection } from './elf.ts';
import { readFunctions } from './functions.ts';
import { fillSlots } from './mapSlots.ts';
import { readElf } from './readElf.ts';
import { readPrograms } from './readPrograms.ts';
import { refusalOf, withoutFunctions } from './refusedTypes.ts';
import { reportSections } from './reportSections.ts';
import { sectionInRole } from './sectionRole.ts';

/** What of a file is read besides what loaders read. */
export interface ReadOptions {
  /** Where compilers put local variables (DWARF). Only debuggers want that, and it may be large. */
  readonly locals?: boolean;
}

/**
 * Reads an object file of clang or gcc and links its programs as libbpf does, up to what only a running kernel knows.
 * Maps come as libbpf creates them: old-style ones, those of `.maps`, then the sections of global variables.
 */
export function readObject(path: string, bytes: Uint8Array, { locals = false }: ReadOptions = {}): BpfObject {
  const { elf, diagnostics } = readElf(bytes);
  if (elf === null) return { path, programs: [], maps: [], license: '', btf: null, diagnostics };
  const findings = collectFindings('the file', 200);
  for (const diagnostic of diagnostics) findings.add(diagnostic);
  const { refused, ...types } = readAcceptedTypes(elf, findings);
  const context: ObjectContext = {
    path, elf, findings, ...types, relocationTables: relocationTables(elf), datasecs: datasecsByName(types.btf),
  }; // prettier-ignore
  reportSections(context);
  const functions = readFunctions(context);
  const legacy = readLegacyMaps(context);
  const declared = readDeclaredMaps(context);
  const data = readDataMaps(context);
  const filled = fillSlots(context, declared, [...legacy, ...declared], functions);
  const maps = [...legacy, ...filled, ...data].map((map) => (refused ? withoutTypes(map) : map));
  for (const map of maps) reportRefused(context, map);
  const license = readLicense(context);
  const dwarf = locals ? openDwarf(elf, (address) => globalAt(maps, address)) : null;
  const programs = readPrograms(context, { functions, maps, license, dwarf });
  if (dwarf !== null) reportUnreadLocals(context, dwarf);
  return {
    path,
    programs,
    maps: maps.map((map) => map.spec),
    license,
    btf: context.btf,
    coreRelocations: [...context.ext.coreRelocations.values()].flat(),
    diagnostics: findings.all(),
  };
}

/** The global variable's place in the value of a map. */
function globalAt(maps: readonly ObjectMap[], { section, offset }: Address): { map: number; off: number } | null {
  const map = maps.findIndex((one) => one.isData && one.section.index === section);
  return map === -1 ? null : { map, off: offset };
}

function reportUnreadLocals(context: ObjectContext, dwarf: Dwarf): void {
  const problem = dwarf.problem();
  if (problem === null) return;
  const message = `the debug information of the file ${problem}; local variables are missing or incomplete`;
  report(context, 'warning', 'debug-info-unread', null, message);
}

/** Loaders make every map before they load a program, so with one that the kernel refuses nothing is loaded. */
function reportRefused(context: ObjectContext, { spec, span }: ObjectMap): void {
  const problem = mapProblem(asLoaderCreates(spec, 1));
  if (problem !== null) report(context, 'error', 'map-refused', span, `map ${spec.name}: ${problem}`);
}

function relocationTables(elf: Elf): Map<number, ElfSection[]> {
  const tables = new Map<number, ElfSection[]>();
  for (const section of elf.sections) {
    if (section.type !== SECTION_TYPE.rel) continue;
    const known = tables.get(section.info);
    if (known === undefined) tables.set(section.info, [section]);
    else known.push(section);
  }
  return tables;
}

/** The types and what goes with them, less what the kernel will not take. */
function readAcceptedTypes(elf: Elf, findings: Findings): { btf: Btf | null; ext: BtfExt; refused: boolean } {
  const types = readTypes(elf, findings);
  const reason = refusalOf(types.btf);
  if (reason === null) return { ...types, refused: false };
  const message = `the kernel refuses the type information of this file, because ${reason}; the programs are loaded without it`;
  findings.add({ code: 'btf-refused', severity: 'information', message, span: null, related: [], fix: null });
  return { btf: types.btf, ext: withoutFunctions(types.ext), refused: true };
}

function withoutTypes(map: ObjectMap): ObjectMap {
  const inner = map.spec.inner === null ? null : { ...map.spec.inner, keyTypeId: 0, valueTypeId: 0 };
  return { ...map, spec: { ...map.spec, keyTypeId: 0, valueTypeId: 0, inner } };
}

function readTypes(elf: Elf, findings: Findings): { btf: Btf | null; ext: BtfExt } {
  const section = sectionInRole(elf, 'btf');
  if (section === null) return { btf: null, ext: EMPTY_EXT };
  const { btf, strings, diagnostics } = readBtf(section.data);
  addMoved(findings, diagnostics, section);
  const extSection = sectionInRole(elf, 'btfExt');
  if (btf === null) return { btf: null, ext: EMPTY_EXT };
  const complete = completeDataSections(btf, elf);
  if (extSection === null) return { btf: complete, ext: EMPTY_EXT };
  const reading = readBtfExt(extSection.data, strings);
  addMoved(findings, reading.diagnostics, extSection);
  return { btf: complete, ext: reading.ext };
}

/** Readers of a section count from its beginning; findings about the object count from that of the file. */
function addMoved(findings: Findings, diagnostics: readonly Diagnostic[], section: ElfSection): void {
  for (const diagnostic of diagnostics) findings.add({ ...diagnostic, span: moved(diagnostic.span, section) });
}

function moved(span: Span | null, section: ElfSection): Span | null {
  return span === null ? null : { start: span.start + section.span.start, end: span.end + section.span.start };
}

/** The license ends at its first zero byte. Without one the program is not GPL-compatible and may call fewer helpers. */
function readLicense(context: ObjectContext): string {
  const section = sectionInRole(context.elf, 'license');
  if (section === null) {
    const message =
      'the file names no license, so helpers that are for GPL programs only are refused: add SEC("license")';
    report(context, 'information', 'license-missing', null, message);
    return '';
  }
  const end = section.data.indexOf(0);
  return new TextDecoder().decode(
    section.data.subarray(0, Math.min(end === -1 ? section.data.length : end, MAX_LICENSE)),
  );
}

/** libbpf keeps 63 characters, the kernel 127. */
const MAX_LICENSE = 63;
