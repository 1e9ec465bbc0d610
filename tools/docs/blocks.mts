/** What the generated blocks of the documentation hold, by name. */
import { DIRECTIVES, IGNORED_DIRECTIVES, MAP_PROPERTIES, CONSTANTS } from '../../server/src/asm/assembler/tables.ts';
import { MNEMONICS } from '../../server/src/asm/mnemonic/table.ts';
import { COMMANDS } from '../../server/src/cli/commands.ts';
import { commandHelp, generalHelp } from '../../server/src/cli/help.ts';
import { ALU_OPS, JUMP_OPS } from '../../server/src/isa/opcodes.ts';
import { PROGRAM_TYPES, type ProgramType } from '../../server/src/kernel/programTypes.ts';
import { SECTIONS } from '../../server/src/kernel/sections.ts';
import { contextTable } from './contexts.mts';
import { launchAttributes } from './launch.mts';
import { classicExtensions, classicInstructions } from './classic.mts';
import { outputOf } from './output.mts';
import { helperTable, kfuncTable, mapTable, programTable } from './support.mts';
import { code, table } from './table.mts';
import { abilityTable, certaintyTable } from './kernels.mts';
import { kernelTexts } from './texts.mts';
import { worldTable } from './world.mts';

/** A name is the block's kind, and behind a blank what it is about. */
export async function blockOf(name: string, root: string): Promise<string> {
  const [kind = '', ...words] = name.split(' ');
  const make = BLOCKS[kind];
  if (make === undefined) throw new Error(`nothing generates the block "${name}"`);
  return make(words.join(' '), root);
}

const BLOCKS: Readonly<Record<string, (about: string, root: string) => string | Promise<string>>> = {
  texts: kernelTexts,
  directives: () =>
    table(
      ['directive', 'what it does'],
      DIRECTIVES.map(({ usage, doc }) => [code(usage), doc]),
    ),
  ignored: () => IGNORED_DIRECTIVES.map(code).join(', '),
  properties: () =>
    table(
      ['property', 'what it says'],
      MAP_PROPERTIES.map(({ name, doc }) => [code(name), doc]),
    ),
  constants: () => [...CONSTANTS].map(([name, value]) => `${code(name)} ${value}`).join(', '),
  operators: () => table(['operator', 'what it does', 'since'], operators(Object.values(ALU_OPS))),
  comparisons: () => table(['operator', 'what it does', 'since'], operators(Object.values(JUMP_OPS))),
  mnemonics: () =>
    table(
      ['instruction', 'what it does', 'since'],
      MNEMONICS.map(({ usage, fact }) => [code(usage), fact.description, fact.since ?? '']),
    ),
  classicInstructions,
  classicExtensions,
  sections: sectionList,
  context: contextTable,
  programs: programTable,
  maps: mapTable,
  helpers: helperTable,
  kfuncs: kfuncTable,
  help: (command) => `\`\`\`text\n${helpOf(command).trimEnd()}\n\`\`\``,
  output: outputOf,
  world: worldTable,
  abilities: abilityTable,
  certainty: certaintyTable,
  launch: (_, root) => launchAttributes(root),
};

interface Operator {
  readonly operator: string;
  readonly description: string;
  readonly since: string | null;
}

function operators(facts: readonly Operator[]): string[][] {
  return facts.map(({ operator, description, since }) => [code(operator), description, since ?? '']);
}

/** One line for each program type; sections that name a target end in `/…`. */
function sectionList(): string {
  const names = new Map<ProgramType, string[]>();
  for (const { name, takesTarget, type } of SECTIONS)
    names.set(type, [...(names.get(type) ?? []), code(takesTarget ? `${name}/…` : name)]);
  const rows = PROGRAM_TYPES.flatMap((type) => {
    const sections = names.get(type);
    return sections === undefined ? [] : [`- ${code(type)}: ${sections.join(', ')}`];
  });
  return rows.join('\n');
}

function helpOf(command: string): string {
  if (command === '') return generalHelp();
  const spec = COMMANDS.find(({ name }) => name === command);
  if (spec === undefined) throw new Error(`there is no command ${command}`);
  return commandHelp(spec);
}
