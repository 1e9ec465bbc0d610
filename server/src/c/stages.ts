/** The stages of a compilation, one after the other. */
import type { Diagnostic } from '../base/diagnostic.ts';
import { check } from './check/check.ts';
import type { Compiled, CompileOptions, StageDone } from './compile.ts';
import { diagnosticsOf } from './diagnosticsOf.ts';
import { generate } from './generate/generate.ts';
import { keepCode, sourcesOf, type Sources } from './again/keptCode.ts';
import { lower, type LoweredUnit } from './lower/lower.ts';
import type { MachineFunction } from './machine.ts';
import { writeObject } from './object/writeObject.ts';
import { dropUnused } from './optimise/dropUnused.ts';
import { optimise } from './optimise/optimise.ts';
import { parse } from './parse/parse.ts';
import type { Preamble } from './preprocess/preamble.ts';
import type { Preprocessed } from './preprocess/preprocess.ts';
import { newProblems, type Problem, type Problems } from './problem.ts';
import type { UnitSyntax } from './syntax.ts';
import type { CheckedUnit } from './typed.ts';
import { keptUnit, unreadFunctions, type KeptUnit, type Unread } from './again/unread.ts';
import { applyWarningLevels, askedWarnings, levelEvents, type LevelEvent } from './warningLevels.ts';

export interface Before {
  readonly options: CompileOptions;
  readonly preamble: Preamble | null;
  /** Null where nothing is to be kept. */
  readonly unit: { readonly before: KeptUnit | null } | null;
}

export function* compiling(preprocessed: Preprocessed, before: Before): Generator<StageDone, Compiled> {
  const kept = before.unit?.before ?? null;
  const unread = unreadFunctions(kept, settingOf(before), before.preamble, preprocessed.tokens);
  const part = unread === null ? null : yield* reading(preprocessed, before, unread);
  return part ?? (yield* reading(preprocessed, before, null))!;
}

/** What decides besides the text. */
function settingOf({ options: { cpu, profile, assumes } }: Before): string {
  return `${cpu} ${profile} ${JSON.stringify(assumes)}`;
}

function done(stage: StageDone['stage']): StageDone {
  return { stage, found: null };
}

function* inSteps<T>(stage: StageDone['stage'], steps: Iterator<unknown, T>): Generator<StageDone, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield done(stage);
  }
}

/** Null where something that was to stay unread has to be read. */
function* reading(
  preprocessed: Preprocessed,
  before: Before,
  unread: Unread | null,
): Generator<StageDone, Compiled | null> {
  const { places, tokens } = preprocessed;
  const levels = levelEvents(tokens, warningOptions(before.options));
  const problems = newProblems(askedWarnings(levels));
  const front = yield* frontEnd(preprocessed, problems, { levels, preamble: before.preamble, unread });
  if (front === 'again') return null;
  const unit = front?.checked ?? null;
  const told = (): Diagnostic[] => inOrder(diagnosticsOf(problems.list, places));
  const found = { object: null, functions: [], module: null, places, preprocessed, unit, diagnostics: told() };
  yield { stage: 'check', found };
  const stays = { preamble: before.preamble, unit: before.unit?.before ?? null };
  if (front === null || problems.errors > 0) return { result: found, kept: stays };
  const lowered = lower(front.checked, problems, before.options.assumes, unread?.lowered ?? null);
  yield done('lower');
  const complaints = problems.list.length;
  const made = lowered === null ? 'again' : yield* backEnd(front, lowered, before, { problems, unread });
  if (lowered === null || made === 'again') return null;
  if (problems.list.length > complaints) applyWarningLevels(problems, tokens, levels);
  const { module } = lowered;
  const { functions, sources } = made;
  const isWhole = problems.errors === 0;
  const object = isWhole ? writeObject({ unit: front.checked, module, functions, places }) : null;
  yield done('write');
  const result = { ...found, object, functions, module, diagnostics: told() };
  if (sources === null || problems.list.length > complaints) return { result, kept: stays };
  const code = keepCode(sources, { unit: front.checked, lowered, functions });
  return { result, kept: { ...stays, unit: keptUnit(code, before.preamble, front.syntax, tokens) } };
}

interface FrontEnd {
  readonly syntax: UnitSyntax;
  readonly checked: CheckedUnit;
}

interface FrontSetting {
  readonly levels: readonly LevelEvent[];
  readonly preamble: Preamble | null;
  readonly unread: Unread | null;
}

/** Without a header that it wants, a unit is nothing but complaints about what would have been in there. */
function* frontEnd(
  preprocessed: Preprocessed,
  problems: Problems,
  { levels, preamble, unread }: FrontSetting,
): Generator<StageDone, FrontEnd | 'again' | null> {
  const { tokens, places, problems: found, missing } = preprocessed;
  addAll(problems, found);
  if (missing.some(({ optional }) => !optional)) return null;
  const { errors } = problems;
  const { unit: syntax } = parse(tokens, places, problems, preamble, unread?.ends);
  yield done('parse');
  // Where a function ends is not sure then.
  if (unread !== null && problems.errors > errors) return 'again';
  const checked = check(syntax, places, problems, unread?.effects);
  applyWarningLevels(problems, tokens, levels);
  return { syntax, checked };
}

/** What is an extension in older standards is none in the one that has it. */
function warningOptions({ standard, warnings = [] }: CompileOptions): readonly string[] {
  return standard === 23 ? ['-Wno-c23-extensions', ...warnings] : warnings;
}

interface Made {
  readonly functions: readonly MachineFunction[];
  readonly sources: Sources | null;
}

const NOTHING: Made = { functions: [], sources: null };

interface BackSetting {
  readonly problems: Problems;
  readonly unread: Unread | null;
}

function* backEnd(
  { checked }: FrontEnd,
  { module }: LoweredUnit,
  before: Before,
  { problems, unread }: BackSetting,
): Generator<StageDone, Made | 'again'> {
  if (problems.errors > 0) return NOTHING;
  const { options, unit } = before;
  dropUnused(module);
  const known = unread === null ? new Map() : unread.code(checked.scope);
  const sources =
    unit === null || known === null ? null : sourcesOf(module, settingOf(before), unit.before?.code ?? null, known);
  yield done('compare');
  if (unread !== null && sources === null) return 'again';
  yield* inSteps('optimise', optimise(module, options, problems, sources?.kept));
  yield done('optimise');
  if (problems.errors > 0) return NOTHING;
  const { cpu, profile } = options;
  const generated = yield* inSteps('generate', generate(module, cpu, profile, sources?.kept));
  yield done('generate');
  addAll(problems, generated.problems);
  return { functions: generated.functions, sources };
}

function addAll(problems: Problems, more: readonly Problem[]): void {
  problems.list.push(...more);
  problems.errors += more.filter(({ severity }) => severity === 'error').length;
}

/** As they stand in the file, each once. What stands at one place keeps its order. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  const once = diagnostics.filter(({ code, message, span }) => {
    const key = `${code} ${span?.start} ${span?.end} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return once.toSorted((a, b) => (a.span?.start ?? -1) - (b.span?.start ?? -1));
}
