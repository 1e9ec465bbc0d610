/** Inline assembly to instructions. Statements are read by the assembler's own parser, which knows clang's spellings. */
import { sourceText } from '../../../base/source.ts';
import type { Insn } from '../../../isa/insn.ts';
import { slots } from '../../../isa/insn.ts';
import { Cursor } from '../../../asm/assembler/cursor.ts';
import { Lexer, type Lexeme } from '../../../asm/assembler/lex.ts';
import { parseInsn } from '../../../asm/assembler/parseInsn.ts';
import { newUnit, type SymbolUse, type Unit } from '../../../asm/assembler/unit.ts';
import type { IrModule, IrSymbol } from '../../ir/ir.ts';
import { reportError, type Problems } from '../../problem.ts';
import type { AsmInsn, Op } from '../code.ts';
import { dataOf, DATA_SIZES, IGNORED } from './data.ts';
import { plainStatements } from './plainStatements.ts';
import { substitute, type Substituted } from './substitute.ts';

export interface AsmCode {
  readonly insns: readonly Insn[];
  readonly relocations: readonly { readonly pc: number; readonly kind: 'address' | 'call'; readonly symbol: IrSymbol; readonly addend: number }[]; // prettier-ignore
  /** Jumps to labels of C. */
  readonly jumps: readonly { readonly pc: number; readonly label: number }[];
}

interface Assembly {
  readonly unit: Unit;
  readonly module: IrModule;
  readonly given: Substituted;
  readonly insns: Insn[];
  readonly relocations: AsmCode['relocations'][number][];
  readonly jumps: AsmCode['jumps'][number][];
  readonly uses: { readonly pc: number; readonly symbol: SymbolUse }[];
  /** By name: slots; numbers may be declared again and again. */
  readonly labels: Map<string, number[]>;
  readonly bytes: number[];
  fault: string | null;
}

/** `unique` is what `%=` stands for. */
export function assembleOp(op: Op, insn: AsmInsn, unique: string, module: IrModule, problems: Problems): AsmCode {
  const given = substitute(insn, unique);
  const plain = plainStatements(given.text);
  const text = plain ?? '';
  const assembly: Assembly = {
    unit: newUnit(sourceText('', text)),
    module, given, insns: [], relocations: [], jumps: [], uses: [], labels: new Map(), bytes: [], fault: plain === null ? 'the repetitions of .rept are too long' : given.fault,
  }; // prettier-ignore
  if (assembly.fault === null) readText(assembly, text);
  if (assembly.fault === null) for (const { pc, symbol } of assembly.uses) resolve(assembly, pc, symbol);
  if (assembly.fault !== null) {
    const at = insn.asm.templateAt >= 0 ? insn.asm.templateAt : op.place;
    reportError(problems, 'inline-assembly', { start: at, end: at }, assembly.fault);
  }
  return assembly;
}

function readText(assembly: Assembly, text: string): void {
  const lexer = new Lexer(text);
  let lexemes: Lexeme[] = [];
  for (let lexeme = lexer.next(); assembly.fault === null; lexeme = lexer.next()) {
    if (lexeme !== null && lexeme.kind !== 'end') {
      if (lexeme.kind !== 'comment') lexemes.push(lexeme);
      continue;
    }
    readStatement(assembly, lexemes);
    lexemes = [];
    if (lexeme === null) break;
  }
  if (assembly.bytes.length > 0)
    assembly.fault ??= 'the bytes laid down by .byte and its like are no whole instructions';
}

