/**
 * Findings of the compiler's stages. They carry places, which `diagnosticsOf` turns into spans of the main file when all
 * stages are done.
 */
import type { Severity } from '../base/diagnostic.ts';
import type { Range } from './places.ts';
import { isOffByDefault } from './warningGroups.ts';

export interface Problem {
  /** As a diagnostic's: a kebab-case noun with a section in docs/diagnostics.md. */
  readonly code: string;
  readonly severity: Severity;
  /** In clang's words where clang has the message, without a full stop. */
  readonly message: string;
  readonly at: Range;
  /** "previous definition is here" and the like. */
  readonly notes: readonly ProblemNote[];
  readonly fix: ProblemFix | null;
}

export interface ProblemNote {
  readonly at: Range;
  readonly message: string;
}

export interface ProblemFix {
  readonly title: string;
  /** An empty range inserts before its start. */
  readonly edits: readonly { readonly at: Range; readonly text: string }[];
}

/** All findings so far, in the order of finding; `errors` counts those that forbid to go on to code. */
export interface Problems {
  readonly list: Problem[];
  errors: number;
  /** Warnings that are told only where somebody asks for them. */
  readonly asked: ReadonlySet<string>;
  /** Names in what was stepped over after an error of syntax: they may be declared there. */
  readonly skipped: Set<string>;
}

interface More {
  readonly notes?: readonly ProblemNote[];
  readonly fix?: ProblemFix | null;
}

export function newProblems(asked: ReadonlySet<string> = new Set()): Problems {
  return { list: [], errors: 0, asked, skipped: new Set() };
}

export function reportError(problems: Problems, code: string, at: Range, message: string, more: More = {}): void {
  problems.errors++;
  add(problems, code, 'error', at, message, more);
}

export function reportWarning(problems: Problems, code: string, at: Range, message: string, more: More = {}): void {
  if (isOffByDefault(code) && !problems.asked.has(code)) return;
  add(problems, code, 'warning', at, message, more);
}

/** As many findings as anybody reads; what comes later is only counted. */
const LIMIT = 1000;

function add(
  problems: Problems,
  code: string,
  severity: Severity,
  at: Range,
  message: string,
  { notes = [], fix = null }: More,
): void {
  if (problems.list.length < LIMIT) problems.list.push({ code, severity, message, at, notes, fix });
}
