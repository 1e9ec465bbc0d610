import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  DocumentHighlightKind,
  type InitializeResult,
  LSPErrorCodes,
  MarkupKind,
  MessageType,
  type Range,
  ResponseError,
  ShowMessageNotification,
  TextDocuments,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { AsmFile } from '../asm/assembler/syntax.ts';
import { completionsAt } from '../ide/completion.ts';
import { sourceText, type SourceText } from '../base/source.ts';
import type { HeaderStore } from '../c/store/headerStore.ts';
import type { CFile, CSetting } from '../ide/c/cFile.ts';
import { mapArguments } from '../ide/c/callCompletion.ts';
import { cCompletionsAt, MOST as MOST_OFFERED } from '../ide/c/completion.ts';
import { cDefinitionAt, cOccurrencesAt } from '../ide/c/definition.ts';
import { cDiagnostics } from '../ide/c/diagnostics.ts';
import { cHoverAt } from '../ide/c/hover.ts';
import { cSignatureAt } from '../ide/c/signature.ts';
import { cSymbols } from '../ide/c/symbols.ts';
import { fileDiagnostics, type FileDiagnostic } from '../ide/diagnostics.ts';
import { hoverAt, type Hover } from '../ide/hover.ts';
import { isKnownKernel, NEWEST } from '../kernel/releases.ts';
import { CDocuments, type CFilesHost } from './cDocuments.ts';
import { ClientTexts } from './clientTexts.ts';
import { definitionAt, occurrencesAt, renameProblem, renameSpanAt } from '../ide/navigation.ts';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../ide/semanticTokens.ts';
import { documentSymbols } from '../ide/symbols.ts';
import { quickFixesIn } from '../ide/quickFixes.ts';
import { type OpenFile, Workspace } from '../ide/workspace.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import { toCodeAction, toCompletionItem, toOffset, toRange, toSignatureHelp, toSymbol } from './convert.ts';
import { takesPackets } from '../run/contexts/enter.ts';
import { InstructionTexts, programOf } from './instructions.ts';
import {
  HEADER_REQUEST,
  INSTRUCTIONS_REQUEST,
  type InstructionsParams,
  LINKS_REQUEST,
  type LinksParams,
  PROGRAMS_REQUEST,
  TEXTS_REQUEST,
  WARM_UP_NOTIFICATION,
  type ProgramListing,
} from './protocol.ts';
import { KernelTypes, type KernelTypesHost } from './kernelTypes.ts';
import { ObjectTexts } from './objectTexts.ts';
import { Publisher } from './publisher.ts';
import { WarmUp } from './warmUp.ts';
import { warmUpC } from './warmUpC.ts';

/** What the platform lends the server. */
export interface LanguageServerHost {
  /** Runs something once the messages that have come in meanwhile are handled. */
  defer(run: () => void): void;
  readonly kernelTypes?: KernelTypesHost;
  readonly cFiles?: CFilesHost;
  /** Where large headers are kept between sessions: in the client's folder, if it has one for that. */
  readonly headerStore?: (folder: string | null) => HeaderStore | undefined;
}

