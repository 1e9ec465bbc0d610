import { report, type ObjectContext } from './context.ts';
import { BINDING, SYMBOL_TYPE, VISIBILITY, type Elf, type ElfSection, type ElfSymbol } from './elf.ts';
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

/** More functions than any object has; a bound for damaged files in which every symbol is one. */
const MAX_FUNCTIONS = 20_000;

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
    for (const fn of sectionFunctions(context, section, symbols)) functions.push(fn);
  }
  if (functions.length <= MAX_FUNCTIONS) return functions;
  report(
    context,
    'error',
    'object-too-large',
    null,
    `the file has ${functions.length} functions; those after the first ${MAX_FUNCTIONS} are left out`,
  );
  return functions.slice(0, MAX_FUNCTIONS);
}

function sectionFunctions(context: ObjectContext, section: ElfSection, symbols: readonly ElfSymbol[]): ElfFunction[] {
  const sorted = symbols.toSorted((a, b) => a.value - b.value);
  const functions: ElfFunction[] = [];
  let next = section.data.length;
  for (const [index, symbol] of [...sorted.entries()].toReversed()) {
    const after = sorted[index + 1];
    if (after !== undefined && after.value > symbol.value) next = after.value;
    const fn = readFunction(context, section, symbol, next);
    if (fn !== null) functions.push(fn);
  }
  return functions.toReversed();
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

/** Old compilers give no size: a function ends where the next one begins. */
function readFunction(
  context: ObjectContext,
  section: ElfSection,
  symbol: ElfSymbol,
  next: number,
): ElfFunction | null {
  const start = symbol.value;
  const end = symbol.size > 0 ? start + symbol.size : next;
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
    return null;
  }
  const hidden = symbol.visibility === VISIBILITY.hidden || symbol.visibility === VISIBILITY.internal;
  return { name: symbol.name, section, start, end, isSubprogram, hidden };
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

/** The function that holds the byte, of subprograms sorted by place. */
export function functionAt(sorted: readonly ElfFunction[], offset: number): ElfFunction | null {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low - 1];
  return found !== undefined && offset < found.end ? found : null;
}
