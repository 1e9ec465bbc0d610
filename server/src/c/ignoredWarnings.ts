import type { Problem, Problems } from './problem.ts';
import { TOKEN, type Tokens } from './tokens.ts';

/**
 * Carries out `#pragma GCC diagnostic` and `#pragma clang diagnostic` on what was found between them: findings whose
 * flag is ignored there go, even those that are errors unless somebody says so (`-Wint-conversion`).
 */
export function applyDiagnosticPragmas(problems: Problems, tokens: Tokens): void {
  const events = eventsOf(tokens);
  if (events.length === 0 || problems.list.length === 0) return;
  const places = new Set(problems.list.map(({ at }) => at.start));
  const indexOf = new Map<number, number>();
  for (let i = 0; i < tokens.count; i++) {
    const place = tokens.place[i] ?? 0;
    if (places.has(place) && !indexOf.has(place)) indexOf.set(place, i);
  }
  const kept = problems.list.flatMap((problem) => judged(problem, indexOf.get(problem.at.start), events));
  problems.list.splice(0, problems.list.length, ...kept);
  problems.errors = kept.filter(({ severity }) => severity === 'error').length;
}

type Level = 'ignored' | 'warning' | 'error' | 'fatal';
type Event =
  | { readonly index: number; readonly kind: 'push' | 'pop' }
  | { readonly index: number; readonly kind: 'set'; readonly level: Level; readonly flag: string };

function eventsOf({ kind, atom, atoms, count }: Tokens): Event[] {
  const events: Event[] = [];
  for (let index = 0; index < count; index++) {
    if (kind[index] !== TOKEN.pragma) continue;
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
  const level = index === undefined ? null : levelAt(problem.code, index, events);
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
