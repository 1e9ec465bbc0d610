import type { Diagnostic, Severity } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { Btf } from '../btf/btf.ts';
import type { BtfExt } from '../btf/ext.ts';
import type { Findings } from '../btf/findings.ts';
import type { MapSpec } from '../program/program.ts';
import type { NamedDatasec } from './dataSections.ts';
import type { Elf, ElfSection } from './elf.ts';

/** What the steps of reading one object share. */
export interface ObjectContext {
  readonly path: string;
  readonly elf: Elf;
  readonly btf: Btf | null;
  readonly ext: BtfExt;
  readonly findings: Findings;
  /** Sections of relocations, by the number of the section they are for. */
  readonly relocationTables: ReadonlyMap<number, readonly ElfSection[]>;
  /** Data sections by name. */
  readonly datasecs: ReadonlyMap<string, NamedDatasec>;
}

/** A map with the place in the file that relocations know it by. */
export interface ObjectMap {
  readonly spec: MapSpec;
  readonly section: ElfSection;
  /** Bytes from the beginning of the section; 0 for a data section, which is one map as a whole. */
  readonly offset: number;
  /** A data section: relocations lead to bytes in its value. */
  readonly isData: boolean;
  /** Span of the map's declaration in the file. */
  readonly span: Span;
}

export function report(
  context: ObjectContext,
  severity: Severity,
  code: string,
  span: Span | null,
  message: string,
): void {
  context.findings.add({ code, severity, message, span, related: [], fix: null } satisfies Diagnostic);
}

/** `length` bytes at an offset of a section, as a range of the file. */
export function spanIn(section: ElfSection, offset: number, length: number): Span {
  const start = Math.min(section.span.start + Math.max(0, offset), section.span.end);
  return { start, end: Math.min(start + Math.max(0, length), section.span.end) };
}
