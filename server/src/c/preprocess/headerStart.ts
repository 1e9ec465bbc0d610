/**
 * Programs of a project begin with the same large header, mostly vmlinux.h. What is known behind it is kept for all files
 * of which it is the first line.
 */
import type { SharedStart } from '../parse/parse.ts';
import { TOKEN } from '../tokens.ts';
import { AtomTable } from './atomTable.ts';
import { copyUnit } from './copyUnit.ts';
import { openFile } from './include.ts';
import { ATOM } from './knownAtoms.ts';
import { Lexer, NO_FAULTS } from './lexer.ts';
import { roomFor } from './placeTable.ts';
import { beginUnit, type PreprocessInput } from './preprocess.ts';
import { StoredHeader } from './storedHeader.ts';
import { lexedToken, type AskedInclude, type OpenFile, type Unit } from './unit.ts';

export interface HeaderStart extends SharedStart {
  readonly input: PreprocessInput;
  readonly include: FirstInclude;
  /** As it was behind the header; never changed. */
  readonly unit: Unit;
  /** Atoms at the time; the table is shared and only grows. */
  readonly atomCount: number;
}

/** The `#include` that a main file begins with. */
export interface FirstInclude {
  readonly hash: number;
  /** Of the name with its quotes. */
  readonly at: { readonly start: number; readonly end: number };
  readonly name: string;
  readonly angled: boolean;
  /** Of its line. */
  readonly end: number;
}

interface Begun {
  readonly unit: Unit;
  readonly main: OpenFile;
  readonly start: HeaderStart | null;
}

const MOST_STARTS = 2;
/** Latest first. */
const starts: HeaderStart[] = [];
/** What has fewer tokens is read again as fast. */
const LEAST_TOKENS = 50_000;

/** A unit whose main file is read up to behind its first header where that is a large one, else not at all. */
export function beginAfterHeader(input: PreprocessInput): Begun {
  const include = firstInclude(input.text);
  if (include === null) return { ...beginUnit(input), start: null };
  const known = starts.find((one) => holds(one, input, include));
  if (known !== undefined) return continued(known, input, include);
  const stored = input.store === undefined ? null : new StoredHeader(input.store, input, include);
  const kept = stored?.read() ?? null;
  return kept === null ? readHeader(input, include, stored) : continued(keep({ input, ...kept }), input, include);
}

function readHeader(input: PreprocessInput, include: FirstInclude, stored: StoredHeader | null): Begun {
  const { unit, main } = beginUnit(input);
  main.lexer.next();
  unit.directive(unit, lexedToken(main));
  if (!isWorthKeeping(unit) || main.lexer.pos !== include.end) return { unit, main, start: null };
  const known = { unit: copyUnit(unit, input), tokenCount: unit.out.count, atomCount: unit.atoms.count };
  return { unit, main, start: keep({ input, include, ...known, keep: stored?.keeps(known) ?? null }) };
}

function keep(start: HeaderStart): HeaderStart {
  starts.unshift(start);
  starts.length = Math.min(starts.length, MOST_STARTS);
  return start;
}

/** Everything went well, and nothing tells of the file that includes it. */
function isWorthKeeping({ out, stopped, problems, missing, places }: Unit): boolean {
  if (out.count < LEAST_TOKENS || stopped || problems.list.length > 0 || missing.length > 0) return false;
  return places.uses.every(({ name }) => name !== '__BASE_FILE__');
}

function holds(start: HeaderStart, { text, options, includes, path }: PreprocessInput, include: FirstInclude): boolean {
  const { input, unit } = start;
  if (include.name !== start.include.name || include.angled !== start.include.angled || tooManyAtoms(start))
    return false;
  if (roomFor(text) !== roomFor(input.text) || JSON.stringify(options) !== JSON.stringify(input.options)) return false;
  return sameAnswers(askedFrom(path, unit, input.path), includes);
}

/** The questions of a unit as they are for another main file. */
function askedFrom(path: string, { asked }: Unit, before: string): AskedInclude[] {
  return asked.map(({ question, answer }) => {
    const [name, angled, from, next] = question;
    return { question: [name, angled, from === before ? path : from, next], answer };
  });
}

/** The table of spellings must not grow without end while files are edited. */
const MOST_NEW_ATOMS = 100_000;

export function tooManyAtoms({ unit, atomCount }: { readonly unit: Unit; readonly atomCount: number }): boolean {
  return unit.atoms.count - atomCount > MOST_NEW_ATOMS;
}

/** Whether all headers are what they were. */
export function sameAnswers(asked: readonly AskedInclude[], includes: PreprocessInput['includes']): boolean {
  return asked.every(({ question, answer }) => {
    const now = includes(...question);
    if (now === null || answer === null) return now === answer;
    const { path, folder, system, text } = answer;
    return now.path === path && now.folder === folder && now.system === system && now.text === text;
  });
}

function continued(start: HeaderStart, input: PreprocessInput, include: FirstInclude): Begun {
  const { hash, at, name, angled, end } = include;
  const asked = askedFrom(input.path, start.unit, start.input.path);
  const header = asked.find(({ question }) => question[2] === input.path);
  const inclusions = [{ at, name, angled, path: header?.answer?.path ?? null }];
  const unit = { ...copyUnit(start.unit, input), asked, inclusions };
  const { files } = unit.places;
  const own = files.findIndex(({ includedAt }) => includedAt === start.include.hash);
  if (own !== -1) files[own] = { ...files[own]!, includedAt: hash };
  const main: OpenFile = { ...mainBehind(unit, end), guard: NO_GUARD };
  unit.open.push(main);
  return { unit, main, start };
}

/** There is something before the first `#ifndef`. */
const NO_GUARD = -2;

/** The main file of a unit, to be read from an offset on. */
export function mainBehind(unit: Unit, end: number): OpenFile {
  const file = unit.places.files[0]!;
  const opened = openFile(unit, { path: file.path, text: file.text, system: false, folder: -1 }, null, file)!;
  opened.lexer.resumeAt(end);
  return opened;
}

/** Null where a text begins otherwise, or its first line holds more. */
function firstInclude(text: string): FirstInclude | null {
  const atoms = new AtomTable();
  const lexer = new Lexer(text, atoms, NO_FAULTS);
  if (lexer.next() !== TOKEN.punctuator || lexer.atom !== ATOM.hash) return null;
  const hash = lexer.start;
  lexer.inDirective = true;
  lexer.next();
  if (atoms.text(lexer.atom) !== 'include') return null;
  const rest = /[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)[ \t\r]*(?=\n|$)/y;
  rest.lastIndex = lexer.pos;
  const found = rest.exec(text);
  if (found === null) return null;
  const [all, quoted, angled] = found;
  const start = lexer.pos + all.search(/["<]/);
  const name = quoted ?? angled ?? '';
  return {
    hash, name, angled: quoted === undefined, at: { start, end: start + name.length + 2 }, end: lexer.pos + all.length,
  }; // prettier-ignore
}
