import { report, type ObjectContext } from './context.ts';
import { BINDING, SECTION_TYPE, SYMBOL_TYPE, VISIBILITY, type Elf, type ElfSection, type ElfSymbol } from './elf.ts';
import { roleOf } from './sectionRole.ts';

/** A function of the object. Those in `.text` are subprograms, those of other sections are programs. */
export interface ElfFunction {
  readonly name: string;
  readonly section: ElfSection;
  /** Bytes from the beginning of the section. */
  readonly start: number;
  readonly end: number;
  /** In `.text`: linked into the programs that call it. */
  readonly isSubprogram: boolean;
  /** Visible to the files it was linked from only (`__hidden`): the verifier does not take it on its own. */
  readonly hidden: boolean;
}

export const SUBPROGRAM_SECTION = '.text';

/** All functions, by section and then by place, the order in which libbpf keeps them (`cmp_progs`). */
export function readFunctions(context: ObjectContext): ElfFunction[] {
  const bySection = functionSymbols(context.elf);
  const functions: ElfFunction[] = [];
  for (const section of context.elf.sections) {
    if (roleOf(section) !== 'code') continue;
    const symbols = bySection.get(section.index) ?? [];
    if (symbols.length === 0) {
      const message = `section ${section.name} holds instructions, but no function; they are left out`;
      report(context, 'warning', 'section-without-function', section.span, message);
    }
    for (const symbol of symbols.toSorted((a, b) => a.value - b.value))
      functions.push(...readFunction(context, section, symbol, symbols));
  }
  return functions;
}

function functionSymbols(elf: Elf): Map<number, ElfSymbol[]> {
  const typed = symbolsBySection(elf, (symbol) => symbol.type === SYMBOL_TYPE.func);
  const untyped = symbolsBySection(
    elf,
    (symbol) => symbol.type === SYMBOL_TYPE.none && symbol.binding !== BINDING.local,
  );
  for (const [section, symbols] of untyped) if (!typed.has(section)) typed.set(section, symbols);
  return typed;
}

/** clang before version 8 gave functions no type, so in a section without any typed one, global symbols are taken. */
function symbolsBySection(elf: Elf, wanted: (symbol: ElfSymbol) => boolean): Map<number, ElfSymbol[]> {
  const found = new Map<number, ElfSymbol[]>();
  for (const symbol of elf.symbols) {
    if (symbol.section === 0 || !wanted(symbol)) continue;
    const list = found.get(symbol.section);
    if (list === undefined) found.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  return found;
}

function readFunction(
  context: ObjectContext,
  section: ElfSection,
  symbol: ElfSymbol,
  symbols: readonly ElfSymbol[],
): ElfFunction[] {
  const start = symbol.value;
  const end = start + (symbol.size > 0 ? symbol.size : untilNext(section, symbol, symbols));
  const isSubprogram = section.name === SUBPROGRAM_SECTION;
  const problem = functionProblem(section, symbol, start, end, isSubprogram);
  if (problem !== null) {
    report(
      context,
      'error',
      problem.code,
      symbol.span,
      `${symbol.name || 'a function'} in section ${section.name}: ${problem.message}`,
    );
    return [];
  }
  const hidden = symbol.visibility === VISIBILITY.hidden || symbol.visibility === VISIBILITY.internal;
  return [{ name: symbol.name, section, start, end, isSubprogram, hidden }];
}

/** Old compilers give no size either: a function ends where the next one begins. */
function untilNext(section: ElfSection, symbol: ElfSymbol, symbols: readonly ElfSymbol[]): number {
  let next = section.data.length;
  for (const other of symbols) if (other.value > symbol.value) next = Math.min(next, other.value);
  return next - symbol.value;
}

function functionProblem(
  section: ElfSection,
  symbol: ElfSymbol,
  start: number,
  end: number,
  isSubprogram: boolean,
): { code: string; message: string } | null {
  if (end <= start || end > section.data.length)
    return { code: 'function-out-of-bounds', message: 'it does not lie within its section' };
  if (start % 8 !== 0 || end % 8 !== 0)
    return { code: 'function-misaligned', message: 'it does not consist of whole instructions of eight bytes' };
  if (!isSubprogram && symbol.binding === BINDING.local && symbol.type === SYMBOL_TYPE.func)
    return {
      code: 'program-static',
      message: 'static programs are not supported by loaders; remove "static" or SEC()',
    };
  return null;
}

/** The function of `.text` that holds the byte; functions are sorted by section and place. */
export function subprogramAt(functions: readonly ElfFunction[], offset: number): ElfFunction | null {
  return functions.findLast((fn) => fn.isSubprogram && fn.start <= offset && offset < fn.end) ?? null;
}

/** Relocations for a section, which ELF keeps in sections of their own. */
export function relocationSectionsFor(elf: Elf, section: ElfSection): ElfSection[] {
  return elf.sections.filter((candidate) => candidate.type === SECTION_TYPE.rel && candidate.info === section.index);
}
