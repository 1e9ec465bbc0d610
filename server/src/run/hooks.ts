import { SECTIONS } from '../kernel/sections.ts';
import type { Event } from '../events/event.ts';
import type { Program } from '../program/program.ts';

/** A hook as a section or a recording names it. */
interface Hook {
  /** `kprobe`, `tracepoint`, `cgroup/connect4`; the same for all spellings. */
  readonly kind: string;
  /** What stands behind it, words joined by colons: `syscalls:sys_enter_openat`; empty for any. */
  readonly target: string;
}

/** Sections that are other names of a hook. */
const SAME: Readonly<Record<string, string>> = {
  tp: 'tracepoint',
  raw_tp: 'raw_tracepoint',
  classifier: 'tc',
  'tcx/ingress': 'tc/ingress',
  'tcx/egress': 'tc/egress',
};

/** Which program runs at an event's hook; a string says in plain words that none does. */
export function programFor(programs: readonly Program[], { recorded }: Event): Program | string {
  const [first] = programs;
  const hook = recorded?.hook ?? null;
  if (first !== undefined && hook === null) return first;
  const found = programs.find((program) => runsAt(program, hook ?? ''));
  if (found !== undefined) return found;
  return programs.length === 1
    ? `recorded at ${hook}, but ${first?.name} runs at ${first?.section}`
    : `recorded at ${hook}, where no program of the file runs`;
}

/** Whether a program runs at a hook, which a recording names as sections are named but with colons. */
export function runsAt(program: Program, hook: string): boolean {
  const own = hookOf(program.section);
  const there = hookOf(hook.replaceAll(':', '/'));
  if (own === null || there === null) return own === null;
  return own.kind === there.kind && sameTarget(own.target, there.target);
}

/** null for sections without a meaning, such as those of bare instructions: their programs run anywhere. */
function hookOf(section: string): Hook | null {
  const name = section.startsWith('?') ? section.slice(1) : section;
  const rows = SECTIONS.filter((row) => name === row.name || name.startsWith(`${row.name}/`));
  const longest = rows.toSorted((a, b) => b.name.length - a.name.length)[0];
  if (longest === undefined) return null;
  const plain = longest.name.replaceAll(/\.(s|multi|session|frags|w)\b/g, '');
  const target = name.slice(longest.name.length).split(/[:/]+/).filter(Boolean).join(':');
  return { kind: SAME[plain] ?? plain, target };
}

/** Paths of binaries may be told in full or by their end; stars stand for anything. */
function sameTarget(own: string, there: string): boolean {
  if (own === '' || there === '' || own === there) return true;
  if (own.endsWith(`:${there}`) || there.endsWith(`:${own}`)) return true;
  return own.includes('*') && matches(own, there);
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  let at = (parts[0] ?? '').length;
  if (!name.startsWith(parts[0] ?? '')) return false;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  const last = parts.at(-1) ?? '';
  return name.length - last.length >= at && name.endsWith(last);
}
