/**
 * The text form of the intermediate language, for tests and for reading. Values are numbered in the order they stand in,
 * so that the text does not depend on what was removed before. Constants bear their type: `5` is i64, `5w` i32, `5p` a
 * pointer. `in f` after an instruction says that it was inlined from f. Places and C types are not told.
 */
import { unreachable } from '../../base/assert.ts';
import type { AsmText, Block, Callee, Instr, IrData, IrFunction, IrModule, IrSymbol, Value } from './ir.ts';

export function printModule(module: IrModule): string {
  return [
    ...[...module.data.values()].map(printData),
    ...[...module.functions.values()].map((fn) => printFunction(fn)),
  ].join('\n');
}

export function printFunction(fn: IrFunction): string {
  const names = nameAll(fn);
  const params = fn.params.map((param) => `${param.type} ${names.value(param)}`).join(', ');
  const head = `${fn.blocks.length === 0 ? 'extern ' : ''}function ${fn.returns} @${fn.name}(${params})${attributesOf(fn)}`;
  if (fn.blocks.length === 0) return `${head}\n`;
  const body = fn.blocks.map((block) => printBlock(block, names)).join('');
  return `${head} {\n${body}}\n`;
}

interface Names {
  readonly value: (value: Value) => string;
  readonly block: (block: Block) => string;
}

function nameAll(fn: IrFunction): Names {
  const values = new Map<Value, string>();
  for (const param of fn.params) values.set(param, `%${values.size}`);
  const blocks = new Map<Block, string>();
  const taken = new Set<string>();
  for (const block of fn.blocks) {
    let name = block.label;
    for (let n = 1; taken.has(name); n++) name = `${block.label}.${n}`;
    taken.add(name);
    blocks.set(block, name);
    for (const instr of block.instrs) if (instr.type !== 'void') values.set(instr, `%${values.size}`);
  }
  return {
    value: (value) => (value.op === 'const' ? constantText(value) : (values.get(value) ?? `%gone${value.id}`)),
    block: (block) => blocks.get(block) ?? `gone${block.id}`,
  };
}

function constantText(value: Value & { op: 'const' }): string {
  const bits = value.type === 'i32' ? 32 : 64;
  const suffix = { i32: 'w', i64: '', ptr: 'p' }[value.type];
  return `${value.type === 'ptr' ? value.value : BigInt.asIntN(bits, value.value)}${suffix}`;
}

function attributesOf(fn: IrFunction): string {
  const { attributes, section, symbol } = fn;
  return [
    symbol.linkage === 'global' || (fn.blocks.length === 0 && symbol.linkage === 'extern') ? '' : ` ${symbol.linkage}`,
    section === null ? '' : ` section(${JSON.stringify(section)})`,
    ...(['error', 'warning'] as const).map((name) =>
      attributes[name] === null ? '' : ` ${name}(${JSON.stringify(attributes[name])})`,
    ),
    ...(['alwaysInline', 'noInline', 'naked', 'hidden', 'used', 'noreturn'] as const).map((name) =>
      attributes[name] ? ` ${name}` : '',
    ),
  ].join('');
}

function printBlock(block: Block, names: Names): string {
  const lines = block.instrs.map((instr) => {
    const text = instr.type === 'void' ? '' : `${names.value(instr)} = `;
    return `  ${text}${instrText(instr, names)}${inlinedText(instr)}\n`;
  });
  const unroll = block.unroll === null ? '' : ` unroll ${block.unroll}`;
  return `${names.block(block)}:${unroll}\n${lines.join('')}`;
}

function inlinedText(instr: Instr): string {
  let text = '';
  for (let call = instr.inlinedAt; call; call = call.parent) text += ` in ${call.callee}`;
  return text;
}

