// Writes the grammars of syntaxes/ from the tables that the assembler uses: node tools/grammar.mts [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DIRECTIVES, MAP_PROPERTIES } from '../server/src/asm/assembler/tables.ts';
import { MNEMONICS } from '../server/src/asm/mnemonic/table.ts';
import { classicGrammar } from './grammar/classic.mts';
import { oneOf } from './grammar/oneOf.mts';
import { HELPERS } from '../server/src/kernel/helpers.ts';
import { MAP_TYPES } from '../server/src/kernel/mapTypes.ts';

const directives = oneOf(DIRECTIVES.map(({ name }) => name));
const properties = oneOf(MAP_PROPERTIES.map(({ name }) => name));
const mapTypes = oneOf(MAP_TYPES.slice(1));
const isJump = (kind: string): boolean => kind === 'jump' || kind === 'goto' || kind === 'mayGoto';
const jumps = oneOf(MNEMONICS.filter(({ form }) => isJump(form.kind)).map(({ name }) => name));
const operations = oneOf(MNEMONICS.filter(({ form }) => !isJump(form.kind)).map(({ name }) => name));
const helpers = oneOf(HELPERS.map(({ name }) => name));

const name = (scope: string, match: string): object => ({ name: `${scope}.ebpf-asm`, match });

export const grammar = {
  $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
  name: 'eBPF Assembly',
  scopeName: 'source.ebpf-asm',
  patterns: [
    { include: '#comments' },
    { include: '#strings' },
    { include: '#map' },
    { include: '#directives' },
    { include: '#labels' },
    { include: '#instructions' },
  ],
  repository: {
    comments: {
      patterns: [
        { name: 'comment.block.ebpf-asm', begin: String.raw`/\*`, end: String.raw`\*/` },
        name('comment.line.double-slash', '//.*$'),
        name('comment.line.semicolon', ';.*$'),
        name('comment.line.number-sign', String.raw`(?<![\w])#.*$`),
      ],
    },
    strings: {
      patterns: [
        {
          name: 'string.quoted.double.ebpf-asm',
          begin: '"',
          end: '"|$',
          patterns: [name('constant.character.escape', String.raw`\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)`)],
        },
      ],
    },
    map: {
      patterns: [
        {
          name: 'meta.map.ebpf-asm',
          begin: String.raw`(?<![\w.])(\.map)\b\s*([A-Za-z_.$][\w.$]*)?`,
          beginCaptures: {
            1: { name: 'keyword.other.directive.ebpf-asm' },
            2: { name: 'entity.name.type.map.ebpf-asm' },
          },
          end: '$',
          patterns: [
            { include: '#comments' },
            name('variable.parameter.property', String.raw`\b(?:${properties})(?=\s*=)`),
            name('support.type.map', String.raw`\b(?:${mapTypes})\b`),
            { include: '#numbers' },
            name('keyword.operator', '[=,|]'),
          ],
        },
      ],
    },
    directives: {
      patterns: [
        {
          match: String.raw`(?<![\w.])(\.section)\s+([\w./$-]+)`,
          captures: {
            1: { name: 'keyword.other.directive.ebpf-asm' },
            2: { name: 'entity.name.namespace.section.ebpf-asm' },
          },
        },
        name('keyword.other.directive', String.raw`(?<![\w.])(?:${directives})(?![\w.])`),
      ],
    },
    labels: {
      patterns: [
        {
          match: String.raw`^\s*((?![rw]\d+\b)[A-Za-z_.$][\w.$]*|\d+)(:)(?!\s*\()`,
          captures: {
            1: { name: 'entity.name.function.label.ebpf-asm' },
            2: { name: 'punctuation.separator.label.ebpf-asm' },
          },
        },
      ],
    },
    instructions: {
      patterns: [
        {
          match: String.raw`(?:(?<=^|[;:])\s*)\b(${jumps})(?=[ \t])(?!\s*[-+*/%&|^]?=)`,
          captures: { 1: { name: 'keyword.control.ebpf-asm' } },
        },
        {
          match: String.raw`(?:(?<=^|[;:])\s*)\b(${operations})(?=[ \t])(?!\s*[-+*/%&|^]?=)`,
          captures: { 1: { name: 'keyword.operator.word.ebpf-asm' } },
        },
        {
          match: String.raw`\b(lock)\s+(?:(fetch)\s+)?((?:add|or|and|xor|xchg|cmpxchg)(?:32)?)\b`,
          captures: {
            1: { name: 'storage.modifier.ebpf-asm' },
            2: { name: 'storage.modifier.ebpf-asm' },
            3: { name: 'keyword.operator.word.ebpf-asm' },
          },
        },
        {
          match: String.raw`\b(call)\s+(?:(${helpers})\b|([A-Za-z_.$][\w.$]*))`,
          captures: {
            1: { name: 'keyword.control.call.ebpf-asm' },
            2: { name: 'support.function.helper.ebpf-asm' },
            3: { name: 'entity.name.function.ebpf-asm' },
          },
        },
        {
          match: String.raw`\b(goto|gotol|may_goto)\b(?:\s+([A-Za-z_.$][\w.$]*))?`,
          captures: {
            1: { name: 'keyword.control.ebpf-asm' },
            2: { name: 'entity.name.label.ebpf-asm' },
          },
        },
        name('keyword.control', String.raw`\b(?:if|call|callx|exit)\b`),
        name('storage.modifier', String.raw`\block\b`),
        name('storage.type', String.raw`\b[su](?:8|16|32|64)\b`),
        name(
          'support.function.operation',
          String.raw`\b(?:(?:le|be|bswap)(?:16|32|64)|atomic_fetch_(?:add|and|or|xor)|x?chg(?:32)?_(?:32|64)|cmpxchg(?:32)?_(?:32|64)|load_acquire|store_release|addr_space_cast|skb)\b`,
        ),
        name('variable.language.register', String.raw`%?\b[rw](?:10|[0-9])\b|%fp\b`),
        { include: '#numbers' },
        name('keyword.other.wide', String.raw`\bll\b`),
        name('keyword.operator', String.raw`s?(?:<<|>>)=?|s?[<>]=?|[-+*/%&|^=!]=?|s[/%]=`),
      ],
    },
    numbers: {
      patterns: [
        name('constant.numeric.hex', String.raw`\b0[xX][0-9A-Fa-f_]+\b`),
        name('constant.numeric.decimal', String.raw`\b\d+\b`),
      ],
    },
  },
};

const root = path.resolve(import.meta.dirname, '..');
const grammars = { 'syntaxes/ebpf-asm.tmLanguage.json': grammar, 'syntaxes/cbpf.tmLanguage.json': classicGrammar };
for (const [file, content] of Object.entries(grammars)) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  const target = path.join(root, file);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${file} is not what the tables give: run \`npm run grammar\`.`);
    process.exitCode = 1;
  }
}
