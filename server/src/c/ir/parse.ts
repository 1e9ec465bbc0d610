/**
 * Reads the text form that `print.ts` writes, for tests. Blocks and values may have any names; a symbol that is not
 * declared in the text is an extern. Every instruction's place is the offset of its line. Text that is wrong is a bug of
 * the test that holds it, so it throws.
 */
import { assert } from '../../base/assert.ts';
import { NOWHERE } from '../places.ts';
import type { CType } from '../types.ts';
import { append, constant, newBlock, newFunction, terminate, type InstrInit, type TerminatorInit } from './edit.ts';
import { BINARY_OPS, COMPARE_OPS } from './ir.ts';
import { ParseReader as Reader } from './parseReader.ts';
import type {
  AsmText, BinaryOp, Block, Callee, CompareOp, Constant, ConvertOp, DebugVariable, InlinedCall, Instr, IrFunction, IrModule,
  LateKind, SizeBytes, Value, ValueType,
} from './ir.ts'; // prettier-ignore

export function parseModule(text: string): IrModule {
  const reader = new Reader(text);
  const module: IrModule = { functions: new Map(), data: new Map() };
  while (!reader.atEnd()) {
    if (reader.take('data')) readData(reader, module);
    else readFunction(reader, module);
  }
  return module;
}

/** The only or first function of the text. */
export function parseFunction(text: string): IrFunction {
  const fn = [...parseModule(text).functions.values()].find(({ blocks }) => blocks.length > 0);
  assert(fn, 'no function in the text');
  return fn;
}

const voidType: CType = { kind: 'void' };
const intType: CType = { kind: 'int', name: 'int', bits: 32, signed: true };

/** ---- Data ---- */