function instrText(instr: Instr, names: Names): string {
  const arg = (n: number): string => (instr.args[n] ? names.value(instr.args[n]) : 'none');
  const args = instr.args.map((value) => names.value(value)).join(', ');
  const type = instr.type;
  switch (instr.op) {
    case 'binary':
      return `${instr.kind}${instr.noWrap ? ' noWrap' : ''} ${type} ${args}`;
    case 'compare':
      return `${instr.kind} ${type} ${args}`;
    case 'convert':
      return `${instr.kind} ${type} ${args}`;
    case 'phi':
      return `phi ${type} ${instr.args.map((value, i) => `${phiLabel(instr, i, names)} ${names.value(value)}`).join(', ')}`;
    case 'load':
      return `load${flag(instr.volatile, 'volatile')} ${type} ${instr.signed ? 's' : 'u'}${instr.size * 8} ${arg(0)}${offText(instr.off)}${alignText(instr)}`;
    case 'store':
      return `store${flag(instr.volatile, 'volatile')} u${instr.size * 8} ${arg(0)}${offText(instr.off)}, ${arg(1)}${alignText(instr)}`;
    case 'alloca':
      return `alloca ${instr.sizeBytes} align ${instr.alignBytes}${instr.variable ? ` var ${instr.variable.name}${offText(instr.variableOff)}` : ''}`;
    case 'address':
      return `address @${instr.symbol.name}${offText(instr.addend)}`;
    case 'core':
      return `core ${type} ${instr.relocation.kind} ${JSON.stringify(instr.relocation.access)} ${instr.value}`;
    case 'call':
      return `call${flag(instr.pure, 'pure')} ${type} ${calleeText(instr.callee)}(${args})`;
    case 'atomic':
      return `atomic${flag(instr.fetch, 'fetch')} ${type} ${instr.kind} u${instr.size * 8} ${arg(0)}${offText(instr.off)}${restText(instr, names)}`;
    case 'asm':
      return `asm ${type} ${asmText(instr.asm)}(${args})`;
    case 'asmOutput':
      return `asmOutput ${type} ${args} ${instr.index}`;
    case 'memcpy':
    case 'memmove':
    case 'memset':
      return `${instr.op} ${args}, size ${instr.sizeBytes} align ${instr.alignBytes}`;
    case 'late':
      return `late ${instr.kind} ${type} (${args})`;
    case 'packetLoad':
      return `packetLoad u${instr.size * 8} ${args}`;
    case 'addrSpaceCast':
      return `addrSpaceCast ${args} from ${instr.from} to ${instr.to}`;
    case 'debugValue':
      return `debugValue ${instr.variable.name}[${instr.off}, ${instr.size}] ${args || 'none'}`;
    default:
      return terminatorText(instr, names);
  }
}

type TerminatorInstr = Extract<Instr, { op: 'jump' | 'branch' | 'switch' | 'return' | 'unreachable' | 'asmGoto' }>;

function terminatorText(instr: TerminatorInstr, names: Names): string {
  const args = instr.args.map((value) => names.value(value)).join(', ');
  switch (instr.op) {
    case 'jump':
      return `jump ${names.block(instr.to)}`;
    case 'branch': {
      const likely = instr.likely === null ? '' : instr.likely ? ' likely' : ' unlikely';
      return `branch ${instr.kind} ${args} then ${names.block(instr.then)} else ${names.block(instr.otherwise)}${likely}`;
    }
    case 'switch': {
      const cases = instr.cases.map(({ first, last, to }) => `${first}..${last} ${names.block(to)}, `).join('');
      return `switch ${args} [${cases}else ${names.block(instr.otherwise)}]`;
    }
    case 'return':
      return instr.args.length > 0 ? `return ${args}` : 'return';
    case 'unreachable':
      return 'unreachable';
    case 'asmGoto':
      return `asmGoto ${asmText(instr.asm)}(${args}) next ${names.block(instr.next)} labels [${instr.labels.map((label) => names.block(label)).join(', ')}]`;
    default:
      return unreachable(instr);
  }
}

function phiLabel(instr: Instr, at: number, names: Names): string {
  const pred = instr.block?.preds[at];
  return pred ? names.block(pred) : 'none';
}

function flag(set: boolean, name: string): string {
  return set ? ` ${name}` : '';
}

function offText(off: number): string {
  return off === 0 ? '' : off < 0 ? ` - ${-off}` : ` + ${off}`;
}

function alignText({ alignBytes }: { alignBytes?: number }): string {
  return alignBytes === undefined ? '' : ` align ${alignBytes}`;
}

function restText(instr: Instr, names: Names): string {
  return instr.args
    .slice(1)
    .map((value) => `, ${names.value(value)}`)
    .join('');
}

function calleeText(callee: Callee): string {
  switch (callee.kind) {
    case 'helper':
      return `helper ${callee.number}`;
    case 'function':
      return `@${callee.symbol.name}`;
    case 'value':
      return 'value';
    default:
      return unreachable(callee);
  }
}

function asmText(asm: AsmText): string {
  const operands = asm.operands.map(({ name, constraint, direction, arg, output, type }) =>
    [direction, JSON.stringify(constraint), type, `arg ${arg ?? 'none'}`, `out ${output ?? 'none'}`, name ?? '']
      .join(' ')
      .trimEnd(),
  );
  const clobbers = asm.clobbers.map((clobber) => `clobber ${JSON.stringify(clobber)}`);
  const flags = [...(asm.volatile ? ['volatile'] : []), ...(asm.memory ? ['memory'] : []), ...clobbers, ...operands];
  return `${JSON.stringify(asm.template)} [${flags.join(', ')}]`;
}

function printData(data: IrData): string {
  const hex = [...data.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const refs = data.relocations.map(({ offset, symbol, addend }) => ` ref ${offset} @${symbol.name}${offText(addend)}`);
  const section = data.section === null ? '' : ` section(${JSON.stringify(data.section)})`;
  return `data @${data.symbol.name} ${symbolText(data.symbol)}${section} align ${data.alignBytes}${flag(data.foldable, 'foldable')} bytes "${hex}"${refs.join('')}\n`;
}

function symbolText(symbol: IrSymbol): string {
  return symbol.kind === 'literal' ? 'literal' : symbol.linkage;
}
