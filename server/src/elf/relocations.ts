import { typeAt } from '../btf/query.ts';
import { essentialName } from '../core/essentialName.ts';
import { kfuncIndex } from '../kernel/kfuncs.ts';
import { report, spanIn, type ObjectContext, type ObjectMap } from './context.ts';
import {
  BINDING,
  RELOCATION,
  SECTION_RESERVED,
  SYMBOL_TYPE,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
} from './elf.ts';
import { relocationsOf } from './readElf.ts';
import { roleOf } from './sectionRole.ts';
import { SUBPROGRAM_SECTION } from './functions.ts';

/** What an instruction of a section is to be completed with. */
export type CodeRelocation =
  | { readonly kind: 'map'; readonly map: number }
  /** A byte of a global variable: the map and the symbol's place in it. */
  | { readonly kind: 'data'; readonly map: number; readonly offset: number }
  /** A function of `.text`, called or its address taken; the symbol's place there. */
  | { readonly kind: 'call' | 'address'; readonly offset: number }
  /** Something the kernel or its configuration provides. `typeId` is the object's own BTF id of it. */
  | {
      readonly kind: 'kfunc' | 'kernelSymbol' | 'kernelConfig';
      readonly name: string;
      readonly weak: boolean;
      readonly typeId: number;
    }
  /** The address of a function that the kernel has, which programs ask for to know whether it has it. */
  | { readonly kind: 'kfuncAddress'; readonly name: string }
  /** Cannot be completed, as has been reported: a program that holds this instruction is left out. */
  | { readonly kind: 'broken' };

/** By byte offset of the instruction in its section. */
export type CodeRelocations = ReadonlyMap<number, CodeRelocation>;

/** Mirrors `bpf_object__collect_prog_relos` and `bpf_program__record_reloc` of libbpf. */
export function readCodeRelocations(
  context: ObjectContext,
  section: ElfSection,
  maps: readonly ObjectMap[],
): CodeRelocations {
  const found = new Map<number, CodeRelocation>();
  for (const table of context.relocationTables.get(section.index) ?? []) {
    for (const relocation of relocationsOf(context.elf, table)) {
      const classified = classify(context, section, maps, relocation);
      if (typeof classified !== 'string') found.set(relocation.offset, classified);
      else {
        report(
          context,
          'error',
          'relocation-invalid',
          spanOf(section, relocation),
          describe(section, relocation, classified),
        );
        found.set(relocation.offset - (relocation.offset % 8), { kind: 'broken' });
      }
    }
  }
  return found;
}

function spanOf(section: ElfSection, relocation: ElfRelocation): { start: number; end: number } {
  return relocation.offset < section.data.length ? spanIn(section, relocation.offset, 8) : relocation.span;
}

function describe(section: ElfSection, relocation: ElfRelocation, problem: string): string {
  const name = relocation.symbol?.name ?? '';
  const target = name === '' ? '' : ` against ${name}`;
  return `relocation${target} at byte ${relocation.offset} of section ${section.name}: ${problem}`;
}

const CALL = 0x85;
const LOAD_WIDE = 0x18;

/** A text says why the relocation cannot be used. */
function classify(
  context: ObjectContext,
  section: ElfSection,
  maps: readonly ObjectMap[],
  relocation: ElfRelocation,
): CodeRelocation | string {
  const { offset, symbol, type } = relocation;
  if (RELOCATION[type] === undefined) return `the relocation type ${type} is not known`;
  if (offset % 8 !== 0 || offset + 8 > section.data.length) return 'there is no instruction at this place';
  if (symbol === null) return 'it refers to a symbol that does not exist';
  const opcode = section.data[offset];
  if (opcode !== CALL && opcode !== LOAD_WIDE)
    return `the instruction there (opcode 0x${(opcode ?? 0).toString(16).padStart(2, '0')}) takes no address`;
  if (symbol.section === 0) return external(context, symbol, opcode === CALL);
  if (opcode === CALL) return call(context, symbol);
  return address(context, maps, symbol);
}

function call(context: ObjectContext, symbol: ElfSymbol): CodeRelocation | string {
  const target = context.elf.sections[symbol.section];
  if (target?.name !== SUBPROGRAM_SECTION)
    return `a program of section ${target?.name ?? symbol.section} is called; only functions without SEC() can be`;
  return symbol.value % 8 === 0
    ? { kind: 'call', offset: symbol.value }
    : 'the function does not begin at an instruction';
}

function address(context: ObjectContext, maps: readonly ObjectMap[], symbol: ElfSymbol): CodeRelocation | string {
  const target = context.elf.sections[symbol.section];
  if (target === undefined || symbol.section >= SECTION_RESERVED)
    return 'it refers to a special section; compile with -fno-common';
  if (target.name === SUBPROGRAM_SECTION) {
    if (symbol.type !== SYMBOL_TYPE.func && symbol.type !== SYMBOL_TYPE.section) return 'it is no function';
    return symbol.value % 8 === 0
      ? { kind: 'address', offset: symbol.value }
      : 'the function does not begin at an instruction';
  }
  if (roleOf(target) === 'arena') return arenaAddress(maps, symbol);
  const map = maps.findIndex(
    (candidate) => candidate.section === target && (candidate.isData || candidate.offset === symbol.value),
  );
  if (map === -1) return `section ${target.name} holds no map or variable that could be read there`;
  return maps[map]?.isData === true ? { kind: 'data', map, offset: symbol.value } : { kind: 'map', map };
}

/** Variables in an arena lie in the only map of that type. */
function arenaAddress(maps: readonly ObjectMap[], symbol: ElfSymbol): CodeRelocation | string {
  const map = maps.findIndex((candidate) => candidate.spec.type === 'arena');
  return map === -1 ? 'the file declares no arena map' : { kind: 'data', map, offset: symbol.value };
}

function external(context: ObjectContext, symbol: ElfSymbol, isCall: boolean): CodeRelocation | string {
  const weak = symbol.binding === BINDING.weak;
  const { name } = symbol;
  const declared = externDeclaration(context, name);
  if (declared === null)
    return `${name || 'an unnamed symbol'} is declared, but is in no section that a loader resolves; define it, or link the objects (bpftool gen object)`;
  const { typeId, section } = declared;
  if (isCall)
    return section === '.ksyms'
      ? { kind: 'kfunc', name, weak, typeId }
      : `${name} is a setting of the kernel and cannot be called`;
  if (section === '.ksyms' && kfuncIndex(essentialName(name)) >= 0)
    return { kind: 'kfuncAddress', name: essentialName(name) };
  return { kind: section === '.kconfig' ? 'kernelConfig' : 'kernelSymbol', name, weak, typeId };
}

/** Externs are variables or functions of the data sections `.ksyms` and `.kconfig`, which exist as types only. */
function externDeclaration({ btf, datasecs }: ObjectContext, name: string): { typeId: number; section: string } | null {
  if (btf === null || name === '') return null;
  for (const section of ['.ksyms', '.kconfig']) {
    const entry = datasecs.get(section)?.sec.vars.find(({ type }) => {
      const declared = typeAt(btf, type);
      return (declared.kind === 'var' || declared.kind === 'func') && declared.name === name;
    });
    if (entry !== undefined) return { typeId: entry.type, section };
  }
  return null;
}
