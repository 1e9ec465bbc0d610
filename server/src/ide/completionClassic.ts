import type { AsmFile } from '../asm/assembler/syntax.ts';
import { MNEMONICS, OPERAND_EXAMPLES, type Mnemonic } from '../asm/classic/mnemonics.ts';
import { lineSpan, positionAt, type Span } from '../base/source.ts';
import { classicOp, type ClassicOperand } from '../isa/classic.ts';
import { CLASSIC_EXTENSIONS } from '../kernel/classicExtensions.ts';
import type { Completion } from './completion.ts';

/** What may stand at `offset` in a filter. */
export function classicCompletionsAt(asm: AsmFile, offset: number): Completion[] {
  const line = lineSpan(asm.source, positionAt(asm.source, offset).line);
  const typed = asm.source.text.slice(line.start, offset);
  if (/;|\/\/|\/\*|^\s*[#{\d]/.test(typed)) return [];
  const start = offset - (/[\w.$]*$/.exec(typed)?.[0].length ?? 0);
  const before = asm.source.text.slice(line.start, start).replace(/^\s*(?:\(\d+\)|\d+:)?\s*(?:[\w.$]+:\s*)*/, '');
  const replace = { start, end: offset };
  if (before === '') return [...MNEMONICS.values()].map((one) => instruction(one, replace));
  const mnemonic = MNEMONICS.get(/^\w+/.exec(before)?.[0].toLowerCase() ?? '');
  if (mnemonic === undefined) return [];
  if (mnemonic.codes.has('target') || (mnemonic.branches && before.includes(','))) return labels(asm, replace);
  return /^\w+\s+#?$/.test(before) ? operands(mnemonic, before.endsWith('#'), replace) : [];
}

type More = Partial<Completion> & Pick<Completion, 'label' | 'kind' | 'detail' | 'replace'>;

function item(more: More): Completion {
  return { documentation: '', insert: more.label, snippet: false, sortText: more.label, ...more };
}

function instruction({ name, codes, negated, branches }: Mnemonic, replace: Span): Completion {
  const kinds = [...codes.keys()];
  const alone = kinds.length === 1 && kinds[0] === 'none';
  const detail = alone ? '' : kinds.map((kind) => OPERAND_EXAMPLES[kind]).join(', ');
  const sentences = new Set([...codes.values()].map((code) => classicOp(code)?.description ?? ''));
  const documentation = negated ? 'Jumps where the comparison does not hold.' : [...sentences].join('\n\n');
  if (!branches)
    return item({ label: name, kind: 'snippet', detail, documentation, insert: alone ? name : `${name} `, replace });
  const insert = `${name} #\${1:0}, \${0:label}`;
  return item({ label: name, kind: 'snippet', detail, documentation, insert, snippet: true, replace });
}

/** Behind `#` only constants and names stand. */
function operands({ codes }: Mnemonic, hash: boolean, replace: Span): Completion[] {
  const kinds = [...codes.keys()].filter((kind) => kind !== 'none' && (!hash || kind === 'len'));
  const forms = kinds.map((kind) => operand(kind, replace));
  const names = codes.has('abs') ? CLASSIC_EXTENSIONS.filter(({ source }) => source.kind !== 'xor') : [];
  return [
    ...forms,
    ...names.map(({ name, description }) =>
      item({
        label: name,
        kind: 'value',
        detail: 'not in the packet',
        documentation: description,
        sortText: `5${name}`,
        replace,
      }),
    ),
  ];
}

const OPERAND_INSERTS: Partial<Record<ClassicOperand, string>> = {
  imm: '#${0:0}',
  abs: '[${0:12}]',
  ind: '[x + ${0:14}]',
  mem: 'M[${0:0}]',
  msh: '4*([${0:14}]&0xf)',
};

const OPERAND_WORDS: Readonly<Record<ClassicOperand, string>> = {
  imm: 'a constant',
  abs: 'packet data',
  ind: 'packet data at X',
  mem: 'a word of the scratch memory',
  msh: 'length of the IP header',
  len: 'length of the packet',
  x: 'register X',
  a: 'register A',
  target: 'a label',
  none: '',
};

function operand(kind: ClassicOperand, replace: Span): Completion {
  const insert = OPERAND_INSERTS[kind];
  const label = OPERAND_EXAMPLES[kind];
  const more = insert === undefined ? {} : { insert, snippet: true };
  return item({ label, kind: 'snippet', detail: OPERAND_WORDS[kind], sortText: `1${label}`, replace, ...more });
}

function labels({ definitions }: AsmFile, replace: Span): Completion[] {
  return definitions.map(({ name }) => item({ label: name, kind: 'label', detail: 'label', replace }));
}
