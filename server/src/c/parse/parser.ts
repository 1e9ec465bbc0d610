/** The state of parsing one unit, and steps over its tokens. */
import { type Place, type Places, type Range, type SourceFile } from '../places.ts';
import type { Problems } from '../problem.ts';
import type { LoopHints, NameSyntax } from '../syntax.ts';
import { TOKEN, type Tokens } from '../tokens.ts';
import { newPragmas, passPragma, type Pragmas } from './pragmas.ts';
import { WORDS } from './words.ts';

export interface Parser {
  readonly tokens: Tokens;
  readonly places: Places;
  problems: Problems;
  /** One past the last token that may be read: that of the unit, or of a piece that is read later. */
  limit: number;
  /** The current token; never a pragma. */
  pos: number;
  /** Its kind; `end` at the limit. */
  kind: number;
  /** A keyword (plain spelling) or punctuator; empty for all other tokens. */
  word: string;
  /** One past the last character that was read. */
  lastEnd: Place;
  /** The current token is a `;` that was forgotten and is thought of as there. */
  forgotten: boolean;
  /** After an error until reading is in step again: nothing more is reported. */
  panic: boolean;
  /** Token at which the last error was reported. */
  errorPos: number;
  /** A function begins inside another one, whose `}` is missing: everything up to the file level ends. */
  escape: boolean;
  /** Open brackets, and everything that nests. */
  brackets: number;
  nesting: number;
  /** By atom: what an identifier stands for here, a number of `NAME`. */
  readonly names: Uint8Array;
  /** Atom and its former meaning, for each name that an open scope has declared. */
  readonly undo: number[];
  readonly pragmas: Pragmas;
  /** Tags defined and enumerators declared by what is being read. */
  readonly tags: string[];
  readonly enumerators: string[];
  /** By atom: what it is a tag of, a number of `TAG`; 0 for no tag. */
  readonly tagKinds: Uint8Array;
  /** By atom: 1 for tags that headers name, also where they are not read. */
  readonly mentioned: Uint8Array;
  /** Only the names are wanted: values of enumerators are stepped over. */
  namesOnly: boolean;
  /** Bodies that are stepped over: the number of the token behind the `}`, by that of the `{`. */
  unchanged: ReadonlyMap<number, number>;
  /** End of the main file's places. */
  readonly mainEnd: Place;
  /** By file that is not the main one: whether it is read only when asked for. */
  readonly owners: Map<SourceFile, boolean>;
}

export const TAG = { struct: 1, union: 2, enum: 3 } as const;

export const NAME = { unknown: 0, type: 1, object: 2 } as const;

/** Types that clang knows without a declaration and that are no keywords. */
const BUILTIN_TYPES = ['__builtin_va_list', '__builtin_ms_va_list'];

export function newParser(tokens: Tokens, places: Places, problems: Problems): Parser {
  const parser = parserAt(tokens, places, problems, highestAtom(tokens, 0));
  bindBuiltins(parser);
  moveTo(parser, 0);
  return parser;
}

function bindBuiltins(p: Parser): void {
  for (const name of BUILTIN_TYPES) bind(p, { text: name, start: 0, end: 0 }, NAME.type);
  p.undo.length = 0;
}

type Known = Pick<Parser, 'names' | 'tagKinds' | 'mentioned' | 'pragmas' | 'lastEnd'>;

/** One that has come to the end of its tokens, in which there were no errors. */
export function parserAtEnd(tokens: Tokens, places: Places, problems: Problems, known: Known): Parser {
  const highest = Math.max(known.names.length - 1, highestAtom(tokens, tokens.count));
  const parser = parserAt(tokens, places, problems, highest);
  bindBuiltins(parser);
  for (const column of ['names', 'tagKinds', 'mentioned'] as const) parser[column].set(known[column]);
  Object.assign(parser.pragmas, known.pragmas);
  parser.lastEnd = known.lastEnd;
  moveTo(parser, tokens.count);
  return parser;
}

/** One that goes on where another one has come to the end of tokens with which both begin. */
export function parserAfter(before: Parser, tokens: Tokens, places: Places, problems: Problems): Parser {
  const from = before.tokens.first + before.tokens.count - tokens.first;
  const parser = parserAt(tokens, places, problems, Math.max(before.names.length - 1, highestAtom(tokens, from)));
  parser.names.set(before.names);
  parser.tagKinds.set(before.tagKinds);
  const { state, packs, unroll, unrollAt } = before.pragmas;
  Object.assign(parser.pragmas, { state, packs: [...packs], unroll, unrollAt });
  parser.lastEnd = before.lastEnd;
  moveTo(parser, from);
  return parser;
}

function parserAt(tokens: Tokens, places: Places, problems: Problems, highest: number): Parser {
  return {
    tokens,
    places,
    problems,
    limit: tokens.count,
    pos: 0,
    kind: TOKEN.end,
    word: '',
    lastEnd: tokens.place[0] ?? 0,
    forgotten: false,
    panic: false,
    errorPos: -1,
    escape: false,
    brackets: 0,
    nesting: 0,
    names: new Uint8Array(highest + 1),
    undo: [],
    pragmas: newPragmas(),
    tags: [],
    enumerators: [],
    tagKinds: new Uint8Array(highest + 1),
    mentioned: new Uint8Array(highest + 1),
    namesOnly: false,
    owners: new Map(),
    unchanged: new Map(),
    mainEnd: places.files[0]?.text.length ?? 0,
  };
}

