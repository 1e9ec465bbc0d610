import type { Btf, BtfType } from './btf.ts';
import { nameOf, typeAt } from './query.ts';

/** Nesting and lines that a definition may take; what goes beyond is abbreviated, so damaged data ends as well. */
const MAX_DEPTH = 16;
const MAX_LINES = 5000;

/** A type as C: a struct, union or enum with its body, a function as prototype, anything else as declaration. */
export function printType(btf: Btf, id: number): string {
  const type = typeAt(btf, id);
  const budget = { lines: MAX_LINES, lists: MAX_DEPTH };
  if (isCompound(type)) return `${definition(btf, type, 0, budget)};`;
  if (type.kind === 'fwd') return `${type.union ? 'union' : 'struct'} ${type.name};`;
  if (type.kind === 'typedef') return `typedef ${declare(btf, type.type, type.name, 0, budget)};`;
  if (type.kind === 'func' || type.kind === 'var') return variable(btf, id, budget);
  if (type.kind === 'datasec') return type.vars.map((part) => variable(btf, part.type, budget)).join('\n');
  if (type.kind === 'declTag') return `__attribute__((btf_decl_tag(${JSON.stringify(type.name)})))`;
  return typeName(btf, id);
}

function variable(btf: Btf, id: number, budget: Budget): string {
  const type = typeAt(btf, id);
  if (type.kind !== 'var' && type.kind !== 'func') return `${typeName(btf, id)};`;
  return `${type.linkage === 'global' ? '' : `${type.linkage} `}${declare(btf, type.type, type.name, 0, budget)};`;
}

/** A type's name as a cast would spell it: `const struct iphdr *`. */
export function typeName(btf: Btf, id: number): string {
  return declaration(btf, id, '');
}

/** A variable of the type: `int (*callback)(void *)`, `char comm[16]`. */
export function declaration(btf: Btf, id: number, name: string): string {
  return declare(btf, id, name, -1, { lines: MAX_LINES, lists: MAX_DEPTH });
}

/** What is left to write, so that damaged data cannot make a text without end. */
interface Budget {
  lines: number;
  /** Parameter lists within parameter lists. */
  lists: number;
}

/** A type that contains another one by pointing at it; C writes it around the name, from the inside out. */
interface Declarator {
  text: string;
  qualifiers: string;
  /** The outermost layer is a star, which binds less than brackets and parentheses. */
  pointer: boolean;
}

/**
 * Walks from the outermost type to the base type and writes what it meets around the name. `indent` is -1 where
 * unnamed structs are to be abbreviated, otherwise the depth at which their bodies are written.
 */
function declare(btf: Btf, id: number, name: string, indent: number, budget: Budget): string {
  const made: Declarator = { text: name, qualifiers: '', pointer: false };
  let at = id;
  for (let depth = 0; depth < MAX_DEPTH * 4; depth++) {
    const type = typeAt(btf, at);
    const next = wrap(btf, type, made, budget);
    if (next === null) return joined(`${made.qualifiers}${baseName(btf, type, indent, budget)}`, made.text);
    at = next;
  }
  return joined('/* endless */ void', made.text);
}

function joined(base: string, declarator: string): string {
  return declarator === '' ? base : `${base} ${declarator}`;
}

/** Puts one layer around the declarator. The id of the next type, or null when this is the base type. */
function wrap(btf: Btf, type: BtfType, made: Declarator, budget: Budget): number | null {
  if (type.kind === 'ptr') {
    made.text = `*${made.qualifiers}${made.text}`;
    made.qualifiers = '';
    made.pointer = true;
    return type.type;
  }
  if (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict') {
    if (!made.qualifiers.includes(type.kind)) made.qualifiers = `${type.kind} ${made.qualifiers}`;
    return type.type;
  }
  if (type.kind === 'typeTag') {
    made.text = joined(`__${type.name}`, made.text);
    return type.type;
  }
  if (type.kind === 'array') {
    made.text = `${grouped(made)}[${type.length === 0 ? '' : type.length}]`;
    return type.type;
  }
  if (type.kind !== 'funcProto') return null;
  made.text = `${grouped(made)}(${parameters(btf, type, budget)})`;
  return type.returns;
}

/** Brackets and parentheses bind tighter than a star. */
function grouped(made: Declarator): string {
  if (!made.pointer) return made.text;
  made.pointer = false;
  return `(${made.text})`;
}

function parameters(btf: Btf, proto: Extract<BtfType, { kind: 'funcProto' }>, budget: Budget): string {
  if ((budget.lines -= proto.params.length + 1) < 0 || budget.lists === 0) return '/* … */';
  budget.lists--;
  const list = proto.params.map((param) => declare(btf, param.type, param.name, -1, budget));
  budget.lists++;
  if (proto.variadic) list.push('...');
  return list.length === 0 ? 'void' : list.join(', ');
}

function baseName(btf: Btf, type: BtfType, indent: number, budget: Budget): string {
  if (isCompound(type)) {
    if (type.name !== '') return `${type.kind} ${type.name}`;
    return indent < 0 ? `${type.kind} { … }` : definition(btf, type, indent, budget);
  }
  if (type.kind === 'fwd') return `${type.union ? 'union' : 'struct'} ${type.name}`;
  return nameOf(type) || type.kind;
}

type Compound = Extract<BtfType, { kind: 'struct' | 'union' | 'enum' }>;

function isCompound(type: BtfType): type is Compound {
  return type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum';
}

function definition(btf: Btf, type: Compound, indent: number, budget: Budget): string {
  const head = type.name === '' ? type.kind : `${type.kind} ${type.name}`;
  const pad = '    '.repeat(indent + 1);
  const lines: string[] = [];
  if (indent >= MAX_DEPTH) return `${head} { /* … */ }`;
  for (const line of body(btf, type, indent, budget)) {
    if (budget.lines-- <= 0) {
      lines.push(`${pad}/* … */`);
      break;
    }
    lines.push(`${pad}${line}`);
  }
  if (lines.length === 0) return `${head} {}`;
  return [`${head} {`, ...lines, `${'    '.repeat(indent)}}`].join('\n');
}

function* body(btf: Btf, type: Compound, indent: number, budget: Budget): Generator<string> {
  if (type.kind === 'enum') {
    for (const { name, value } of type.values) yield `${name} = ${value},`;
    return;
  }
  for (const member of type.members) {
    const bits = member.bitSize > 0 ? ` : ${member.bitSize}` : '';
    yield `${declare(btf, member.type, member.name, indent + 1, budget)}${bits};`;
  }
}
