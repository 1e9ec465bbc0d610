/** What our front end says about texts that stand beside one source. */
import path from 'node:path';
import { check } from '../../server/src/c/check/check.ts';
import type { CompileOptions, Includes } from '../../server/src/c/compile.ts';
import { compileOptions, flagsOf } from '../../server/src/c/compileFlags.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders, type ReadFile } from '../../server/src/c/includes.ts';
import { parse } from '../../server/src/c/parse/parse.ts';
import { preprocessAgain, type Preamble } from '../../server/src/c/preprocess/preamble.ts';
import { newProblems } from '../../server/src/c/problem.ts';
import { applyWarningLevels, askedWarnings, levelEvents } from '../../server/src/c/warningLevels.ts';
import type { Message } from './messages.ts';

export interface FrontEnd {
  readonly path: string;
  readonly includes: Includes;
  readonly options: CompileOptions;
  preamble: Preamble | null;
}

export function openFrontEnd(file: string, text: string, args: readonly string[], read: ReadFile): FrontEnd {
  const flags = flagsOf(args, path.dirname(file));
  const folders = [...flags.folders, BUNDLED_FOLDER];
  const reads = readWithBundled({ path: file, text, folders, read, kernelTypes: null });
  const options = compileOptions({ ...flags, cpu: 3 }, 'optimised');
  return { path: file, includes: searchFolders(folders, reads), options, preamble: null };
}

/** Null where a header is missing. */
export function ourMessages(front: FrontEnd, text: string): Message[] | null {
  const { path: file, includes, options } = front;
  const { result, preamble } = preprocessAgain({ path: file, text, includes, options }, front.preamble);
  front.preamble = preamble;
  const { tokens, places, problems: found, missing } = result;
  if (missing.some(({ optional }) => !optional)) return null;
  const levels = levelEvents(tokens, options.warnings);
  const problems = newProblems(askedWarnings(levels));
  problems.list.push(...found);
  const { unit } = parse(tokens, places, problems, preamble);
  check(unit, places, problems);
  applyWarningLevels(problems, tokens, levels);
  const starts = lineStarts(text);
  return problems.list.flatMap(({ at, severity, message, code }): Message[] => {
    const place = places.written(at.start);
    if (place === null || place.file !== places.files[0] || (severity !== 'error' && severity !== 'warning')) return [];
    const line = starts.findLastIndex((start) => start <= place.offset);
    const column = Buffer.byteLength(text.slice(starts[line], place.offset)) + 1;
    return [{ line: line + 1, column, severity, message, flag: code }];
  });
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}