function readStatement(assembly: Assembly, statement: readonly Lexeme[]): void {
  let from = 0;
  while (
    statement[from + 1]?.text === ':' &&
    (statement[from]?.kind === 'word' || statement[from]?.kind === 'number')
  ) {
    declare(assembly, statement[from]?.text ?? '');
    from += 2;
  }
  const [first] = statement.slice(from, from + 1);
  if (first === undefined) return;
  const cursor = new Cursor(assembly.unit, statement.slice(from));
  if (first.text.startsWith('.')) return readDirective(assembly, cursor, first.text);
  const parsed = parseInsn(cursor);
  if (parsed === null) {
    const message =
      assembly.unit.diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'invalid instruction';
    assembly.fault = `${message.charAt(0).toLowerCase()}${message.slice(1)} in '${statement.map(({ text }) => text).join(' ')}'`;
    return;
  }
  const pc = assembly.insns.length;
  assembly.insns.push(parsed.insn);
  if (slots(parsed.insn) === 2) assembly.insns.push({ kind: 'wideSlot' });
  if (parsed.symbol !== null) assembly.uses.push({ pc, symbol: parsed.symbol });
}

function declare({ labels, insns }: Assembly, name: string): void {
  const known = labels.get(name);
  if (known === undefined) labels.set(name, [insns.length]);
  else known.push(insns.length);
}

function readDirective(assembly: Assembly, cursor: Cursor, name: string): void {
  if (IGNORED.has(name)) return;
  const size = DATA_SIZES.get(name);
  if (size === undefined) {
    assembly.fault = `the directive ${name} is not supported in inline assembly`;
    return;
  }
  cursor.next();
  const insns = dataOf(cursor, size, assembly.bytes);
  if (insns === null) assembly.fault = assembly.unit.diagnostics.at(-1)?.message ?? `invalid operand of ${name}`;
  else assembly.insns.push(...insns);
}

function resolve(assembly: Assembly, pc: number, symbol: SymbolUse): void {
  const { given, jumps, relocations } = assembly;
  if (symbol.role === 'jump') {
    const label = given.labels.get(symbol.name);
    if (label !== undefined) jumps.push({ pc, label });
    else jump(assembly, pc, symbol.name);
    return;
  }
  const kind = symbol.role === 'call' || symbol.role === 'kfunc' ? 'call' : 'address';
  const insn: Insn =
    kind === 'call' ? { kind: 'call', target: 'subprog', imm: -1, off: 0 } : addressInsn(assembly, pc, symbol);
  assembly.insns[pc] = insn;
  relocations.push({ pc, kind, symbol: symbolNamed(assembly, symbol.name, kind), addend: symbol.addend });
}

function addressInsn({ insns }: Assembly, pc: number, { addend }: SymbolUse): Insn {
  const insn = insns[pc];
  return {
    kind: 'loadImm64',
    dst: insn !== undefined && 'dst' in insn ? insn.dst : 0,
    lo: addend | 0,
    hi: addend < 0 ? -1 : 0,
  };
}

/** One that nothing declares is another object's, as in an assembly file. */
function symbolNamed({ given, module }: Assembly, name: string, kind: 'call' | 'address'): IrSymbol {
  const known = given.symbols.get(name) ?? module.functions.get(name)?.symbol ?? module.data.get(name)?.symbol;
  return known ?? { name, kind: kind === 'call' ? 'function' : 'variable', linkage: 'extern' };
}

function jump(assembly: Assembly, pc: number, name: string): void {
  const target = targetOf(assembly, pc, name);
  const insn = assembly.insns[pc];
  if (target === undefined) assembly.fault ??= `the label '${name}' is not declared in this inline assembly`;
  else if (insn?.kind === 'jump' || insn?.kind === 'goto' || insn?.kind === 'mayGoto')
    assembly.insns[pc] = { ...insn, off: target - pc - 1 };
}

/** `1b` is the last `1:` before, `1f` the first one behind. */
function targetOf({ labels }: Assembly, pc: number, name: string): number | undefined {
  const plain = labels.get(name);
  if (plain !== undefined) return plain[0];
  const places = labels.get(name.slice(0, -1)) ?? [];
  return name.endsWith('f') ? places.find((at) => at > pc) : places.findLast((at) => at <= pc);
}
