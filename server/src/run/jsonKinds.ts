/** Kinds of JSON values that people write by hand: each reads a value, says what is wrong with it, and has a schema. */
import { fromHex } from '../base/bytes.ts';
import type { JsonNode } from '../base/json.ts';
import { readAddress } from './addresses.ts';

/** A piece of JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Problem {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
}

export interface Kind<T> {
  readonly schema: Schema;
  /** null when it does not fit, with the reason in `problems`. `where` names the value: "routes[2].via". */
  read(node: JsonNode, where: string, problems: Problem[]): T | null;
}

export interface Member<T> {
  readonly kind: Kind<T>;
  readonly doc: string;
  /** What stands for a member that is left out; undefined for one that must be there. */
  readonly otherwise: T | undefined;
}

/** A member that must be there. */
export function required<T>(kind: Kind<T>, doc: string): Member<T> {
  return { kind, doc, otherwise: undefined };
}

export function optional<T, E extends T | null>(kind: Kind<T>, otherwise: E, doc: string): Member<T | E> {
  return { kind, doc, otherwise };
}

/** A kind whose values are told by a function; a string says what is expected instead. */
export function kindOf<T>(schema: Schema, expected: string, take: (node: JsonNode) => T | null): Kind<T> {
  return {
    schema,
    read: (node, where, problems) => {
      const value = take(node);
      if (value === null) problems.push({ at: node.at, message: `${where}: expected ${expected}` });
      return value;
    },
  };
}

type ShapeOf<S> = { readonly [K in keyof S]: S[K] extends Member<infer T> ? T : never };

/** An object with these members and no others. */
export function shape<S extends Readonly<Record<string, Member<unknown>>>>(members: S): Kind<ShapeOf<S>> {
  const names = Object.keys(members);
  return {
    schema: {
      type: 'object',
      additionalProperties: false,
      required: names.filter((name) => members[name]?.otherwise === undefined),
      properties: Object.fromEntries(
        names.map((name) => [name, { ...members[name]?.kind.schema, description: members[name]?.doc }]),
      ),
    },
    read: (node, where, problems) => readShape(members, names, node, where, problems) as ShapeOf<S> | null,
  };
}

function readShape(
  members: Readonly<Record<string, Member<unknown>>>,
  names: readonly string[],
  { at, value }: JsonNode,
  where: string,
  problems: Problem[],
): Record<string, unknown> | null {
  if (value.kind !== 'object') {
    problems.push({ at, message: `${where === '' ? 'the file' : where}: expected an object in braces` });
    return null;
  }
  const before = problems.length;
  for (const [name, { keyAt }] of value.members)
    if (!names.includes(name) && name !== '$schema')
      problems.push({
        at: keyAt,
        message: `${inside(where, name)}: there is no such member; there are ${names.join(', ')}`,
      });
  const read: Record<string, unknown> = {};
  for (const name of names) {
    const member = members[name];
    const found = value.members.get(name);
    if (member === undefined) continue;
    if (found !== undefined) read[name] = member.kind.read(found.node, inside(where, name), problems);
    else if (member.otherwise === undefined) problems.push({ at, message: `${inside(where, name)}: is missing` });
    else read[name] = member.otherwise;
  }
  PLACES.set(read, at);
  return problems.length > before ? null : read;
}

const PLACES = new WeakMap<object, number>();

/** Where an object that a shape has read stands in the text. */
export function placeOf(read: object): number {
  return PLACES.get(read) ?? 0;
}

function inside(where: string, name: string): string {
  return where === '' ? name : `${where}.${name}`;
}

/** More rows than this are no table that a person keeps. */
const MOST_ITEMS = 100_000;

export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    schema: { type: 'array', items: kind.schema },
    read: ({ at, value }, where, problems) => {
      const items = value.kind === 'array' ? value.items : null;
      if (items === null || items.length > MOST_ITEMS) {
        problems.push({ at, message: `${where}: expected a list in brackets of at most ${MOST_ITEMS} items` });
        return null;
      }
      const read = items.map((item, i) => kind.read(item, `${where}[${i}]`, problems));
      const whole = read.filter((item) => item !== null);
      return whole.length === read.length ? whole : null;
    },
  };
}

/** An object whose keys are names of the user's own. */
export function named<T>(
  kind: Kind<T>,
  nameProblem: (name: string) => string | null = () => null,
): Kind<ReadonlyMap<string, T>> {
  return {
    schema: { type: 'object', additionalProperties: kind.schema },
    read: ({ at, value }, where, problems) => {
      if (value.kind !== 'object') {
        problems.push({ at, message: `${where}: expected an object in braces` });
        return null;
      }
      const before = problems.length;
      const read = new Map<string, T>();
      for (const [name, { keyAt, node }] of value.members) {
        const problem = nameProblem(name);
        if (problem !== null) problems.push({ at: keyAt, message: `${inside(where, name)}: ${problem}` });
        const item = kind.read(node, inside(where, name), problems);
        if (item !== null) read.set(name, item);
      }
      return problems.length > before ? null : read;
    },
  };
}

export const TEXT = kindOf({ type: 'string' }, 'a text in quotes', ({ value }) =>
  value.kind === 'string' ? value.text : null,
);

export const YES_OR_NO = kindOf({ type: 'boolean' }, 'true or false', ({ value }) =>
  value.kind === 'boolean' ? value.value : null,
);

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  return kindOf({ enum: choices }, `one of ${choices.join(', ')}`, ({ value }) =>
    value.kind === 'string' ? (choices.find((choice) => choice === value.text) ?? null) : null,
  );
}

/** A whole number; beyond 2^53 it may be written as a text, also in hex. */
export function wholeNumber(least: bigint, most: bigint): Kind<bigint> {
  const schema = { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?(0x[0-9a-fA-F]+|[0-9]+)$' }] };
  return kindOf(schema, `a whole number from ${least} to ${most}`, ({ value }) => {
    const number = value.kind === 'number' || value.kind === 'string' ? bigOf(value.text) : null;
    return number !== null && number >= least && number <= most ? number : null;
  });
}

function bigOf(text: string): bigint | null {
  const found = /^(?<sign>-?)(?<digits>0x[0-9a-fA-F]{1,16}|\d{1,20})$/.exec(text)?.groups;
  if (found === undefined) return null;
  const size = BigInt(found['digits'] ?? '0');
  return found['sign'] === '-' ? -size : size;
}

/** Any 64 bits, signed or not. */
export const U64 = wholeNumber(-(1n << 63n), (1n << 64n) - 1n);

export function small(least: number, most: number): Kind<number> {
  const kind = wholeNumber(BigInt(least), BigInt(most));
  return {
    schema: { type: 'integer', minimum: least, maximum: most },
    read: (node, where, problems) => {
      const value = kind.read(node, where, problems);
      return value === null ? null : Number(value);
    },
  };
}

export const U32 = small(0, 0xffff_ffff);

export const HEX = kindOf({ type: 'string', pattern: '^([0-9a-fA-F]{2}\\s*)*$' }, 'bytes in hex', ({ value }) =>
  value.kind === 'string' ? fromHex(value.text) : null,
);

export const MAC = kindOf(
  { type: 'string', pattern: '^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$' },
  'a link address such as "02:00:00:00:00:01"',
  ({ value }) =>
    value.kind === 'string' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value.text)
      ? fromHex(value.text.replaceAll(':', ''))
      : null,
);

export const ADDRESS = kindOf({ type: 'string' }, 'an IPv4 or IPv6 address', ({ value }) =>
  value.kind === 'string' ? readAddress(value.text) : null,
);
