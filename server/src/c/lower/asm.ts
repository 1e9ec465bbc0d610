/** Inline assembly: its operands become arguments and results. Source: GCC's manual, "Extended Asm". */
import { evaluate } from '../check/constant.ts';
import { newBlock } from '../ir/edit.ts';
import type { AsmText, Block, Constant, Instr, Value } from '../ir/ir.ts';
import type { AsmOperand, Expr } from '../typed.ts';
import { emit, end, number } from './emit.ts';
import { addressOf, type Location } from './location.ts';
import { read, write } from './memory.ts';
import { locationOf } from './object.ts';
import { heldIn, isQualified } from './shape.ts';
import type { BodyState, StatementOf } from './state.ts';
import { labelBlock } from './statement.ts';
import { value } from './value.ts';

type Operand = AsmText['operands'][number];

/** An output in a register: where its value goes. */
interface Result {
  readonly operand: AsmOperand;
  readonly location: Location;
  readonly type: Constant['type'];
}

interface Lists {
  readonly operands: Operand[];
  readonly args: Value[];
  readonly results: Result[];
}

export function asmStatement(f: BodyState, statement: StatementOf<'asm'>): void {
  const lists: Lists = { operands: [], args: [], results: [] };
  for (const output of statement.outputs) addOutput(f, output, lists);
  for (const input of statement.inputs) addInput(f, input, lists);
  f.place = statement.start;
  const asm = textOf(statement, lists.operands);
  if (statement.labels.length > 0) {
    if (lists.results.length > 0) f.unit.fail(statement, "'asm goto' with outputs is not supported");
    return asmGoto(
      f,
      asm,
      lists.args,
      statement.labels.map((label) => labelBlock(f, label)),
    );
  }
  const [first] = lists.results;
  const made = emit(f, { op: 'asm', type: first?.type ?? 'void', args: lists.args, asm });
  lists.results.forEach((result, index) => storeResult(f, result, outputOf(f, made, index, result.type)));
}

function textOf(statement: StatementOf<'asm'>, operands: readonly Operand[]): AsmText {
  const { template, templateAt, clobbers, outputs } = statement;
  return {
    template,
    templateAt,
    volatile: statement.volatile || outputs.length === 0,
    memory: clobbers.includes('memory'),
    clobbers: clobbers.filter((clobber) => clobber !== 'memory' && clobber !== 'cc'),
    operands,
    ...(statement.labels.length > 0 ? { labels: statement.labels.map(({ name }) => name) } : {}),
  };
}

function addOutput(f: BodyState, output: AsmOperand, { operands, args, results }: Lists): void {
  const { name, constraint, expr } = output;
  const location = locationOf(f, expr);
  const type = heldIn(expr.type);
  if (isMemory(constraint) || !type) {
    if (!isMemory(constraint)) f.unit.fail(output, 'only numbers and pointers can be operands in registers');
    args.push(addressOf(f, location));
    operands.push({ name, constraint, direction: 'in', arg: args.length - 1, output: null, type: 'ptr' });
    return;
  }
  const both = constraint.includes('+');
  if (both) args.push(read(f, location, expr.type, isQualified(expr.type, 'volatile')));
  const arg = both ? args.length - 1 : null;
  operands.push({ name, constraint, direction: both ? 'inOut' : 'out', arg, output: results.length, type });
  results.push({ operand: output, location, type });
}

function addInput(f: BodyState, input: AsmOperand, { operands, args }: Lists): void {
  const { name } = input;
  const constraint = numbered(input.constraint, operands);
  const expr = /^[ri]+$/.test(constraint) ? beforeNarrowing(input.expr) : input.expr;
  const lvalue = isMemory(constraint);
  const held = heldIn(expr.type);
  if (!lvalue && !held) f.unit.fail(input, 'only numbers and pointers can be operands in registers');
  args.push(lvalue || !held ? addressOf(f, locationOf(f, expr)) : inputValue(f, constraint, expr, held));
  const type = lvalue || !held ? 'ptr' : held;
  operands.push({ name, constraint, direction: 'in', arg: args.length - 1, output: null, type });
}

/**
 * The rest of a register that a number of one or two bytes is given in means nothing: LLVM leaves there what was there, and
 * the kernel's `bpf_cmp_likely` counts on it, whose `(short)` only asks for the name of a whole register.
 */
function beforeNarrowing(expr: Expr): Expr {
  if (expr.kind !== 'convert' || expr.how !== 'integer' || evaluate(expr, true) !== null) return expr;
  const { type, operand } = expr;
  const narrow = type.kind === 'int' && type.bits < 32;
  return narrow && (heldIn(operand.type) === 'i64' || heldIn(operand.type) === 'i32') ? operand : expr;
}

/** What must be an immediate is computed now, with offsets as this unit's types say (clang's EmitAsmInput). */
function inputValue(f: BodyState, constraint: string, expr: Expr, held: Constant['type']): Value {
  const known = /^[insIJKLMNOP%]+$/.test(constraint) ? evaluate(expr, true) : null;
  return known?.kind === 'int' ? number(f, held, known.value) : value(f, expr);
}

/** `[name]` ties an input to an output, as its number does. */
function numbered(constraint: string, operands: readonly Operand[]): string {
  const name = /^\[(\w+)\]$/.exec(constraint)?.[1];
  const number = name === undefined ? -1 : operands.findIndex((operand) => operand.name === name);
  return number === -1 ? constraint : String(number);
}

/** Only in memory; `rm` is a register. */
function isMemory(constraint: string): boolean {
  return constraint.includes('m') && !constraint.includes('r');
}

function outputOf(f: BodyState, made: Instr, index: number, type: Constant['type']): Value {
  return index === 0 ? made : emit(f, { op: 'asmOutput', type, args: [made], index });
}

/** The register's low bytes are the value. */
function storeResult(f: BodyState, { operand, location }: Result, result: Value): void {
  const { type } = operand.expr;
  write(f, location, type, result, isQualified(type, 'volatile'));
}

function asmGoto(f: BodyState, asm: AsmText, args: Value[], labels: Block[]): void {
  const next = newBlock(f.fn, 'next');
  end(f, { op: 'asmGoto', args, asm, next, labels }, next);
}
