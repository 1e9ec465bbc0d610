import type { Problem, Problems } from './problem.ts';
import { TOKEN, type Tokens } from './tokens.ts';
import { concerns, isOffByDefault, offByDefault } from './warningGroups.ts';

/**
 * Carries out `-W` options, and `#pragma GCC diagnostic` and `#pragma clang diagnostic` on what was found between them:
 * findings whose flag is ignored there go, even those that are errors unless somebody says so (`-Wint-conversion`).
 */
export function applyWarningLevels(problems: Problems, tokens: Tokens, events: readonly LevelEvent[]): void {
  if (problems.list.length === 0) return;
  if (events.length === 0 && !problems.list.some(({ code }) => isOffByDefault(code))) return;
  const indexOf = indicesOf(new Set(problems.list.map(({ at }) => at.start)), tokens);
  const kept = problems.list.flatMap((problem) => judged(problem, indexOf.get(problem.at.start), events));
  problems.list.splice(0, problems.list.length, ...kept);
  problems.errors = kept.filter(({ severity }) => severity === 'error').length;
}

/** What options and pragmas say of levels, in the order in which it holds. */
export function levelEvents(tokens: Tokens, options: readonly string[] = []): LevelEvent[] {
  return [...options.flatMap((option) => eventOf(option) ?? []), ...eventsOf(tokens)];
}

/** Warnings that are off by default and that an option or a pragma is about. */
export function askedWarnings(events: readonly LevelEvent[]): Set<string> {
  return offByDefault(events.flatMap((event) => (event.kind === 'set' && event.level !== 'ignored' ? event.flag : [])));
}

/** By place of a token, its number. A few are found faster one by one: there may be half a million tokens. */
function indicesOf(places: ReadonlySet<number>, tokens: Tokens): Map<number, number> {
  const found = new Map<number, number>();
  for (const part of partsOf(tokens)) findIn(part, places, found);
  for (const one of places) if (!found.has(one)) found.set(one, lastBefore(one, tokens));
  return found;
}

/** The last ones first: mostly the main file's. */
function* partsOf(tokens: Tokens): Iterable<Tokens> {
  for (let part: Tokens | null = tokens; part !== null; part = part.before) yield part;
}

function findIn({ place, count, first }: Tokens, places: ReadonlySet<number>, found: Map<number, number>): void {
  if (places.size >= 20) {
    for (let i = 0; i < count; i++) {
      const one = place[i] ?? 0;
      if (places.has(one) && !found.has(one)) found.set(one, first + i);
    }
    return;
  }
  for (const one of places) {
    const index = found.has(one) ? -1 : place.subarray(0, count).indexOf(one);
    if (index !== -1) found.set(one, first + index);
  }
}

/** For what stands in a directive, the token that precedes it; -1 for none. */
function lastBefore(one: number, tokens: Tokens): number {
  let [best, bestPlace] = [-1, -1];
  for (const { place, count, first } of partsOf(tokens))
    for (let i = 0; i < count; i++)
      if (place[i]! < one && place[i]! > bestPlace) [best, bestPlace] = [first + i, place[i]!];
  return best;
}

type Level = 'ignored' | 'warning' | 'error' | 'fatal';
export type LevelEvent =
  | { readonly index: number; readonly kind: 'push' | 'pop' }
  | { readonly index: number; readonly kind: 'set'; readonly level: Level; readonly flag: string };

/**
 * An option of the command line, which holds from the beginning; null for one that is none of ours. `-Werror` alone is
 * none: it would make errors of warnings that only our `-Wall` asked for.
 */
function eventOf(option: string): LevelEvent | null {
  const set = (level: Level, flag: string): LevelEvent => ({ index: -1, kind: 'set', level, flag });
  if (option === '-w') return set('ignored', 'everything');
  if (option === '-W') return set('warning', 'extra');
  const [, no = '', error = '', name = ''] = /^-W(no-)?(error(?:=|$))?(.*)$/.exec(option) ?? [];
  if (name === '' || error === 'error') return null;
  if (no !== '') return error === '' ? set('ignored', name) : set('warning', name);
  return set(error === '' ? 'warning' : 'error', name);
}

function eventsOf(tokens: Tokens): LevelEvent[] {
  return [...partsOf(tokens)].toReversed().flatMap((part) => (part === tokens ? eventsIn(part) : knownEvents(part)));
}

const known = new WeakMap<Tokens, LevelEvent[]>();

/** Many units begin with the same tokens. */
function knownEvents(part: Tokens): LevelEvent[] {
  const events = known.get(part) ?? eventsIn(part);
  known.set(part, events);
  return events;
}

function eventsIn({ kind, atom, atoms, count, first }: Tokens): LevelEvent[] {
  const events: LevelEvent[] = [];
  for (
    let index = kind.indexOf(TOKEN.pragma);
    index !== -1 && index < count;
    index = kind.indexOf(TOKEN.pragma, index + 1)
  ) {
    const words = /^(?:GCC|clang) diagnostic (push|pop|ignored|warning|error|fatal)(?: "-W(.*)")?$/.exec(
      atoms.text(atom[index] ?? 0),
    );
    const [, verb, flag] = words ?? [];
    if (verb === 'push' || verb === 'pop') events.push({ index: first + index, kind: verb });
    else if (verb !== undefined && flag !== undefined)
      events.push({ index: first + index, kind: 'set', level: verb as Level, flag });
  }
  return events;
}

function judged(problem: Problem, index: number | undefined, events: readonly LevelEvent[]): Problem[] {
  const level = levelAt(problem.code, index ?? -1, events);
  if (level === null) return [problem];
  if (level === 'ignored') return [];
  return [{ ...problem, severity: level === 'warning' ? problem.severity : 'error' }];
}

/** Null where it is as it is. What has no place in the program is judged by the options alone. */
function levelAt(code: string, index: number, events: readonly LevelEvent[]): Level | null {
  const stack: (Level | null)[] = [];
  let level: Level | null = isOffByDefault(code) ? 'ignored' : null;
  for (const event of events) {
    if (event.index > index) break;
    if (event.kind === 'push') stack.push(level);
    else if (event.kind === 'pop') level = stack.length > 0 ? stack.pop()! : level;
    else if (event.kind === 'set' && concerns(event.flag, code)) ({ level } = event);
  }
  return level;
}
