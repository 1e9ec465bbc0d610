import type { Btf, BtfMember, BtfType } from './btf.ts';

/** Longer chains of typedefs and qualifiers than any real one; a chain that is longer is a cycle. */
const MAX_DEPTH = 64;

const VOID: BtfType = { kind: 'void' };

/** The type with this id; void for an id that does not exist. */
export function typeAt(btf: Btf, id: number): BtfType {
  return (btf.lazy === undefined ? btf.types[id] : btf.lazy.at(id)) ?? VOID;
}

/** The id behind typedefs, qualifiers and type tags; 0 when they form a cycle. */
export function resolveId(btf: Btf, id: number): number {
  let at = id;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const type = typeAt(btf, at);
    if (!isModifier(type)) return at;
    at = type.type;
  }
  return 0;
}

/** The type behind typedefs, qualifiers and type tags. */
export function resolve(btf: Btf, id: number): BtfType {
  return typeAt(btf, resolveId(btf, id));
}

type Modifier = Extract<BtfType, { kind: 'typedef' | 'const' | 'volatile' | 'restrict' | 'typeTag' }>;

export function isModifier(type: BtfType): type is Modifier {
  return MODIFIERS.has(type.kind);
}

const MODIFIERS: ReadonlySet<BtfType['kind']> = new Set(['typedef', 'const', 'volatile', 'restrict', 'typeTag']);

/** Size in bytes; null for types without one (void, functions, forward declarations) and for absurd ones. */
export function sizeOf(btf: Btf, id: number): number | null {
  let count = 1;
  let at = id;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const type = resolve(btf, at);
    if (type.kind !== 'array' && type.kind !== 'var') {
      const size = ownSize(type);
      return size === null || !Number.isSafeInteger(size * count) ? null : size * count;
    }
    if (type.kind === 'array') count *= type.length;
    at = type.type;
  }
  return null;
}

/** Pointers of BPF programs have 64 bits on every machine. */
function ownSize(type: BtfType): number | null {
  if (type.kind === 'ptr') return 8;
  return 'size' in type ? type.size : null;
}

/** One step from a struct, union or array towards a byte in it. */
export type AccessStep =
  | { readonly kind: 'member'; readonly member: BtfMember; readonly index: number }
  | { readonly kind: 'element'; readonly index: number };

export interface Access {
  readonly steps: readonly AccessStep[];
  /** The innermost type that was reached. */
  readonly type: number;
  /** Bytes from the beginning of that type. */
  readonly offset: number;
}

/**
 * Which member `offset` bytes into a type is: steps from the outside in, down to the first scalar or pointer. Of a
 * union the first member that holds the byte is taken. Null when the offset lies outside of the type.
 */
export function memberAt(btf: Btf, id: number, offset: number): Access | null {
  const steps: AccessStep[] = [];
  let at = resolveId(btf, id);
  let rest = offset;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const step = stepInto(btf, at, rest);
    if (step === null) return depth === 0 && !inside(btf, at, rest) ? null : { steps, type: at, offset: rest };
    steps.push(step.step);
    at = resolveId(btf, step.type);
    rest -= step.offset;
  }
  return null;
}

function inside(btf: Btf, id: number, offset: number): boolean {
  return offset >= 0 && offset < (sizeOf(btf, id) ?? 0);
}

function stepInto(btf: Btf, id: number, offset: number): { step: AccessStep; type: number; offset: number } | null {
  const type = typeAt(btf, id);
  if (type.kind === 'array') return stepIntoArray(btf, type, offset);
  if (type.kind !== 'struct' && type.kind !== 'union') return null;
  for (const [index, member] of type.members.entries()) {
    const start = member.offsetBits >>> 3;
    const end =
      member.bitSize > 0 ? (member.offsetBits + member.bitSize + 7) >>> 3 : start + (sizeOf(btf, member.type) ?? 0);
    if (offset < start || offset >= end) continue;
    return { step: { kind: 'member', member, index }, type: member.type, offset: start };
  }
  return null;
}

function stepIntoArray(
  btf: Btf,
  type: Extract<BtfType, { kind: 'array' }>,
  offset: number,
): ReturnType<typeof stepInto> {
  const size = sizeOf(btf, type.type);
  if (size === null || size === 0 || offset < 0) return null;
  const index = Math.floor(offset / size);
  if (index >= type.length) return null;
  return { step: { kind: 'element', index }, type: type.type, offset: index * size };
}

/** `.tuple.ports[1]`, as one writes it behind a variable's name. */
export function accessText(steps: readonly AccessStep[]): string {
  let text = '';
  for (const step of steps) {
    if (step.kind === 'element') text += `[${step.index}]`;
    else if (step.member.name !== '') text += `.${step.member.name}`;
  }
  return text;
}

/** The name a type carries; empty for those that have none. */
export function nameOf(type: BtfType): string {
  return 'name' in type ? type.name : '';
}

/** The id of the first type of this kind and name, or null. */
export function findByName(btf: Btf, kind: BtfType['kind'], name: string): number | null {
  if (btf.lazy !== undefined) return btf.lazy.named(name).find((found) => typeAt(btf, found).kind === kind) ?? null;
  const id = btf.types.findIndex((type) => type.kind === kind && nameOf(type) === name);
  return id === -1 ? null : id;
}
