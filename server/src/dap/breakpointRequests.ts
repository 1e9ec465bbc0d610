import type { DebugProtocol } from '@vscode/debugprotocol';
import type { CodePlace } from '../debugger/target.ts';
import { addressOf, hexAddress, isRecord, recordsOf, textOf, wholeNumber } from './arguments.ts';
import type { DapSession } from './session.ts';
import { UserError } from './userError.ts';

const NO_CODE = 'There is no instruction at or behind this line in the program that is being debugged.';
const NO_FUNCTION = 'No function of that name is in the program.';
const NO_INSTRUCTION = 'There is no instruction at that address.';

/** More than anybody sets; each costs memory. */
const MOST_BREAKPOINTS = 10_000;

type Fields = Readonly<Record<string, unknown>>;

export function setBreakpoints(session: DapSession, args: Fields): object {
  const source = sourceOf(args['source']);
  const lines = args['breakpoints'] === undefined ? oldLines(args['lines']) : listOf(args['breakpoints']);
  const wanted = lines.map(({ line }) => wholeNumber(line, 'line') - session.lineBase + 1);
  const found = wanted.map((line) => session.sources.placesOf(source, line));
  const group = `source ${source.sourceReference ?? 0} ${source.path ?? ''}`;
  const places = found.map((one) => one?.places ?? []);
  const made = session.replay.breakpoints.replace(group, 'source', places);
  const answers = made.map(({ id }, index) => {
    const line = found[index]?.line;
    return line === undefined
      ? { id, verified: false, message: NO_CODE, reason: 'failed' }
      : { id, verified: true, line: line - 1 + session.lineBase, source };
  });
  return { breakpoints: answers };
}

export function setFunctionBreakpoints(session: DapSession, args: Fields): object {
  const names = listOf(args['breakpoints']).map(({ name }) => textOf(name, 'name'));
  const places = names.map((name) => session.replay.target.placesOfFunction(name));
  const made = session.replay.breakpoints.replace('functions', 'function', places);
  return { breakpoints: made.map(({ id }, index) => answer(session, id, places[index] ?? [], NO_FUNCTION)) };
}

export function setInstructionBreakpoints(session: DapSession, args: Fields): object {
  const places = listOf(args['breakpoints']).map(({ instructionReference, offset }) => {
    const address = addressOf(instructionReference) + wholeNumber(offset, 'offset', 0);
    const place = session.replay.target.placeOf(address);
    return place === null ? [] : [place];
  });
  const made = session.replay.breakpoints.replace('instructions', 'instruction', places);
  return { breakpoints: made.map(({ id }, index) => answer(session, id, places[index] ?? [], NO_INSTRUCTION)) };
}

export function setExceptionBreakpoints(session: DapSession, args: Fields): object {
  const filters = args['filters'] ?? [];
  if (!Array.isArray(filters)) throw new UserError('"filters" must be a list.');
  session.replay.stopOnTrap = filters.includes('trap');
  return {};
}

function sourceOf(value: unknown): DebugProtocol.Source {
  if (!isRecord(value)) throw new UserError('The request names no source.');
  const { path, sourceReference } = value;
  return {
    ...value,
    ...(path === undefined || path === null ? {} : { path: textOf(path, 'path') }),
    sourceReference: wholeNumber(sourceReference, 'sourceReference', 0),
  };
}

function listOf(value: unknown): readonly Fields[] {
  const list = recordsOf(value, 'breakpoints');
  if (list.length > MOST_BREAKPOINTS) throw new UserError(`More than ${MOST_BREAKPOINTS} breakpoints are too many.`);
  return list;
}

/** The protocol's older way of saying where. */
function oldLines(lines: unknown): readonly Fields[] {
  return Array.isArray(lines) ? listOf(lines.map((line: unknown) => ({ line }))) : [];
}

function answer(session: DapSession, id: number, places: readonly CodePlace[], otherwise: string): object {
  const [place] = places;
  if (place === undefined) return { id, verified: false, message: otherwise, reason: 'failed' };
  const { source, line } = session.sources.locate(place);
  return {
    id,
    verified: true,
    source,
    line: line - 1 + session.lineBase,
    instructionReference: hexAddress(session.replay.target.addressOf(place)),
  };
}
