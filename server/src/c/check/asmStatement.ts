/** Inline assembly: operands and what constraints ask of them. Source: GCC's manual; clang's SemaStmtAsm.cpp (v19). */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AsmOperandSyntax, AsmSyntax } from '../syntax.ts';
import type { AsmOperand, Label, Statement } from '../typed.ts';
import { checkAssignable } from './expressionAssign.ts';
import type { Checker } from './checker.ts';
import { checkExpr } from './expression.ts';
import { takeAddress } from './expressionUnary.ts';
import { isLvalue, unsupported, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { nothing } from './statement.ts';
import { useLabel } from './statementLabels.ts';
import { isScalar } from './typeQueries.ts';

/** Of the bpf target: registers, 32-bit halves, immediates, memory (clang's BPFTargetInfo and the generic ones). */
const OUTPUT = /^[=+]&?[rwmgX]+$/;
/** clang passes over a `+` of an input. */
const INPUT = /^\+?[rwmginIsX%,pJKLMNOP]+$|^[0-9]$|^\[\w+\]$/;
const CLOBBER = /^(?:memory|cc|unwind|[rw](?:[0-9]|1[01]))$/;

export function checkAsm(c: Checker, syntax: AsmSyntax): Statement {
  const outputs = syntax.outputs.map((operand) => checkOutput(c, operand));
  const inputs = syntax.inputs.map((operand) => checkInput(c, operand, syntax));
  checkClobbers(c, syntax);
  const labels = syntax.labels.map((label) => useLabel(c, label)).filter((label): label is Label => label !== null);
  const operands = [...outputs, ...inputs];
  if (operands.includes(null)) return nothing(syntax);
  const { start, end, template, clobbers, volatile } = syntax;
  const known = (some: readonly (AsmOperand | null)[]): AsmOperand[] => some.filter((one) => one !== null);
  return {
    kind: 'asm',
    volatile: volatile || syntax.outputs.length === 0,
    template,
    templateAt: syntax.templateAt.start,
    outputs: known(outputs),
    inputs: known(inputs),
    clobbers,
    labels,
    start,
    end,
  };
}

function checkOutput(c: Checker, operand: AsmOperandSyntax): AsmOperand | null {
  const { name, constraint, start, end } = operand;
  const expr = checkExpr(c, operand.expr);
  if (expr.kind === 'error') return null;
  if (!OUTPUT.test(constraint)) return fail(c, operand, `invalid output constraint '${constraint}' in asm`);
  if (!isLvalue(expr)) return fail(c, operand.expr, 'invalid lvalue in asm output');
  if (!checkAssignable(c, expr, operand.expr)) return null;
  if (constraint.includes('m')) takeAddress(expr);
  else if (!isScalar(expr.type))
    return fail(
      c,
      operand.expr,
      `impossible constraint in asm: can't store value of type ${quoteType(expr.type)} into a register`,
    );
  return { name, constraint, expr, start, end };
}

function fail(c: Checker, at: Range, message: string): null {
  reportError(c.problems, 'c-asm', at, message);
  return null;
}

function checkInput(c: Checker, operand: AsmOperandSyntax, syntax: AsmSyntax): AsmOperand | null {
  const { name, start, end } = operand;
  const constraint = operand.constraint.replace(/^\+/, '');
  const written = checkExpr(c, operand.expr);
  if (written.kind === 'error') return null;
  if (!INPUT.test(operand.constraint) || matchesNothing(constraint, syntax))
    return fail(c, operand, `invalid input constraint '${operand.constraint}' in asm`);
  if (constraint === 'm') {
    if (!isLvalue(written)) return fail(c, operand.expr, "invalid lvalue in asm input for constraint 'm'");
    takeAddress(written);
    return { name, constraint, expr: written, start, end };
  }
  const expr = valueOf(c, written);
  if (expr.kind === 'error') return null;
  if (!isScalar(expr.type)) {
    unsupported(
      c,
      operand.expr,
      `a value of type ${quoteType(expr.type)} does not fit into a register; pass its address`,
    );
    return null;
  }
  return { name, constraint, expr, start, end };
}

/** `"0"` and `"[name]"` stand for an output. */
function matchesNothing(constraint: string, syntax: AsmSyntax): boolean {
  if (/^[0-9]$/.test(constraint)) return Number(constraint) >= syntax.outputs.length;
  if (!constraint.startsWith('[')) return false;
  return !syntax.outputs.some(({ name }) => `[${name}]` === constraint);
}

function checkClobbers(c: Checker, syntax: AsmSyntax): void {
  for (const clobber of syntax.clobbers)
    if (!CLOBBER.test(clobber)) fail(c, syntax, `unknown register name '${clobber}' in asm`);
}
