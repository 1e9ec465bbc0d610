import { MNEMONICS } from '../../server/src/asm/classic/mnemonics.ts';
import { CLASSIC_EXTENSIONS } from '../../server/src/kernel/classicExtensions.ts';
import { oneOf } from './oneOf.mts';

const mnemonics = [...MNEMONICS.values()];
const jumps = oneOf(mnemonics.flatMap(({ name, codes, branches }) => (branches || codes.has('target') ? [name] : [])));
const others = oneOf(mnemonics.flatMap(({ name, codes, branches }) => (branches || codes.has('target') ? [] : [name])));
const values = oneOf(['len', 'pktlen', ...CLASSIC_EXTENSIONS.flatMap(({ name, dumped, aliases }) => [...new Set([name, dumped, ...aliases])])]); // prettier-ignore

const name = (scope: string, match: string): object => ({ name: `${scope}.cbpf`, match });

export const classicGrammar = {
  $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
  name: 'Classic BPF',
  scopeName: 'source.cbpf',
  patterns: [
    { name: 'comment.block.cbpf', begin: String.raw`/\*`, end: String.raw`\*/` },
    name('comment.line.double-slash', '//.*$'),
    name('comment.line.semicolon', ';.*$'),
    name('comment.line.number-sign', String.raw`^\s*#.*$`),
    {
      match: String.raw`^\s*(\(\d+\)|\d+(?=:))`,
      captures: { 1: { name: 'constant.numeric.line-number.cbpf' } },
    },
    {
      match: String.raw`([A-Za-z_.$][\w.$]*)(:)`,
      captures: {
        1: { name: 'entity.name.function.label.cbpf' },
        2: { name: 'punctuation.separator.label.cbpf' },
      },
    },
    {
      begin: String.raw`(?i)\b(${jumps})\b`,
      beginCaptures: { 1: { name: 'keyword.control.cbpf' } },
      end: String.raw`(?=;|//|/\*|$)`,
      patterns: [
        name('keyword.control', String.raw`(?i)\bj[tf]\b`),
        name('variable.language.register', String.raw`(?i)%?\bx\b(?=\s*(?:,|jt))`),
        { include: '#numbers' },
        name('entity.name.label', String.raw`[A-Za-z_.$][\w.$]*`),
      ],
    },
    name('keyword.other.instruction', String.raw`(?i)\b(?:${others})\b`),
    name('support.variable.extension', String.raw`(?i)#?\b(?:${values})\b`),
    name('variable.language.register', String.raw`(?i)%?\b[ax]\b|\bm(?=\s*\[)`),
    { include: '#numbers' },
    name('keyword.operator', '[-+*&#]'),
  ],
  repository: {
    numbers: {
      patterns: [
        name('constant.numeric.hex', String.raw`#?\b0[xX][0-9A-Fa-f]+\b`),
        name('constant.numeric.decimal', String.raw`#?\b\d+\b`),
      ],
    },
  },
};