function highestAtom({ atom, atoms, count }: Tokens, from: number): number {
  let highest = Math.max(WORDS.length, ...BUILTIN_TYPES.map((name) => atoms.of(name)));
  for (let i = from; i < count; i++) if (atom[i]! > highest) highest = atom[i]!;
  return highest;
}

/** Goes to a token, or to the next one that is none of a pragma. */
export function moveTo(p: Parser, index: number): void {
  const { kind, atom } = p.tokens;
  let pos = index;
  while (pos < p.limit && kind[pos] === TOKEN.pragma) passPragma(p.pragmas, p, pos++);
  p.pos = pos;
  p.kind = pos < p.limit ? kind[pos]! : TOKEN.end;
  p.word = p.kind === TOKEN.punctuator || p.kind === TOKEN.keyword ? (WORDS[atom[pos]!] ?? '') : '';
}

export function advance(p: Parser): void {
  if (p.forgotten) {
    p.forgotten = false;
    moveTo(p, p.pos);
  } else if (p.pos < p.limit) {
    p.lastEnd = p.tokens.end[p.pos]!;
    moveTo(p, p.pos + 1);
  }
}

/** Steps over the word if it is there. */
export function accept(p: Parser, word: string): boolean {
  if (p.word !== word) return false;
  advance(p);
  return true;
}

/** The current token is that word; unlike a comparison, the compiler does not take it for lasting. */
export function at(p: Parser, word: string): boolean {
  return p.word === word;
}

/** The word of the token after the current one. */
export function nextWord(p: Parser): string {
  const at = nextIndex(p, p.pos);
  const kind = kindOf(p, at);
  return kind === TOKEN.punctuator || kind === TOKEN.keyword ? (WORDS[p.tokens.atom[at]!] ?? '') : '';
}

export function nextKind(p: Parser): number {
  return kindOf(p, nextIndex(p, p.pos));
}

export function kindOf(p: Parser, index: number): number {
  return index < p.limit ? p.tokens.kind[index]! : TOKEN.end;
}

export function wordAt(p: Parser, index: number): string {
  const kind = kindOf(p, index);
  return kind === TOKEN.punctuator || kind === TOKEN.keyword ? (WORDS[p.tokens.atom[index]!] ?? '') : '';
}

/** The token after that one, pragmas not counted. */
export function nextIndex(p: Parser, index: number): number {
  let next = index + 1;
  while (next < p.limit && p.tokens.kind[next] === TOKEN.pragma) next++;
  return next;
}

/** Place where the current token begins; at the end, where the last one ended. */
export function startOf(p: Parser): Place {
  return p.pos < p.limit && !p.forgotten ? p.tokens.place[p.pos]! : p.lastEnd;
}

export function rangeOf(p: Parser): Range {
  if (p.pos >= p.limit || p.forgotten) return { start: p.lastEnd, end: p.lastEnd };
  return { start: p.tokens.place[p.pos]!, end: p.tokens.end[p.pos]! };
}

/** Spelling of the current token. */
export function textOf(p: Parser): string {
  return p.pos < p.limit ? p.tokens.atoms.text(p.tokens.atom[p.pos]!) : '';
}

export function isIdentifier(p: Parser): boolean {
  return p.kind === TOKEN.identifier;
}

/** The current identifier, stepped over. */
export function takeName(p: Parser): NameSyntax {
  const name = { ...rangeOf(p), text: textOf(p) };
  advance(p);
  return name;
}

/** What the current identifier stands for. */
export function meaning(p: Parser): number {
  return p.kind === TOKEN.identifier ? p.names[p.tokens.atom[p.pos]!]! : NAME.unknown;
}

export function isTypeName(p: Parser): boolean {
  return meaning(p) === NAME.type;
}

export function isKnownType(p: Parser, name: string): boolean {
  return p.names[p.tokens.atoms.of(name)] === NAME.type;
}

/** Gives a name a meaning until the scope around is left. */
export function bind(p: Parser, name: NameSyntax, meaning: number): void {
  const atom = p.tokens.atoms.of(name.text);
  p.undo.push(atom, p.names[atom]!);
  p.names[atom] = meaning;
}

/** Opens a scope; what it gives back closes it. */
export function openScope(p: Parser): number {
  return p.undo.length;
}

export function closeScope(p: Parser, opened: number): void {
  const { undo } = p;
  while (undo.length > opened) {
    const former = undo.pop()!;
    p.names[undo.pop()!] = former;
  }
}

/** In a header whose declarations are read only when somebody asks for them: not one of the program's own. */
export function isPutOff(p: Parser): boolean {
  const place = startOf(p);
  if (place <= p.mainEnd) return false;
  const file = p.places.written(place)?.file;
  if (file === undefined || file === p.places.files[0]) return false;
  let putOff = p.owners.get(file);
  if (putOff === undefined) p.owners.set(file, (putOff = file.system || file.text.length > LARGE));
  return putOff;
}

/** Headers that people write by hand are smaller. */
const LARGE = 200_000;

/** The hints that pragmas gave for the statement that begins here. */
export function takeHints(p: Parser): LoopHints & { readonly at: Range | null } {
  const { unroll, unrollAt } = p.pragmas;
  p.pragmas.unroll = null;
  p.pragmas.unrollAt = null;
  return { unroll, at: unrollAt };
}

/** From a place to the end of what was read. */
export function since(p: Parser, start: Place): Range {
  return { start, end: p.lastEnd };
}
