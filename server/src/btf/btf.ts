/** BTF type data. Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h, Linux 6.18. */

export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offsetBits: number;
  /** 0 when it is no bit field. */
  readonly bitSize: number;
}

export type BtfType =
  | { readonly kind: 'void' }
  | {
      readonly kind: 'int';
      readonly name: string;
      readonly size: number;
      readonly bits: number;
      readonly offsetBits: number;
      readonly signed: boolean;
      readonly char: boolean;
      readonly bool: boolean;
    }
  | { readonly kind: 'ptr'; readonly type: number }
  | { readonly kind: 'array'; readonly type: number; readonly indexType: number; readonly length: number }
  | {
      readonly kind: 'struct' | 'union';
      readonly name: string;
      readonly size: number;
      readonly members: readonly BtfMember[];
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: bigint }[];
    }
  | { readonly kind: 'fwd'; readonly name: string; readonly union: boolean }
  | { readonly kind: 'typedef'; readonly name: string; readonly type: number }
  | { readonly kind: 'const' | 'volatile' | 'restrict'; readonly type: number }
  | {
      readonly kind: 'func';
      readonly name: string;
      readonly type: number;
      readonly linkage: 'static' | 'global' | 'extern';
    }
  | {
      readonly kind: 'funcProto';
      readonly returns: number;
      readonly params: readonly { readonly name: string; readonly type: number }[];
      readonly variadic: boolean;
    }
  | {
      readonly kind: 'var';
      readonly name: string;
      readonly type: number;
      readonly linkage: 'static' | 'global' | 'extern';
    }
  | {
      readonly kind: 'datasec';
      readonly name: string;
      readonly size: number;
      readonly vars: readonly { readonly type: number; readonly offset: number; readonly size: number }[];
    }
  | { readonly kind: 'float'; readonly name: string; readonly size: number }
  | { readonly kind: 'declTag'; readonly name: string; readonly type: number; readonly component: number }
  | { readonly kind: 'typeTag'; readonly name: string; readonly type: number };

/** types[0] is void; a type id indexes `types`. Read single types through `typeAt` of query.ts. */
export interface Btf {
  readonly types: readonly BtfType[];
  /** Set where there are too many types to read them all: `types` then reads what is still missing. */
  readonly lazy?: LazyTypes;
}

/** Types that are read when they are asked for. */
export interface LazyTypes {
  /** Number of types, void included. */
  readonly count: number;
  readonly at: (id: number) => BtfType | undefined;
  /** The ids of all types of this name, lowest first. */
  readonly named: (name: string) => readonly number[];
  /** The names that begin with this one and three underscores: `task_struct___2`. */
  readonly flavours: (name: string) => readonly string[];
  /** Of these, what C code can name: structs, unions, enumerations and typedefs. */
  readonly declared: (name: string) => readonly number[];
  /** The first enumeration with an enumerator of this name. */
  readonly enumerationOf: (enumerator: string) => number | null;
  /** Names and components of the declaration tags on a type; component -1 stands for the type as a whole. */
  readonly tagsOn: (id: number) => readonly { readonly name: string; readonly component: number }[];
}