function readData(reader: Reader, module: IrModule): void {
  const place = reader.place();
  const symbol = reader.symbol('variable', 'global');
  const linkage = reader.word();
  Object.assign(symbol, linkage === 'literal' ? { kind: 'literal', linkage: 'static' } : { linkage });
  const section = reader.take('section') ? parenthesised(reader) : null;
  reader.expect('align');
  const alignBytes = reader.number();
  const foldable = reader.take('foldable');
  reader.expect('bytes');
  const bytes = Uint8Array.from(reader.string().match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const relocations = [];
  while (reader.take('ref')) {
    relocations.push({ offset: reader.number(), symbol: reader.symbol('variable', null), addend: reader.off() });
  }
  const rest = { type: voidType, hidden: false, declTags: [], place };
  module.data.set(symbol.name, { symbol, section, bytes, alignBytes, relocations, foldable, ...rest });
}

function parenthesised(reader: Reader): string {
  reader.expect('(');
  const text = reader.string();
  reader.expect(')');
  return text;
}

/** ---- Functions ---- */

interface FunctionReader {
  readonly reader: Reader;
  readonly fn: IrFunction;
  readonly values: Map<string, Value>;
  readonly blocks: Map<string, Block>;
  readonly variables: Map<string, DebugVariable>;
  /** Operands by name, looked up when all values are known. */
  readonly operands: { readonly instr: Instr; readonly names: readonly string[] }[];
  readonly phis: { readonly phi: Instr; readonly from: readonly (readonly [Block, string])[] }[];
}

function readFunction(reader: Reader, module: IrModule): void {
  const extern = reader.take('extern');
  const place = reader.place();
  reader.expect('function');
  const returns = reader.word() as ValueType;
  const symbol = reader.symbol('function', extern ? 'extern' : 'global');
  const params = readParams(reader);
  const { section, attributes, linkage } = readAttributes(reader);
  if (linkage) Object.assign(symbol, { linkage });
  const fn = newFunction({ name: symbol.name, symbol, section, returns, attributes, place }, params);
  module.functions.set(fn.name, fn);
  if (!reader.take('{')) return;
  const values = new Map<string, Value>(fn.params.map((param) => [`%${param.name}`, param]));
  const blocks = new Map(labelsAhead(reader).map((label) => [label, newBlock(fn, label)]));
  const state: FunctionReader = { reader, fn, values, blocks, variables: new Map(), operands: [], phis: [] };
  readBody(state);
}

function readParams(reader: Reader): { type: Constant['type']; name: string }[] {
  const params = [];
  reader.expect('(');
  while (!reader.take(')')) {
    params.push({ type: reader.word() as Constant['type'], name: reader.word().slice(1) });
    reader.take(',');
  }
  return params;
}

function readAttributes(reader: Reader): {
  attributes: IrFunction['attributes'];
  section: string | null;
  linkage: string | null;
} {
  let section: string | null = null;
  let error: string | null = null;
  let warning: string | null = null;
  let linkage: string | null = null;
  const flags = { alwaysInline: false, noInline: false, naked: false, hidden: false, used: false, noreturn: false };
  for (;;) {
    const word = reader.peek();
    if (reader.take('section')) section = parenthesised(reader);
    else if (reader.take('error')) error = parenthesised(reader);
    else if (reader.take('warning')) warning = parenthesised(reader);
    else if (word in flags) flags[reader.word() as keyof typeof flags] = true;
    else if (/^(?:static|weak|weakExtern|global)$/.test(word)) linkage = reader.word();
    else return { attributes: { ...flags, error, warning }, section, linkage };
  }
}

function labelsAhead(reader: Reader): string[] {
  const labels: string[] = [];
  for (let n = 0; reader.peek(n) !== '}' && reader.peek(n) !== ''; n++) {
    if (reader.peek(n + 1) === ':') labels.push(reader.peek(n));
  }
  return labels;
}

function readBody(state: FunctionReader): void {
  const { reader, blocks } = state;
  let block: Block | undefined;
  while (!reader.take('}')) {
    if (reader.peek(1) === ':') {
      block = blocks.get(reader.word());
      reader.expect(':');
      if (block && reader.take('unroll')) block.unroll = reader.number();
      continue;
    }
    assert(block, 'an instruction before the first label');
    readInstr(state, block);
  }
  for (const { instr, names } of state.operands) {
    for (const name of names) instr.args.push(valueOf(state, name));
  }
  for (const { phi, from } of state.phis) {
    phi.args = (phi.block?.preds ?? []).map((pred) => {
      const value = from.find(([label]) => label === pred);
      assert(value, `the phi says nothing for ${pred.label}`);
      return valueOf(state, value[1]);
    });
  }
}

function valueOf(state: FunctionReader, name: string): Value {
  const number = /^(-?\d+)([wp]?)$/.exec(name);
  if (number) {
    const type = number[2] === 'w' ? 'i32' : number[2] === 'p' ? 'ptr' : 'i64';
    return constant(state.fn, type, BigInt(number[1] ?? 0));
  }
  const value = state.values.get(name);
  assert(value, `${name} is not defined`);
  return value;
}

/** What an instruction is and how its operands are called. */
interface Read {
  readonly init: InstrInit | (TerminatorInit & { type: 'void' });
  readonly names: readonly string[];
}

function readInstr(state: FunctionReader, block: Block): void {
  const { reader } = state;
  const place = reader.place();
  const name = reader.peek(1) === '=' ? reader.word() : null;
  if (name) reader.expect('=');
  const op = reader.word();
  if (op === 'phi') return readPhi(state, block, name, place);
  const { init, names } = readOp(state, op);
  const whole = { ...init, args: [], place, inlinedAt: readInlinedAt(reader) } as InstrInit;
  const instr = TERMINATORS.has(op)
    ? terminate(state.fn, block, whole as TerminatorInit)
    : append(state.fn, block, whole);
  state.operands.push({ instr, names });
  if (name) state.values.set(name, instr);
}

function readPhi(state: FunctionReader, block: Block, name: string | null, place: number): void {
  const { reader } = state;
  const type = reader.word() as Constant['type'];
  const from: [Block, string][] = [];
  do from.push([blockOf(state), operand(reader)]);
  while (reader.take(','));
  const phi = append(state.fn, block, { op: 'phi', type, args: [], place, inlinedAt: readInlinedAt(reader) });
  state.phis.push({ phi, from });
  if (name) state.values.set(name, phi);
}

function readInlinedAt(reader: Reader): InlinedCall | null {
  const place = reader.place();
  if (!reader.take('in')) return null;
  const callee = reader.word();
  return { place, callee, parent: readInlinedAt(reader) };
}

const TERMINATORS = new Set(['jump', 'branch', 'switch', 'return', 'unreachable', 'asmGoto']);
const COMPARES: ReadonlySet<string> = new Set(COMPARE_OPS);
const BINARIES: ReadonlySet<string> = new Set(BINARY_OPS);
const CONVERTS = new Set(
  ['zext', 'sext', 'trunc', 'zext8', 'zext16', 'sext8', 'sext16', 'ptrToInt', 'intToPtr', 'swap16', 'swap32', 'swap64'], // prettier-ignore
);

/** `args`, `place` and `inlinedAt` are added by the caller. */
type Bare<T> = T extends unknown ? Omit<T, 'args' | 'place' | 'inlinedAt'> : never;

function read(init: Bare<InstrInit>, ...names: string[]): Read {
  return { init: init as InstrInit, names };
}

function readOp(state: FunctionReader, op: string): Read {
  const { reader } = state;
  if (BINARIES.has(op) || COMPARES.has(op) || CONVERTS.has(op)) return readArithmetic(reader, op);
  if (TERMINATORS.has(op)) return readTerminator(state, op);
  switch (op) {
    case 'load':
    case 'store':
    case 'atomic':
    case 'memcpy':
    case 'memmove':
    case 'memset':
      return readMemory(reader, op);
    case 'alloca': {
      const sizeBytes = reader.number();
      reader.expect('align');
      const alignBytes = reader.number();
      const variable = reader.take('var') ? variableOf(state) : null;
      const variableOff = variable ? reader.off() : 0;
      return read({ op, type: 'ptr', sizeBytes, alignBytes, variable, variableOff });
    }
    case 'address':
      return read({ op, type: 'ptr', symbol: reader.symbol('variable', null), addend: reader.off() });
    case 'core': {
      const type = typeOf(reader);
      const relocation = { kind: reader.number(), access: reader.string(), type: voidType };
      return read({ op, type, relocation, value: reader.bigint() });
    }
    case 'call': {
      const pure = reader.take('pure');
      const type = typeOf(reader);
      const callee = readCallee(reader);
      return read({ op, type, callee, pure }, ...list(reader));
    }
    case 'asm': {
      const type = typeOf(reader);
      const asm = readAsm(reader);
      return read({ op, type, asm }, ...list(reader));
    }
    default:
      return readRare(state, op);
  }
}

function readRare(state: FunctionReader, op: string): Read {
  const { reader } = state;
  switch (op) {
    case 'asmOutput': {
      const type = typeOf(reader);
      const from = operand(reader);
      return read({ op, type, index: reader.number() }, from);
    }
    case 'late': {
      const kind = reader.word() as LateKind;
      const type = typeOf(reader);
      return read({ op, type, kind }, ...list(reader));
    }
    case 'packetLoad': {
      const size = sizeOf(reader).size as 1 | 2 | 4;
      return read({ op, type: 'i64', size }, ...pair(reader));
    }
    case 'addrSpaceCast': {
      const from = operand(reader);
      reader.expect('from');
      const source = reader.number();
      reader.expect('to');
      return read({ op, type: 'ptr', from: source, to: reader.number() }, from);
    }
    case 'debugValue': {
      const variable = variableOf(state);
      reader.expect('[');
      const off = reader.number();
      reader.expect(',');
      const size = reader.number();
      reader.expect(']');
      return read({ op, type: 'void', variable, off, size }, ...(reader.take('none') ? [] : [operand(reader)]));
    }
    default:
      throw new RangeError(`no such instruction: ${op}`);
  }
}

function readArithmetic(reader: Reader, op: string): Read {
  const flags = reader.take('noWrap') ? { noWrap: true as const } : {};
  const type = typeOf(reader);
  if (CONVERTS.has(op)) return read({ op: 'convert', kind: op as ConvertOp, type }, operand(reader));
  if (COMPARES.has(op)) return read({ op: 'compare', kind: op as CompareOp, type }, ...pair(reader));
  return read({ op: 'binary', kind: op as BinaryOp, type, ...flags }, ...pair(reader));
}

type MemoryOp = 'load' | 'store' | 'atomic' | 'memcpy' | 'memmove' | 'memset';

function readMemory(reader: Reader, op: MemoryOp): Read {
  const volatile = reader.take('volatile');
  const fetch = reader.take('fetch');
  if (op === 'load') {
    const type = typeOf(reader);
    const { size, signed } = sizeOf(reader);
    const base = operand(reader);
    return read({ op, type, size, signed, volatile, off: reader.off(), ...readAlign(reader) }, base);
  }
  if (op === 'store') {
    const { size } = sizeOf(reader);
    const base = operand(reader);
    const off = reader.off();
    reader.expect(',');
    const value = operand(reader);
    return read({ op, type: 'void', size, volatile, off, ...readAlign(reader) }, base, value);
  }
  if (op === 'atomic') return readAtomic(reader, fetch);
  const [to, from] = pair(reader) as [string, string];
  reader.expect(',');
  reader.expect('size');
  const sizeBytes = reader.number();
  reader.expect('align');
  return read({ op, type: 'void', sizeBytes, alignBytes: reader.number() }, to, from);
}

function readAtomic(reader: Reader, fetch: boolean): Read {
  const type = typeOf(reader);
  const kind = reader.word() as Extract<Instr, { op: 'atomic' }>['kind'];
  const { size } = sizeOf(reader);
  const names = [operand(reader)];
  const off = reader.off();
  while (reader.take(',')) names.push(operand(reader));
  return read({ op: 'atomic', type, kind, size, fetch, off }, ...names);
}

function readTerminator(state: FunctionReader, op: string): Read {
  const { reader } = state;
  switch (op) {
    case 'jump':
      return read({ op, type: 'void', to: blockOf(state) });
    case 'branch': {
      const kind = reader.word() as CompareOp;
      const names = pair(reader);
      reader.expect('then');
      const then = blockOf(state);
      reader.expect('else');
      const otherwise = blockOf(state);
      const likely = reader.take('likely') ? true : reader.take('unlikely') ? false : null;
      return read({ op, type: 'void', kind, then, otherwise, likely }, ...names);
    }
    case 'switch':
      return readSwitch(state);
    case 'return':
      return read(
        { op, type: 'void' },
        ...(isOperand(reader.peek()) && reader.peek(1) !== ':' && reader.peek(1) !== '=' ? [operand(reader)] : []),
      );
    case 'asmGoto':
      return readAsmGoto(state);
    default:
      return read({ op: 'unreachable', type: 'void' });
  }
}

function readSwitch(state: FunctionReader): Read {
  const { reader } = state;
  const value = operand(reader);
  reader.expect('[');
  const cases = [];
  while (!reader.take('else')) {
    const first = reader.bigint();
    reader.expect('..');
    cases.push({ first, last: reader.bigint(), to: blockOf(state) });
    reader.expect(',');
  }
  const otherwise = blockOf(state);
  reader.expect(']');
  return read({ op: 'switch', type: 'void', cases, otherwise }, value);
}

function readAsmGoto(state: FunctionReader): Read {
  const { reader } = state;
  const asm = readAsm(reader);
  const names = list(reader);
  reader.expect('next');
  const next = blockOf(state);
  reader.expect('labels');
  reader.expect('[');
  const labels: Block[] = [];
  while (!reader.take(']')) {
    labels.push(blockOf(state));
    reader.take(',');
  }
  return read({ op: 'asmGoto', type: 'void', asm, next, labels }, ...names);
}

function readAsm(reader: Reader): AsmText {
  const template = reader.string();
  const clobbers: string[] = [];
  const operands: AsmText['operands'][number][] = [];
  let volatile = false;
  let memory = false;
  reader.expect('[');
  while (!reader.take(']')) {
    if (reader.take('volatile')) volatile = true;
    else if (reader.take('memory')) memory = true;
    else if (reader.take('clobber')) clobbers.push(reader.string());
    else operands.push(readAsmOperand(reader));
    reader.take(',');
  }
  return { template, templateAt: NOWHERE, volatile, memory, clobbers, operands };
}

function readAsmOperand(reader: Reader): AsmText['operands'][number] {
  const direction = reader.word() as 'in' | 'out' | 'inOut';
  const constraint = reader.string();
  const type = typeOf(reader) as Constant['type'];
  reader.expect('arg');
  const arg = reader.take('none') ? null : reader.number();
  reader.expect('out');
  const output = reader.take('none') ? null : reader.number();
  const name = reader.peek() === ',' || reader.peek() === ']' ? null : reader.word();
  return { name, constraint, direction, arg, output, type };
}

function readCallee(reader: Reader): Callee {
  if (reader.take('helper')) return { kind: 'helper', number: reader.number() };
  if (reader.take('value')) return { kind: 'value' };
  return { kind: 'function', symbol: reader.symbol('function', null) };
}

/** ---- Words ---- */

function isOperand(word: string): boolean {
  return /^[%\d-]/.test(word);
}

function operand(reader: Reader): string {
  const sign = reader.take('-') ? '-' : '';
  return sign + reader.word();
}

function pair(reader: Reader): string[] {
  const first = operand(reader);
  reader.expect(',');
  return [first, operand(reader)];
}

function list(reader: Reader): string[] {
  const names: string[] = [];
  reader.expect('(');
  while (!reader.take(')')) {
    names.push(operand(reader));
    reader.take(',');
  }
  return names;
}

function typeOf(reader: Reader): ValueType {
  const word = reader.word();
  assert(/^(?:i32|i64|ptr|void)$/.test(word), `expected a type, found ${word}`);
  return word as ValueType;
}

function sizeOf(reader: Reader): { size: SizeBytes; signed: boolean } {
  const word = reader.word();
  assert(/^[us](?:8|16|32|64)$/.test(word), `expected a size, found ${word}`);
  return { size: (Number(word.slice(1)) / 8) as SizeBytes, signed: word.startsWith('s') };
}

function blockOf(state: FunctionReader): Block {
  const label = state.reader.word();
  const block = state.blocks.get(label);
  assert(block, `no block ${label}`);
  return block;
}

function variableOf(state: FunctionReader): DebugVariable {
  const name = state.reader.word();
  const known = state.variables.get(name);
  if (known) return known;
  const made = { name, type: intType, place: NOWHERE, parameter: false, block: null };
  state.variables.set(name, made);
  return made;
}

function readAlign(reader: Reader): { alignBytes?: 1 | 2 | 4 } {
  return reader.take('align') ? { alignBytes: reader.number() as 1 | 2 | 4 } : {};
}
