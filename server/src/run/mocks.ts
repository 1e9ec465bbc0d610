import type { JsonNode } from '../base/json.ts';
import { helperByName, type Helper } from '../kernel/helpers.ts';
import { kfuncByName, kfuncIndex } from '../kernel/kfuncs.ts';
import type { Mock } from '../vm/given.ts';
import { FIRST_KFUNC } from '../vm/kfuncs/numbers.ts';
import { ALWAYS_COMPUTED, returnsPointer, type Told, type ToldWrite } from '../vm/told.ts';
import {
  HEX,
  named,
  optional,
  required,
  shape,
  small,
  U64,
  type Kind,
  type Problem,
  type Schema,
} from './jsonKinds.ts';

/** One answer as the file has it: what is written is told by the name of a parameter. */
export interface ParsedAnswer {
  readonly at: number;
  readonly returns: bigint;
  readonly writes: ReadonlyMap<string, { readonly offset: number; readonly bytes: Uint8Array }>;
}

const MOST_BYTES = 0x1_0000;

const PLACED = shape({
  offset: optional(small(0, MOST_BYTES), 0, 'Where in the memory the bytes go.'),
  hex: required(HEX, 'The bytes.'),
});

/** `"0a0b"` or `{"offset": 4, "hex": "0a0b"}`. */
const WRITE: Kind<{ offset: number; bytes: Uint8Array }> = {
  schema: { anyOf: [HEX.schema, PLACED.schema] },
  read: (node, where, problems) => {
    if (node.value.kind === 'object') {
      const placed = PLACED.read(node, where, problems);
      return placed === null ? null : { offset: placed.offset, bytes: placed.hex };
    }
    const bytes = HEX.read(node, where, problems);
    return bytes === null ? null : { offset: 0, bytes };
  },
};

const FULL = shape({
  return: optional(U64, 0n, 'What the helper returns; errors are negative.'),
  writes: optional(named(WRITE), new Map(), 'Bytes in hex that it leaves in the memory of a parameter.'),
});

/** A number, or an object with what is written; a list of these is taken in turn and its last one stays. */
export const MOCK: Kind<readonly ParsedAnswer[]> = {
  schema: mockSchema(),
  read: (node, where, problems) => {
    if (node.value.kind !== 'array') {
      const one = readAnswer(node, where, problems);
      return one === null ? null : [one];
    }
    if (node.value.items.length === 0) problems.push({ at: node.at, message: `${where}: the list has no answer` });
    const answers = node.value.items.map((item, i) => readAnswer(item, `${where}[${i}]`, problems));
    const whole = answers.filter((answer) => answer !== null);
    return whole.length === answers.length && whole.length > 0 ? whole : null;
  },
};

function mockSchema(): Schema {
  const one = [U64.schema, FULL.schema];
  return { anyOf: [...one, { type: 'array', minItems: 1, items: { anyOf: one } }] };
}

function readAnswer(node: JsonNode, where: string, problems: Problem[]): ParsedAnswer | null {
  if (node.value.kind !== 'object') {
    const returns = U64.read(node, where, problems);
    return returns === null ? null : { at: node.at, returns, writes: new Map() };
  }
  const full = FULL.read(node, where, problems);
  return full === null ? null : { at: node.at, returns: full.return, writes: full.writes };
}

/** Kernel functions that move the program's control or take objects apart: a told answer would leave them undone. */
const COMPUTED_KFUNCS: ReadonlySet<string> = new Set([
  'bpf_throw', 'bpf_rbtree_add_impl', 'bpf_obj_new_impl', 'bpf_obj_drop_impl',
]); // prettier-ignore

/** Mocks by helper number. */
export function mocksOf(
  parsed: ReadonlyMap<string, readonly ParsedAnswer[]>,
  at: number,
  problems: Problem[],
): ReadonlyMap<number, Mock> {
  const mocks = new Map<number, Mock>();
  for (const [name, answers] of parsed) {
    const helper = calleeNamed(name);
    const refused = refusal(name, helper, answers);
    const place = answers[0]?.at ?? at;
    if (refused !== null) problems.push({ at: place, message: `mocks.${name}: ${refused}` });
    else if (helper !== null)
      mocks.set(helper.number, { answers: answers.map((answer) => toldOf(helper, answer, problems)) });
  }
  return mocks;
}

/** What can be mocked: a helper or a kernel function. */
interface Callee {
  readonly name: string;
  /** As engines call it. */
  readonly number: number;
  readonly parameters: readonly string[];
  /** Bytes of memory of a fixed size, by argument; null where another argument says how many. */
  readonly sizes: readonly (number | null)[];
  readonly returnsPointer: boolean;
}

function calleeNamed(name: string): Callee | null {
  const helper = helperByName(name);
  if (helper !== null) return calleeOf(helper);
  const kfunc = kfuncByName(name);
  if (kfunc === null) return null;
  const number = FIRST_KFUNC + kfuncIndex(name);
  return { name, number, parameters: kfunc.parameters, sizes: [], returnsPointer: kfunc.returnsPointer };
}

function calleeOf({ name, id, parameters, proto }: Helper): Callee {
  const sizes = (proto?.args ?? []).map(({ size }) => size);
  return { name, number: id, parameters, sizes, returnsPointer: returnsPointer(id) };
}

function refusal(name: string, helper: Callee | null, answers: readonly ParsedAnswer[]): string | null {
  if (helper === null) return `there is no helper or kernel function ${name}`;
  if (ALWAYS_COMPUTED.has(helper.number) || COMPUTED_KFUNCS.has(helper.name))
    return `${helper.name} is always computed`;
  if (helper.returnsPointer && answers.some(({ returns }) => returns !== 0n))
    return `${helper.name} returns a pointer, of which only 0 (null) can be told`;
  return null;
}

function toldOf(helper: Callee, { at, returns, writes }: ParsedAnswer, problems: Problem[]): Told {
  const told: ToldWrite[] = [];
  for (const [parameter, { offset, bytes }] of writes) {
    const index = helper.parameters.findIndex((text) => parameterName(text) === parameter);
    const size = helper.sizes[index] ?? null;
    if (index < 0) {
      const names = helper.parameters.map(parameterName).join(', ');
      problems.push({ at, message: `mocks.${helper.name}: has no parameter ${parameter}; there are ${names}` });
    } else if (size !== null && offset + bytes.length > size)
      problems.push({ at, message: `mocks.${helper.name}: ${parameter} has room for ${size} bytes only` });
    else told.push({ argument: index + 1, offset, bytes });
  }
  return { returns, writes: told };
}

/** `struct bpf_fib_lookup *params`: params. */
function parameterName(text: string): string {
  return /(?<name>\w+)$/.exec(text)?.groups?.['name'] ?? text;
}
