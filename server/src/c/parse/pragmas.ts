/** Pragmas that the parser has to know. They take effect where they stand, between two tokens. */
import type { Range } from '../places.ts';
import { reportWarning, type Problems } from '../problem.ts';
import type { AttributeSyntax } from '../syntax.ts';
import type { Tokens } from '../tokens.ts';
import { attributesOfText } from './attributeText.ts';

export interface Pragmas {
  state: PragmaState;
  readonly packs: { readonly label: string | null; readonly pack: number | null }[];
  /** Of the loop that comes next. */
  unroll: number | null;
  unrollAt: Range | null;
}

/** What holds for a declaration; never changed, so that declarations can be read later under it. */
export interface PragmaState {
  /** `#pragma pack`: most alignment of members in bytes; null is none. */
  readonly pack: number | null;
  /** `#pragma clang attribute push`, the innermost last. */
  readonly pushed: readonly PushedAttributes[];
}

export interface PushedAttributes {
  readonly attributes: readonly AttributeSyntax[];
  /** What they are applied to. */
  readonly records: boolean;
  readonly functions: boolean;
  readonly variables: boolean;
}

export function newPragmas(): Pragmas {
  return { state: { pack: null, pushed: [] }, packs: [], unroll: null, unrollAt: null };
}

interface Source {
  readonly tokens: Tokens;
  readonly problems: Problems;
}

/** Pragmas that are pushed deeper than anybody does are not kept. */
const MOST_PUSHED = 100;

export function passPragma(pragmas: Pragmas, { tokens, problems }: Source, index: number): void {
  const text = tokens.atoms.text(tokens.atom[index]!).trim();
  const at = { start: tokens.place[index]!, end: tokens.end[index]! };
  const [head = ''] = text.split(/[\s(]/, 1);
  if (head === 'pack') passPack(pragmas, text, at, problems);
  else if (head === 'unroll' || head === 'nounroll' || /^GCC\s+unroll\b/.test(text)) passUnroll(pragmas, text, at);
  else if (/^clang\s+loop\b/.test(text)) passLoop(pragmas, text, at);
  else if (/^clang\s+attribute\b/.test(text)) passAttribute(pragmas, text, at, problems);
  else refuse(text, at, problems);
}

/** Pragmas that would change the code and that we do not carry out, by what to write instead. */
const INSTEAD: readonly (readonly [pragma: string, instead: string])[] = [
  ['weak', '__attribute__((weak)) on the declaration'],
  ['redefine_extname', 'asm("name") on the declaration'],
  ['GCC visibility', '__attribute__((visibility("hidden"))) on the declaration'],
  ['clang section', '__attribute__((section("name"))) on the definition'],
];

function refuse(text: string, at: Range, problems: Problems): void {
  const found = INSTEAD.find(
    ([pragma]) =>
      text
        .split(/[\s(]+/)
        .slice(0, pragma.split(' ').length)
        .join(' ') === pragma,
  );
  if (found === undefined) return;
  const [pragma, instead] = found;
  reportWarning(
    problems,
    'pragma-unsupported',
    at,
    `'#pragma ${pragma}' is not supported and ignored; write ${instead}`,
  );
}

/** `pack(n)`, `pack()`, `pack(push, label, n)`, `pack(pop, label)`. Source: clang's ParsePragma.cpp. */
function passPack(pragmas: Pragmas, text: string, at: Range, problems: Problems): void {
  const inner = /^pack\s*\(([^)]*)\)/.exec(text)?.[1];
  const words = (inner ?? '').split(',').map((word) => word.trim());
  const number = words.find((word) => /^\d/.test(word));
  if (inner === undefined || (number !== undefined && !/^(?:1|2|4|8|16)$/.test(number))) {
    const message = inner === undefined ? "missing '(' after '#pragma pack' - ignoring" : BAD_PACK;
    reportWarning(problems, 'pragma-invalid', at, message);
    return;
  }
  const label = words.slice(1).find((word) => /^[A-Za-z_]/.test(word)) ?? null;
  if (words[0] === 'push' && pragmas.packs.length < MOST_PUSHED)
    pragmas.packs.push({ label, pack: pragmas.state.pack });
  if (words[0] === 'pop') popPack(pragmas, label, at, problems);
  if (number !== undefined) setPack(pragmas, Number(number));
  else if (inner.trim() === '') setPack(pragmas, null);
}

function setPack(pragmas: Pragmas, pack: number | null): void {
  pragmas.state = { ...pragmas.state, pack };
}

const BAD_PACK = "expected #pragma pack parameter to be '1', '2', '4', '8', or '16'";

function popPack(pragmas: Pragmas, label: string | null, at: Range, problems: Problems): void {
  const found = pragmas.packs.findLastIndex((one) => label === null || one.label === label);
  if (found === -1) {
    reportWarning(problems, 'pragma-invalid', at, '#pragma pack(pop, ...) failed: stack empty');
    return;
  }
  setPack(pragmas, pragmas.packs[found]?.pack ?? null);
  pragmas.packs.length = found;
}

/** `unroll`, `unroll 4`, `unroll(4)`, `nounroll`, `GCC unroll 4`. GCC and clang take 0 and 1 as "never". */
function passUnroll(pragmas: Pragmas, text: string, at: Range): void {
  const count = /unroll\s*\(?\s*(\d+)/.exec(text)?.[1];
  pragmas.unrollAt = at;
  if (text.startsWith('nounroll')) pragmas.unroll = 1;
  else pragmas.unroll = count === undefined ? 0 : Math.max(1, Number(count));
}

/** `clang loop unroll(full)`, `unroll(enable)`, `unroll(disable)`, `unroll_count(8)`; other hints change nothing. */
function passLoop(pragmas: Pragmas, text: string, at: Range): void {
  const count = /\bunroll_count\s*\(\s*(\d+)/.exec(text)?.[1];
  const word = /\bunroll\s*\(\s*(\w+)/.exec(text)?.[1];
  if (count !== undefined) pragmas.unroll = Math.max(1, Number(count));
  else if (word === 'full' || word === 'enable') pragmas.unroll = 0;
  else if (word === 'disable') pragmas.unroll = 1;
  else return;
  pragmas.unrollAt = at;
}

/** `clang attribute push (__attribute__((a)), apply_to = any(record, function))` and `clang attribute pop`. */
function passAttribute(pragmas: Pragmas, text: string, at: Range, problems: Problems): void {
  const { pushed } = pragmas.state;
  if (/^clang\s+attribute\s+(?:\w+\s*\.\s*)?pop\b/.test(text)) {
    pragmas.state = { ...pragmas.state, pushed: pushed.slice(0, -1) };
    if (pushed.length === 0)
      reportWarning(problems, 'pragma-invalid', at, "'#pragma clang attribute pop' with no matching push");
    return;
  }
  const parts = /push\s*\((.*?)(?:,\s*apply_to\s*=(.*))?\)\s*$/s.exec(text);
  if (parts === null || pushed.length >= MOST_PUSHED) return;
  const targets = parts[2] ?? '';
  const more: PushedAttributes = {
    attributes: attributesOfText(parts[1] ?? '', at),
    records: /\brecord\b/.test(targets),
    functions: /\bfunction\b/.test(targets),
    variables: /\bvariable\b/.test(targets),
  };
  pragmas.state = { ...pragmas.state, pushed: [...pushed, more] };
}
