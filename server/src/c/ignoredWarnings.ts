import type { Problem, Problems } from './problem.ts';
import { TOKEN, type Tokens } from './tokens.ts';

/**
 * Carries out `#pragma GCC diagnostic` and `#pragma clang diagnostic` on what was found between them: findings whose
 * flag is ignored there go, even those that are errors unless somebody says so (`-Wint-conversion`).
 */
export function applyDiagnosticPragmas(problems: Problems, tokens: Tokens): void {
  if (problems.list.length === 0) return;
  const events = eventsOf(tokens);
  if (events.length === 0) return;
  const indexOf = indicesOf(new Set(problems.list.map(({ at }) => at.start)), tokens);
  const kept = problems.list.flatMap((problem) => judged(problem, indexOf.get(problem.at.start), events));
  problems.list.splice(0, problems.list.length, ...kept);
  problems.errors = kept.filter(({ severity }) => severity === 'error').length;
}

/** By place of a token, its index. A few are found faster one by one: there may be half a million tokens. */
function indicesOf(places: ReadonlySet<number>, { place, count }: Tokens): Map<number, number> {
  const found = new Map<number, number>();
  if (places.size < 20) {
    for (const one of places) found.set(one, place.subarray(0, count).indexOf(one));
    return found;
  }
  for (let i = 0; i < count; i++) {
    const one = place[i] ?? 0;
    if (places.has(one) && !found.has(one)) found.set(one, i);
  }
  return found;
}

type Level = 'ignored' | 'warning' | 'error' | 'fatal';
type Event =
  | { readonly index: number; readonly kind: 'push' | 'pop' }
  | { readonly index: number; readonly kind: 'set'; readonly level: Level; readonly flag: string };

function eventsOf({ kind, atom, atoms, count }: Tokens): Event[] {
  const events: Event[] = [];
  for (
    let index = kind.indexOf(TOKEN.pragma);
    index !== -1 && index < count;
    index = kind.indexOf(TOKEN.pragma, index + 1)
  ) {
    const words = /^(?:GCC|clang) diagnostic (push|pop|ignored|warning|error|fatal)(?: "-W(.*)")?$/.exec(
      atoms.text(atom[index] ?? 0),
    );
    const [, verb, flag] = words ?? [];
    if (verb === 'push' || verb === 'pop') events.push({ index, kind: verb });
    else if (verb !== undefined && flag !== undefined) events.push({ index, kind: 'set', level: verb as Level, flag });
  }
  return events;
}

/** Flags that stand for several findings, by what these begin with. */
const GROUPS: Readonly<Record<string, string>> = {
  unused: 'unused-',
  uninitialized: 'uninitialized',
  conversion: 'implicit-',
};

function judged(problem: Problem, index: number | undefined, events: readonly Event[]): Problem[] {
  const level = index === undefined || index === -1 ? null : levelAt(problem.code, index, events);
  if (level === null) return [problem];
  if (level === 'ignored') return [];
  return [{ ...problem, severity: level === 'warning' ? problem.severity : 'error' }];
}

function levelAt(code: string, index: number, events: readonly Event[]): Level | null {
  const stack: (Level | null)[] = [];
  let level: Level | null = null;
  for (const event of events) {
    if (event.index > index) break;
    if (event.kind === 'push') stack.push(level);
    else if (event.kind === 'pop') level = stack.pop() ?? null;
    else if (event.kind === 'set' && concerns(event.flag, code)) ({ level } = event);
  }
  return level;
}

function concerns(flag: string, code: string): boolean {
  const group = GROUPS[flag];
  return flag === code || (group !== undefined && code.startsWith(group));
}
