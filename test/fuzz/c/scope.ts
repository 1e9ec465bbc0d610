/** What a made-up C program may use at a place, and random choices. */

export const SCALARS = ['u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'bool', 'enum e'] as const;
export type Scalar = (typeof SCALARS)[number];

export interface Variable {
  readonly name: string;
  readonly type: Scalar;
  /** Loop counters are only read. */
  readonly writable: boolean;
  readonly volatile?: boolean;
}

export interface Scope {
  readonly next: (below: number) => number;
  /** Scalars, innermost last. */
  readonly variables: readonly Variable[];
  /** Local arrays: their names and lengths, which are powers of two. */
  readonly arrays: readonly { readonly name: string; readonly length: number }[];
  /** Expressions that stand for a `struct s`. */
  readonly records: readonly string[];
  /** Bytes of the packet that may be read and written through `p`; 0 where it is not looked at. */
  readonly packetBytes: number;
  /** Variables that point to others. */
  readonly pointers: number;
  /** Names of functions that may be called here, with (u64, s32, u8, struct s *); `each` is for `loop`. */
  readonly functions: readonly string[];
  readonly depth: number;
  /** Loops around. */
  readonly loops: number;
  readonly fresh: { count: number };
  readonly inSwitch: boolean;
  /** The function may only return 0 and 1. */
  readonly returnsTruth: boolean;
}

export function pick<T>({ next }: Scope, from: readonly T[]): T {
  return from[next(from.length)] as T;
}

export function chance({ next }: Scope, oneIn: number): boolean {
  return next(oneIn) === 0;
}

export function name({ fresh }: Scope, letter: string): string {
  return `${letter}${fresh.count++}`;
}

export function deeper(scope: Scope): Scope {
  return { ...scope, depth: scope.depth + 1 };
}
