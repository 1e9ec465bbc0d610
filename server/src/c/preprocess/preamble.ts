import type { StablePlaces } from '../places.ts';
import { TOKEN } from '../tokens.ts';
import { AtomTable } from './atomTable.ts';
import { copyUnit } from './copyUnit.ts';
import { beginAfterHeader, mainBehind, sameAnswers, tooManyAtoms, type HeaderStart } from './headerStart.ts';
import { ATOM } from './knownAtoms.ts';
import { Lexer, NO_FAULTS } from './lexer.ts';
import { roomFor } from './placeTable.ts';
import { finishUnit, preprocess, type Preprocessed, type PreprocessInput } from './preprocess.ts';
import { lexedToken, type OpenFile, type Unit } from './unit.ts';

/**
 * What is known after the directives at the beginning of a main file, mostly many headers. It is kept between edits, so
 * that one behind them reads the rest of the main file only.
 */
export interface Preamble {
  readonly input: PreprocessInput;
  /** Length of the main file's part. */
  readonly end: number;
  /** Tokens that came from it; those of all results that share a preamble are the same. */
  readonly tokenCount: number;
  /** What it shares with other files. */
  readonly start: HeaderStart | null;
  /** As it was at the end; never changed. */
  readonly unit: Unit;
  readonly main: OpenFile;
  /** Places that are the same in all results that share it. */
  readonly stable: StablePlaces;
  /** Atoms at the time; the table is shared and only grows. */
  readonly atomCount: number;
}

export interface PreprocessedAgain {
  readonly result: Preprocessed;
  /** To be given back with the next text; null for a file that begins without directives. */
  readonly preamble: Preamble | null;
}

/** As `preprocess`, from what was kept where that is still true. */
export function preprocessAgain(input: PreprocessInput, kept: Preamble | null): PreprocessedAgain {
  if (kept !== null && holds(kept, input)) return { result: fromPreamble(input, kept), preamble: kept };
  const { unit, main, start } = beginAfterHeader(input);
  const end = preambleEnd(input.text);
  if (end === 0) return { result: finishUnit(unit, main), preamble: null };
  if (!readPreamble(unit, main, end)) return { result: preprocess(input), preamble: null };
  const preamble = keep(input, end, unit, main, start);
  return { result: finishUnit(unit, main), preamble };
}

function holds(kept: Preamble, { path, text, options, includes }: PreprocessInput): boolean {
  const { input, end, unit } = kept;
  if (path !== input.path || roomFor(text) !== roomFor(input.text)) return false;
  if (tooManyAtoms(kept)) return false;
  if (preambleEnd(text) !== end || !text.startsWith(input.text.slice(0, end))) return false;
  return JSON.stringify(options) === JSON.stringify(input.options) && sameAnswers(unit.asked, includes);
}

/** Where the last line of the leading directives ends, outside of all conditionals; 0 when the file begins otherwise. */
function preambleEnd(text: string): number {
  const atoms = new AtomTable();
  const lexer = new Lexer(text, atoms, NO_FAULTS);
  let depth = 0;
  let end = 0;
  while (lexer.next() === TOKEN.punctuator && lexer.atom === ATOM.hash && lexer.first) {
    lexer.inDirective = true;
    lexer.next();
    const word = atoms.text(lexer.atom);
    if (word.startsWith('if')) depth++;
    else if (word === 'endif') depth--;
    lexer.skipLine();
    if (depth === 0) end = lexer.pos;
  }
  return end;
}

/** Reads the leading directives. False where they end elsewhere than was expected. */
function readPreamble(unit: Unit, main: OpenFile, end: number): boolean {
  const { lexer } = main;
  while (lexer.pos < end && !unit.stopped) {
    const isDirective = lexer.next() === TOKEN.punctuator && lexer.atom === ATOM.hash && lexer.first;
    if (!isDirective) return false;
    unit.directive(unit, lexedToken(main));
  }
  return lexer.pos === end && !unit.stopped && main.conditionals.length === 0;
}

function keep(input: PreprocessInput, end: number, unit: Unit, main: OpenFile, start: HeaderStart | null): Preamble {
  const { nextFile, nextExpansion } = unit.places.parts();
  const stable = { beginning: end, files: [roomFor(input.text), nextFile], expansionsEnd: nextExpansion } as const;
  const state = { unit: copyUnit(unit, input), main: { ...main }, atomCount: unit.atoms.count };
  return { input, end, start, tokenCount: unit.out.count, stable, ...state };
}

function fromPreamble(input: PreprocessInput, kept: Preamble): Preprocessed {
  const unit = copyUnit(kept.unit, input);
  const { file, lexer } = mainBehind(unit, kept.end);
  const main: OpenFile = { ...kept.main, file, lexer, conditionals: [] };
  unit.open.push(main);
  return finishUnit(unit, main);
}
