import { unreachable } from '../../base/assert.ts';
import type { CType, EnumType, FunctionType, QualifiedType, RecordType } from '../types.ts';

/**
 * A C type as BTF splits it: one node for each qualifier and tag, and equal types are one node. `to` and the like are
 * numbers of nodes; 0 is void.
 */
export type TypeNode =
  | { readonly kind: 'void' }
  | {
      readonly kind: 'int';
      readonly name: string;
      readonly bits: number;
      readonly signed: boolean;
      readonly bool: boolean;
    }
  | { readonly kind: 'float'; readonly name: string; readonly bytes: number }
  | { readonly kind: 'ptr' | 'const' | 'volatile' | 'restrict'; readonly to: number }
  | { readonly kind: 'typeTag' | 'typedef'; readonly name: string; readonly to: number }
  | { readonly kind: 'array'; readonly to: number; readonly length: number }
  | {
      readonly kind: 'proto';
      readonly returns: number;
      readonly params: readonly ProtoParam[];
      readonly variadic: boolean;
    }
  | { readonly kind: 'record'; readonly record: RecordType }
  | { readonly kind: 'enum'; readonly enum: EnumType };

export interface ProtoParam {
  readonly name: string;
  readonly type: number;
}

export interface TypeNodes {
  readonly of: (type: CType) => number;
  /** Prototype of a function with the names of its parameters. */
  readonly prototype: (type: FunctionType, names: readonly string[]) => number;
  readonly at: (node: number) => TypeNode;
}

export function typeNodes(): TypeNodes {
  const known = new Map<CType, number>();
  const byKey = new Map<string, number>();
  const nodes: TypeNode[] = [{ kind: 'void' }];
  const add = (node: TypeNode): number => nodes.push(node) - 1;
  const intern = (key: string, node: TypeNode): number => {
    const found = byKey.get(key);
    if (found !== undefined) return found;
    const number = add(node);
    byKey.set(key, number);
    return number;
  };
  const maker: Maker = { of, add, intern };
  function of(type: CType): number {
    const found = known.get(type);
    if (found !== undefined) return found;
    const number = nodeOf(maker, type);
    known.set(type, number);
    return number;
  }
  return {
    of,
    prototype: (type, names) => prototype(maker, type, names),
    at: (node) => nodes[node] ?? { kind: 'void' },
  };
}

interface Maker {
  readonly of: (type: CType) => number;
  readonly add: (node: TypeNode) => number;
  readonly intern: (key: string, node: TypeNode) => number;
}

/** Records and enumerations are the same only when they are the same object; members are not looked at here. */
function nodeOf(maker: Maker, type: CType): number {
  const { of, add, intern } = maker;
  switch (type.kind) {
    case 'void':
      return 0;
    case 'bool':
      return intern('i_Bool', { kind: 'int', name: '_Bool', bits: 8, signed: false, bool: true });
    case 'int':
      return intern(`i${type.name}`, {
        kind: 'int',
        name: type.name,
        bits: type.bits,
        signed: type.signed,
        bool: false,
      });
    case 'float':
      return intern(`d${type.name}`, { kind: 'float', name: type.name, bytes: type.bytes });
    case 'pointer':
      return derived(maker, 'ptr', of(type.to));
    case 'array': {
      const to = of(type.of);
      return intern(`a${to},${type.length ?? 0}`, { kind: 'array', to, length: type.length ?? 0 });
    }
    case 'function':
      return prototype(maker, type, []);
    case 'record':
      return add({ kind: 'record', record: type });
    case 'enum':
      return add({ kind: 'enum', enum: type });
    case 'typedef': {
      const to = of(type.type);
      return intern(`t${to},${type.name}`, { kind: 'typedef', name: type.name, to });
    }
    case 'qualified':
      return qualified(maker, type);
    default:
      return unreachable(type);
  }
}

function derived({ intern }: Maker, kind: 'ptr' | 'const' | 'volatile' | 'restrict', to: number): number {
  return intern(`${kind}${to}`, { kind, to });
}

/** From the inside out, in clang's order (CGDebugInfo, v19): restrict, volatile, const, then the tags as written. */
function qualified(maker: Maker, type: QualifiedType): number {
  let node = maker.of(type.type);
  if (type.restrict) node = derived(maker, 'restrict', node);
  if (type.volatile) node = derived(maker, 'volatile', node);
  if (type.const) node = derived(maker, 'const', node);
  for (const name of type.typeTags) node = maker.intern(`g${node},${name}`, { kind: 'typeTag', name, to: node });
  return node;
}

/** clang leaves out the names of parameters but in functions that the unit defines. */
function prototype({ of, intern }: Maker, type: FunctionType, names: readonly string[]): number {
  const returns = of(type.returns);
  const params = type.params.map((param, i) => ({ name: names[i] ?? '', type: of(param.type) }));
  const listed = params.map((param) => `${param.type} ${param.name}`).join(',');
  const variadic = type.variadic;
  return intern(`f${returns}(${listed})${variadic ? '...' : ''}`, { kind: 'proto', returns, params, variadic });
}
