import type { Connection } from 'vscode-languageserver';
import { sourceText, type SourceText } from '../base/source.ts';
import { openC, type CFile, type CSetting } from '../ide/c/cFile.ts';
import {
  instructionView,
  linksFromInstructions,
  linksFromSource,
  type InstructionView,
} from '../ide/c/instructionView.ts';
import type { Linked } from '../ide/c/instructionLinks.ts';
import type { Place } from '../ide/c/sourcePlaces.ts';
import { faultsIn, insnSpanOf, openInstructions, type InstructionsText } from '../ide/instructionsText.ts';
import type { OpenFile } from '../ide/workspace.ts';
import type { ObjectInstructions } from '../ide/objectInstructions.ts';
import type { CDocuments } from './cDocuments.ts';
import { toOffset, toRange } from './convert.ts';
import {
  INSTRUCTIONS_CHANGED,
  INSTRUCTIONS_SCHEME,
  type InstructionLinks,
  type Instructions,
  type InstructionsParams,
  type LinksParams,
} from './protocol.ts';
import type { ObjectTexts } from './objectTexts.ts';

/** The texts of instructions that a client shows, by the URI of their programs. */
export class InstructionTexts {
  readonly #connection: Connection;
  readonly #c: CDocuments;
  readonly #objects: ObjectTexts;
  readonly #views = new Map<string, InstructionView>();
  readonly #debug = new Map<string, { readonly file: CFile; readonly of: CSetting }>();
  readonly #revisions = new WeakMap<InstructionsText, number>();
  #lastRevision = 0;
  #profile: NonNullable<CSetting['profile']> = 'optimised';

  constructor(connection: Connection, c: CDocuments, objects: ObjectTexts) {
    this.#connection = connection;
    this.#c = c;
    this.#objects = objects;
  }

  /** The build that is shown. */
  configure(profile: unknown): void {
    this.#profile = profile === 'debug' ? 'debug' : 'optimised';
    for (const uri of this.#views.keys()) this.changed(uri);
  }

  /** A source has been compiled or verified. Nobody is told who never asked. */
  changed(uri: string): void {
    if (this.#views.has(uri) || this.#objects.get(uri) !== null)
      void this.#connection.sendNotification(INSTRUCTIONS_CHANGED, { uri });
  }

  closed(uri: string): void {
    this.#views.delete(uri);
    this.#debug.delete(uri);
    this.#objects.closed(uri);
  }

  /** The instructions of an object, or of a source as it is now; null for what is no open source of a program. */
  get({ uri, object }: InstructionsParams): Instructions | null {
    if (object !== undefined) return this.#answer(this.#objects.show(uri, object), false);
    const view = this.#view(uri);
    return view && this.#answer(shownBy(view), view.stale);
  }

  #answer({ text, verifications }: ObjectInstructions, stale: boolean): Instructions {
    const faults = faultsIn(text, verifications).map(({ span, ...one }) => ({
      ...one,
      range: toRange(text.source, span),
    }));
    return { text: text.source.text, revision: this.#revisionOf(text), stale, faults };
  }

  links({ uri, from, ranges }: LinksParams): InstructionLinks | null {
    const view = this.#view(uri);
    const now = this.#c.file(uri)?.file.source;
    if (view === null || now === undefined) return null;
    const linked =
      from === 'source'
        ? linksFromSource(
            view,
            ranges.map(({ start, end }) => ({ start: toOffset(now, start), end: toOffset(now, end) })),
          )
        : linksFromInstructions(
            view,
            ranges.map(({ start, end }) => ({ from: start.line, to: end.line })),
          );
    return linked && this.#toLinks(uri, now, view, linked);
  }

  #toLinks(uri: string, now: SourceText, { text, file }: InstructionView, linked: Linked): InstructionLinks {
    const inSource = ({ path, span }: Place): InstructionLinks['source'] => {
      if (path === null) return [{ uri, range: toRange(now, span) }];
      const header = file?.result.places.files.find((one) => one.path === path);
      return header === undefined
        ? []
        : [{ uri: this.#c.uriOf(path), range: toRange(sourceText(path, header.text), span) }];
    };
    const inText = (line: number): InstructionLinks['instructions'][number] =>
      toRange(text.source, insnSpanOf(text, line));
    return {
      revision: this.#revisionOf(text),
      source: linked.source.flatMap(inSource),
      calls: linked.calls.flatMap(inSource),
      instructions: linked.instructions.map(inText),
      nearby: linked.nearby.map(inText),
    };
  }

  /** The document that a client shows them in; null for any other, and while its text is not the present one. */
  file(documentUri: string, text: string): OpenFile | null {
    const program = programOf(documentUri) ?? '';
    const view = this.#views.get(program);
    const shown = view === undefined ? this.#objects.get(program) : shownBy(view);
    return shown === null || shown.text.source.text !== text ? null : openInstructions(shown.text, shown.verifications);
  }

  #revisionOf(text: InstructionsText): number {
    const revision = this.#revisions.get(text) ?? ++this.#lastRevision;
    this.#revisions.set(text, revision);
    return revision;
  }

  #view(uri: string): InstructionView | null {
    const open = this.#c.file(uri);
    const before = this.#views.get(uri) ?? null;
    if (open === null) return before;
    const view = instructionView(this.#built(uri, open), { ...open.setting, profile: this.#profile }, before);
    this.#views.set(uri, view);
    return view;
  }

  /** The debug build is made for the sake of its instructions alone. */
  #built(uri: string, { file, setting }: { readonly file: CFile; readonly setting: CSetting }): CFile {
    if (this.#profile !== 'debug') return file;
    const before = this.#debug.get(uri);
    if (before?.of === setting && before.file.source.text === file.source.text) return before.file;
    const { path, text } = file.source;
    const made = openC(path, text, { ...setting, profile: 'debug' }, before?.file ?? null);
    this.#debug.set(uri, { file: made, of: setting });
    return made;
  }
}

function shownBy({ text, file }: InstructionView): ObjectInstructions {
  return { text, verifications: file?.verifications ?? [] };
}

/** The program whose instructions a document shows; null for other documents. */
export function programOf(documentUri: string): string | null {
  if (!documentUri.startsWith(`${INSTRUCTIONS_SCHEME}:`)) return null;
  const query = documentUri.indexOf('?');
  return query === -1 ? null : decodeURIComponent(documentUri.slice(query + 1));
}