/** Serves one client over `connection` until it disconnects. Holds no logic: the answers come from ide/. */
export function serveLanguage(connection: Connection, host: LanguageServerHost): void {
  const documents = new TextDocuments(TextDocument);
  const workspace = new Workspace(VERIFY_DEFAULTS);
  const types = new KernelTypes(host.kernelTypes, VERIFY_DEFAULTS.kernel, (problem) => {
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message: problem });
  });
  const texts = new ClientTexts(
    (uris) => connection.sendRequest(TEXTS_REQUEST, { uris }),
    () => c.lookAgain(),
  );
  const c = new CDocuments(connection, { ...host, cFiles: texts.filesBeside(host.cFiles) }, types, (uri) =>
    instructions.changed(uri),
  );
  const objects = new ObjectTexts(host, types, (uri) => instructions.changed(uri));
  const instructions = new InstructionTexts(connection, c, objects);
  const publisher = new Publisher(connection, workspace, host, types);

  connection.onInitialize(({ initializationOptions }) => {
    if (initializationOptions?.readsTexts === true) texts.enable();
    const folder: unknown = initializationOptions?.storageFolder;
    c.keepHeaders(host.headerStore?.(typeof folder === 'string' ? folder : null));
    return capabilities();
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    publisher.setEnabled(settings?.ebpf?.verify?.enable !== false);
    const kernel = kernelNamed(settings?.ebpf?.kernel);
    publisher.setKernel(kernel);
    publisher.setKernelBtf(settings?.ebpf?.kernelBtf);
    c.configure(settings?.ebpf?.c ?? {}, settings?.ebpf?.verify?.enable !== false, kernel);
    objects.configure(settings?.ebpf?.verify?.enable !== false, kernel);
    instructions.configure(settings?.ebpf?.instructions?.build);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    texts.forget(changes.map(({ uri }) => uri));
    c.lookAgain();
  });
  let warmUp: WarmUp | null = null;
  connection.onNotification(WARM_UP_NOTIFICATION, () => {
    warmUp ??= new WarmUp(
      (run) => host.defer(run),
      () => warmUpC(readBeforehand(types)),
    );
  });
  documents.onDidChangeContent(({ document }) => {
    if (programOf(document.uri) !== null) return;
    if (document.languageId === 'c') warmUp?.end();
    if (document.languageId === 'c') c.changed(document.uri, document.version, document.getText());
    else publisher.changed(document.uri, document.version, document.languageId, () => document.getText());
  });
  documents.onDidClose(({ document }) => {
    const program = programOf(document.uri);
    if (program !== null) instructions.closed(program);
    else if (c.has(document.uri)) c.closed(document.uri);
    else publisher.closed(document.uri);
  });

  /** Answers about a document's present text; null when it is not open. */
  const inFile = <T>(uri: string, answer: (file: OpenFile, asm: AsmFile) => T): T | null => {
    publisher.flush(uri);
    const file = workspace.file(uri) ?? instructions.file(uri, documents.get(uri)?.getText() ?? '');
    return file === null ? null : answer(file, file.asm);
  };

  /** As `inFile`, for what editors ask by themselves after every change: long instructions are not read for that. */
  const inShortFile: typeof inFile = (uri, answer) => {
    const isLong = programOf(uri) !== null && (documents.get(uri)?.getText().length ?? 0) > LONG_INSTRUCTIONS;
    return isLong ? null : inFile(uri, answer);
  };

  /** Answers about a C source's present text; undefined for a document that is none. */
  const inC = <T>(uri: string, answer: (file: CFile, setting: CSetting) => T): T | null | undefined => {
    if (!c.has(uri)) return undefined;
    const open = c.file(uri);
    return open === null ? null : answer(open.file, open.setting);
  };

  connection.onHover(({ textDocument: { uri }, position }) => {
    const toHover = (source: SourceText, hover: Hover | null) =>
      hover && { contents: { kind: MarkupKind.Markdown, value: hover.markdown }, range: toRange(source, hover.span) };
    const answer = inC(uri, (file) => toHover(file.source, cHoverAt(file, toOffset(file.source, position))));
    if (answer !== undefined) return answer;
    return inFile(uri, (file, { source }) => toHover(source, hoverAt(file, toOffset(source, position))));
  });
  connection.onCompletion(
    ({ textDocument, position, context }) =>
      inC(textDocument.uri, (file, setting) => {
        const offset = toOffset(file.source, position);
        if (!opensList(file, offset, context?.triggerCharacter)) return [];
        const items = cCompletionsAt(file, offset, setting).map((one) => toCompletionItem(file.source, one));
        return { isIncomplete: items.length >= MOST_OFFERED, items };
      }) ??
      inFile(textDocument.uri, (_file, asm) =>
        /[>"&/]/.test(context?.triggerCharacter ?? '')
          ? []
          : completionsAt(asm, toOffset(asm.source, position)).map((one) => toCompletionItem(asm.source, one)),
      ),
  );
  connection.onSignatureHelp(
    ({ textDocument: { uri }, position }) =>
      inC(uri, (file) => {
        const signature = cSignatureAt(file, toOffset(file.source, position));
        return signature && toSignatureHelp(signature);
      }) ?? null,
  );
  connection.onDefinition(
    ({ textDocument: { uri }, position }) =>
      inC(uri, (file) => {
        const place = cDefinitionAt(file, toOffset(file.source, position));
        const at = place === null ? null : sourceText(place.path, place.text);
        return (
          place &&
          at && { uri: place.path === file.source.path ? uri : c.uriOf(place.path), range: toRange(at, place.span) }
        );
      }) ??
      inFile(uri, (_file, asm) => {
        const definition = definitionAt(asm, toOffset(asm.source, position));
        return definition && { uri, range: toRange(asm.source, definition.span) };
      }),
  );
  connection.onReferences(
    ({ textDocument: { uri }, position, context }) =>
      inC(uri, (file) => cRanges(file, position).map((range) => ({ uri, range }))) ??
      inFile(uri, (_file, asm) =>
        occurrences(asm, position)
          .slice(context.includeDeclaration ? 0 : 1)
          .map((range) => ({ uri, range })),
      ),
  );
  connection.onDocumentHighlight(
    ({ textDocument, position }) =>
      inC(textDocument.uri, (file) =>
        cRanges(file, position).map((range) => ({ range, kind: DocumentHighlightKind.Text })),
      ) ??
      inFile(textDocument.uri, (_file, asm) =>
        occurrences(asm, position).map((range) => ({ range, kind: DocumentHighlightKind.Text })),
      ),
  );
  connection.onPrepareRename(({ textDocument, position }) =>
    inFile(textDocument.uri, (_file, { source, ...asm }) => {
      const span = renameSpanAt({ source, ...asm }, toOffset(source, position));
      return span && toRange(source, span);
    }),
  );
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) =>
    inFile(uri, (_file, asm) => {
      const problem = renameProblem(asm, newName);
      if (problem !== null) throw new ResponseError(LSPErrorCodes.RequestFailed, problem);
      return { changes: { [uri]: occurrences(asm, position).map((range) => ({ range, newText: newName })) } };
    }),
  );
  connection.onDocumentSymbol(
    ({ textDocument }) =>
      inC(textDocument.uri, (file) => cSymbols(file).map((symbol) => toSymbol(file.source, symbol))) ??
      inShortFile(textDocument.uri, (_file, asm) => documentSymbols(asm).map((symbol) => toSymbol(asm.source, symbol))),
  );
  connection.onCodeAction(({ textDocument: { uri }, range }) => {
    const actions = (source: SourceText, found: readonly FileDiagnostic[]): CodeAction[] => {
      const span = { start: toOffset(source, range.start), end: toOffset(source, range.end) };
      return quickFixesIn(found, span).map((one) => toCodeAction({ ...source, path: uri }, one));
    };
    const answer = inC(uri, (file) => actions(file.source, cDiagnostics(file)));
    return answer ?? inFile(uri, (file, { source }) => actions(source, fileDiagnostics(file)));
  });
  connection.languages.semanticTokens.on(({ textDocument }) => ({
    data: inShortFile(textDocument.uri, (_file, asm) => semanticTokens(asm)) ?? [],
  }));
  connection.languages.semanticTokens.onRange(({ textDocument, range }) => ({
    data:
      inShortFile(textDocument.uri, (_file, asm) =>
        semanticTokens(asm, { start: toOffset(asm.source, range.start), end: toOffset(asm.source, range.end) }),
      ) ?? [],
  }));
  connection.onRequest(
    PROGRAMS_REQUEST,
    ({ uri }: { uri: string }) =>
      inC(uri, ({ object }) => object?.programs.map((program) => listing(program)) ?? []) ??
      inFile(uri, (_file, asm) => asm.object.programs.map((program) => listing(program))),
  );

  connection.onRequest(INSTRUCTIONS_REQUEST, (params: InstructionsParams) => instructions.get(params));
  connection.onRequest(LINKS_REQUEST, (params: LinksParams) => instructions.links(params));
  connection.onRequest(HEADER_REQUEST, ({ uri }: { uri: string }) => c.headerText(uri));

  documents.listen(connection);
  connection.listen();
}

