/** The template of an inline assembly with its operands in their places. Syntax: GCC manual, "Extended Asm"; clang 19. */
import type { AsmInsn, AsmOperand } from '../code.ts';
import type { IrSymbol } from '../../ir/ir.ts';

export interface Substituted {
  readonly text: string;
  /** Symbols that operands stand for, by the names in the text. */
  readonly symbols: ReadonlyMap<string, IrSymbol>;
  /** Labels of C that it may jump to, by the names in the text. */
  readonly labels: ReadonlyMap<string, number>;
  /** What cannot be understood; null for nothing. */
  readonly fault: string | null;
}

interface State {
  readonly insn: AsmInsn;
  readonly symbols: Map<string, IrSymbol>;
  readonly labels: Map<string, number>;
  fault: string | null;
}

const REFERENCE = /%(?:%|=|([a-zA-Z]?)(?:(\d+)|\[([^\]]*)\]))/g;

/** `unique` is what `%=` becomes. */
export function substitute(insn: AsmInsn, unique: string): Substituted {
  const state: State = { insn, symbols: new Map(), labels: new Map(), fault: null };
  const text = insn.asm.template.replaceAll(REFERENCE, (all, modifier: string, number?: string, name?: string) => {
    if (all === '%%') return '%';
    if (all === '%=') return unique;
    return modifier === 'l' ? labelText(state, number, name) : operandText(state, all, modifier, number, name);
  });
  return { text, symbols: state.symbols, labels: state.labels, fault: state.fault };
}

function operandText(state: State, all: string, modifier: string, number?: string, name?: string): string {
  const { operands } = state.insn.asm;
  const index = number === undefined ? operands.findIndex((operand) => operand.name === name) : Number(number);
  const operand = state.insn.operands[index];
  if (operand === undefined) {
    state.fault ??= number === undefined ? `unknown symbolic operand name in inline assembly string: '${name}'` : `invalid operand number in inline asm string: '${all}'`; // prettier-ignore
    return '0';
  }
  const narrow = modifier === 'w' || /w/.test(operands[index]?.constraint ?? '');
  return textOf(state, operand, narrow);
}

function textOf(state: State, operand: AsmOperand, narrow: boolean): string {
  switch (operand.kind) {
    case 'register':
      return `${narrow ? 'w' : 'r'}${operand.reg}`;
    case 'number':
      return String(operand.value);
    case 'symbol':
      state.symbols.set(operand.symbol.name, operand.symbol);
      return operand.addend === 0 ? operand.symbol.name : `${operand.symbol.name} + ${operand.addend}`;
    case 'memory': {
      const off = operand.off + (operand.frame?.offset ?? 0);
      return `(r${operand.base} ${off < 0 ? '-' : '+'} ${Math.abs(off)})`;
    }
  }
}

/** Labels are numbered behind the operands. */
function labelText(state: State, number?: string, name?: string): string {
  const { asm } = state.insn;
  const index = number === undefined ? (asm.labels ?? []).indexOf(name ?? '') : Number(number) - asm.operands.length;
  if (index < 0) state.fault ??= `unknown label in inline assembly string: '${name ?? number}'`;
  const text = `asm.goto.${index}`;
  state.labels.set(text, index);
  return text;
}
