import type { Span } from '../../base/source.ts';
import { changeBetween, movedSpan, reversed, type TextChange } from '../../base/textChange.ts';
import type { BpfObject } from '../../program/program.ts';
import { instructionsText, type InstructionsText } from '../instructionsText.ts';
import type { CFile, CSetting } from './cFile.ts';
import { linkedToInstructions, linkedToSource, type Linked } from './instructionLinks.ts';
import type { Place } from './sourcePlaces.ts';

/** The instructions of a C source as they are shown beside it. */
export interface InstructionView {
  readonly text: InstructionsText;
  /** What the instructions are made from; null while the source never was without errors. */
  readonly file: CFile | null;
  /** The source has errors now: its instructions are from before. */
  readonly stale: boolean;
  /** The one stretch in which the source has changed since. */
  readonly change: TextChange;
}

/** While the source has errors, or is not compiled to its end yet, what was shown `before` is shown. */
export function instructionView(file: CFile, setting: CSetting, before: InstructionView | null): InstructionView {
  const made = file.object !== null;
  const stale = !made && hasErrors(file);
  const shown = made ? file : (before?.file ?? null);
  const change = changeBetween(shown?.source.text ?? '', file.source.text);
  if (before !== null && shown !== null && before.file?.object === shown.object && before.stale === stale)
    return { ...before, file: shown, change };
  const text = instructionsText(shown?.object ?? NOTHING, titleOf(file, shown, setting), file.source.path);
  return { text, file: shown, stale, change };
}

function hasErrors({ clangs, result }: CFile): boolean {
  return (clangs ?? result.diagnostics).some(({ severity }) => severity === 'error');
}

const NOTHING: BpfObject = { path: '', programs: [], maps: [], license: '', btf: null, diagnostics: [] };

function titleOf(file: CFile, shown: CFile | null, setting: CSetting): string {
  const name = file.source.path.split(/[\\/]/).at(-1) ?? file.source.path;
  if (shown === null)
    return hasErrors(file)
      ? `${name} has errors: its instructions will be here when it compiles`
      : `${name} is being compiled`;
  if (shown.object?.programs.length === 0)
    return `${name} has no program: a function becomes one by its section, such as SEC("xdp")`;
  const { flags, profile = 'optimised', kernelTypes, kernelName } = setting;
  const made = [
    shown.clangs === null ? `${profile} build` : 'compiled by clang',
    `-mcpu=v${flags.cpu ?? 3}`,
    ...(kernelTypes === null ? [] : [`as ${kernelName} loads it`]),
  ].join(', ');
  return file === shown || !hasErrors(file)
    ? `Instructions of ${name}: ${made}`
    : `${name} has errors: these are the instructions from before them (${made})`;
}

/** What belongs to lines of the instructions. Places are those of the source's present text. */
export function linksFromInstructions(view: InstructionView, lines: readonly LineRange[]): Linked | null {
  return view.file === null ? null : moved(linkedToInstructions(view.file, view.text, lines), view.change);
}

/** What belongs to parts of the source's present text. */
export function linksFromSource(view: InstructionView, selections: readonly Span[]): Linked | null {
  const { file, text, change } = view;
  if (file === null) return null;
  const back = reversed(change);
  const then = selections.flatMap((span) => movedSpan(span, back) ?? []);
  return moved(linkedToSource(file, text, then), change);
}

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** What was taken apart meanwhile is left out. */
function moved(linked: Linked, change: TextChange): Linked {
  const now = (places: readonly Place[]): Place[] =>
    places.flatMap((place) => {
      if (place.path !== null) return place;
      const span = movedSpan(place.span, change);
      return span === null ? [] : { path: null, span };
    });
  return { ...linked, source: now(linked.source), calls: now(linked.calls) };
}