/** Begins to read the kernel's types; gives them as soon as they are there. */
function readBeforehand(types: KernelTypes): () => CSetting['kernelTypes'] {
  let known: CSetting['kernelTypes'] = null;
  void types.get().then((found) => (known = found));
  return () => known;
}

/** Characters; some 3,000 instructions. Their colours come from the grammar as well. */
const LONG_INSTRUCTIONS = 100_000;

/** In C a list opens by itself only where members, the names of sections and what they attach to, or maps stand. */
function opensList(file: CFile, offset: number, typed: string | undefined): boolean {
  const { text } = file.source;
  if (typed === undefined || typed === '.') return true;
  if (typed === '>') return text.slice(offset - 2, offset) === '->';
  if (typed === '"' || typed === '/') return /SEC\s*\("[^"]*$/.test(text.slice(Math.max(0, offset - 100), offset));
  return mapArguments(file, offset, { start: offset, end: offset }).length > 0;
}

function cRanges(file: CFile, position: Range['start']): Range[] {
  return cOccurrencesAt(file, toOffset(file.source, position)).map((span) => toRange(file.source, span));
}

/** The setting that names the kernel whose verdicts are shown; anything but a known one is the newest. */
function kernelNamed(wanted: unknown): string {
  return typeof wanted === 'string' && isKnownKernel(wanted) ? wanted : NEWEST;
}

function occurrences(asm: AsmFile, position: Range['start']): Range[] {
  return occurrencesAt(asm, toOffset(asm.source, position)).map((span) => toRange(asm.source, span));
}

function listing({ name, type, section, insns, lines }: AsmFile['object']['programs'][number]): ProgramListing {
  const packets = takesPackets(type);
  return { name, type, packets, section, insns: insns.length, line: lines[0]?.line ?? 0 };
}

function capabilities(): InitializeResult {
  return {
    serverInfo: { name: 'eBPF Workbench' },
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      completionProvider: { triggerCharacters: ['.', ' ', '=', ',', '(', '>', '"', '&', '/'] },
      signatureHelpProvider: { triggerCharacters: ['(', ','] },
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      semanticTokensProvider: {
        legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
        full: true,
        range: true,
      },
    },
  };
}
