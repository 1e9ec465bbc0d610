import { CLASSIC_OPS, type ClassicOperand } from '../../isa/classic.ts';

/** How a mnemonic becomes an instruction. */
export interface Mnemonic {
  readonly name: string;
  /** The opcode by operand. */
  readonly codes: ReadonlyMap<ClassicOperand, number>;
  /** Conditional: two places may follow. */
  readonly branches: boolean;
  /** Goes to its first place where the comparison does not hold: bpf_asm's jneq, jlt and jle. */
  readonly negated: boolean;
}

const RET_X = 0x0e;

function buildMnemonics(): Map<string, Mnemonic> {
  const codes = new Map<string, Map<ClassicOperand, number>>();
  const add = (name: string, operand: ClassicOperand, code: number): void => {
    codes.set(name, (codes.get(name) ?? new Map<ClassicOperand, number>()).set(operand, code));
  };
  for (const { mnemonic, operand, code } of CLASSIC_OPS) add(mnemonic, operand, code);
  for (const [name, operand, code] of FURTHER) add(name, operand, code);
  const found = new Map<string, Mnemonic>();
  const branching = new Set(CLASSIC_OPS.flatMap(({ branches, mnemonic }) => (branches ? [mnemonic] : [])));
  for (const [name, forms] of codes)
    found.set(name, { name, codes: forms, branches: branching.has(name), negated: false });
  for (const [name, opposite] of NEGATED)
    found.set(name, { name, codes: codes.get(opposite) ?? new Map(), branches: true, negated: true });
  return found;
}

/** Other spellings. `ret x` is an instruction of BSD that Linux refuses; that is said by the checks. */
const FURTHER: readonly (readonly [string, ClassicOperand, number])[] = [
  ['ldi', 'imm', 0x00],
  ['ldxi', 'imm', 0x01],
  ['ldx', 'msh', 0xb1],
  ['jmp', 'target', 0x05],
  ['ret', 'none', 0x16],
  ['ret', 'x', RET_X],
];

const NEGATED: readonly (readonly [string, string])[] = [
  ['jneq', 'jeq'],
  ['jne', 'jeq'],
  ['jle', 'jgt'],
  ['jlt', 'jge'],
];

/** Every spelling of bpf_asm and of `tcpdump -d`, by name. Source: tools/bpf/bpf_exp.y, Linux 6.18. */
export const MNEMONICS: ReadonlyMap<string, Mnemonic> = buildMnemonics();

/** What an operand looks like, for messages and completion. */
export const OPERAND_EXAMPLES: Readonly<Record<ClassicOperand, string>> = {
  imm: '#1',
  abs: '[12]',
  ind: '[x + 14]',
  mem: 'M[0]',
  msh: '4*([14]&0xf)',
  len: 'len',
  x: 'x',
  a: 'a',
  target: 'a label',
  none: 'nothing',
};
