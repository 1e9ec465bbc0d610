import { positionAt, type Span } from '../../base/source.ts';
import { inlinedAround, type InlinedFunction, type Program } from '../../program/program.ts';
import type { InstructionsText } from '../instructionsText.ts';
import type { CFile } from './cFile.ts';
import { placeOf, placeOfLine, type Place } from './sourcePlaces.ts';

/** What belongs together in a C source and the text of its instructions. */
export interface Linked {
  /** In the source: what the instructions are made for. */
  readonly source: readonly Place[];
  /** In the source: calls whose functions are inlined, through which instructions came to be where they are. */
  readonly calls: readonly Place[];
  /** Lines of the instructions, zero-based and in order. */
  readonly instructions: readonly number[];
  /** Lines of instructions that have less to do with it: others of the source line, and of functions that it calls. */
  readonly nearby: readonly number[];
}

/** One instruction with its places in the source. */
interface Link {
  /** In the text of the instructions. */
  readonly line: number;
  readonly own: Place | null;
  /** From outer to inner calls. */
  readonly calls: readonly Place[];
}

const found = new WeakMap<InstructionsText, readonly Link[]>();

function linksOf(file: CFile, text: InstructionsText): readonly Link[] {
  const known = found.get(text) ?? findLinks(file, text);
  found.set(text, known);
  return known;
}

function findLinks(file: CFile, { object, places }: InstructionsText): Link[] {
  const sites = new Map<InlinedFunction, Place | null>();
  return places.flatMap((place, line): Link[] => {
    const program = place === null ? undefined : object.programs[place.program];
    if (place === null || program === undefined) return [];
    return [{ line, own: placeOf(file, program, place.pc), calls: callsOf(file, program, place.pc, sites) }];
  });
}

function callsOf(file: CFile, program: Program, pc: number, sites: Map<InlinedFunction, Place | null>): Place[] {
  return inlinedAround(program, pc).flatMap((call) => {
    if (!sites.has(call)) sites.set(call, placeOfLine(file, call, 'call'));
    return sites.get(call) ?? [];
  });
}

/** What belongs to the lines of the instructions that are selected; a line of source stands for all below it. */
export function linkedToInstructions(
  file: CFile,
  text: InstructionsText,
  lines: readonly { readonly from: number; readonly to: number }[],
): Linked {
  const links = linksOf(file, text);
  const wanted = new Set(lines.flatMap(({ from, to }) => linesMeant(text, from, to)));
  const chosen = links.filter(({ line }) => wanted.has(line));
  const source = unique(chosen.flatMap(({ own }) => own ?? []));
  const same = links.filter(({ own, line }) => own !== null && !wanted.has(line) && source.some(isSame(own)));
  return {
    source,
    calls: unique(chosen.flatMap(({ calls }) => calls)),
    instructions: linesOf(chosen),
    nearby: linesOf(same),
  };
}

function linesMeant({ places }: InstructionsText, from: number, to: number): number[] {
  const lines = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  for (let line = to; places[to] === null && line + 1 < places.length && places[line + 1] !== null; line++)
    lines.push(line + 1);
  return lines;
}

/** What belongs to the parts of the source that are selected; where nothing is, to the smallest expression and to the line. */
export function linkedToSource(file: CFile, text: InstructionsText, selections: readonly Span[]): Linked {
  const links = linksOf(file, text);
  const chosen = new Set<Link>();
  const nearby = new Set<Link>();
  const calls: Place[] = [];
  for (const selection of selections) {
    const lines = linesAround(file, selection);
    const onLines = links.filter(({ own }) => own?.path === null && startsWithin(own.span, lines));
    const exact = selection.start === selection.end ? atCursor(links, selection.start) : within(links, selection);
    for (const link of exact.length > 0 ? exact : onLines) chosen.add(link);
    for (const link of onLines) nearby.add(link);
    for (const link of links) {
      const here = link.calls.filter(({ path, span }) => path === null && startsWithin(span, lines));
      if (here.length > 0) nearby.add(link);
      calls.push(...here);
    }
  }
  return {
    source: unique([...chosen].flatMap(({ own }) => own ?? [])),
    calls: unique(calls),
    instructions: linesOf([...chosen]),
    nearby: linesOf([...nearby].filter((link) => !chosen.has(link))),
  };
}

/** From the beginning of its first line to the end of its last one; whole lines end before the next one begins. */
function linesAround({ source }: CFile, { start, end }: Span): Span {
  const [first, last] = [positionAt(source, start).line, positionAt(source, Math.max(start, end - 1)).line];
  return { start: source.lineStarts[first] ?? 0, end: (source.lineStarts[last + 1] ?? source.text.length + 1) - 1 };
}

function startsWithin({ start }: Span, lines: Span): boolean {
  return lines.start <= start && start <= lines.end;
}

function atCursor(links: readonly Link[], offset: number): Link[] {
  const around = links.filter(({ own }) => own?.path === null && own.span.start <= offset && offset <= own.span.end);
  const shortest = Math.min(...around.map(({ own }) => lengthOf(own)));
  return around.filter(({ own }) => lengthOf(own) === shortest);
}

function within(links: readonly Link[], { start, end }: Span): Link[] {
  return links.filter(({ own }) => own?.path === null && own.span.start < end && start < own.span.end);
}

function lengthOf(place: Place | null): number {
  return place === null ? 0 : place.span.end - place.span.start;
}

function isSame(one: Place): (other: Place) => boolean {
  return ({ path, span }) => path === one.path && span.start === one.span.start && span.end === one.span.end;
}

function unique(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [`${place.span.start} ${place.span.end} ${place.path}`, place])).values()];
}

function linesOf(links: readonly Link[]): number[] {
  return links.map(({ line }) => line).toSorted((a, b) => a - b);
}
