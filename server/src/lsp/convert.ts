import {
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentSymbol as ProtocolSymbol,
  InsertTextFormat,
  MarkupKind,
  type Position,
  type Range,
  type SignatureHelp,
  type SignatureInformation,
  SymbolKind,
} from 'vscode-languageserver-protocol';
import type { Severity } from '../base/diagnostic.ts';
import { offsetAt, positionAt, type SourceText, type Span } from '../base/source.ts';
import type { Signature } from '../ide/c/signature.ts';
import type { Completion } from '../ide/completion.ts';
import type { FileDiagnostic } from '../ide/diagnostics.ts';
import type { QuickFix } from '../ide/quickFixes.ts';
import type { DocumentSymbol } from '../ide/symbols.ts';

const DOCS = 'https://github.com/ebpf-workbench/ebpf-workbench/blob/main/docs/diagnostics.md';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function toRange(source: SourceText, span: Span): Range {
  return { start: toPosition(source, span.start), end: toPosition(source, span.end) };
}

function toPosition(source: SourceText, offset: number): Position {
  const { line, column } = positionAt(source, offset);
  return { line, character: column };
}

export function toOffset(source: SourceText, { line, character }: Position): number {
  return offsetAt(source, { line, column: character });
}

const ORIGINS: Record<FileDiagnostic['origin'], string> = {
  assembler: 'eBPF assembler',
  compiler: 'eBPF C',
  verifier: 'eBPF verifier',
};

/** Another file that a diagnostic speaks of. */
export type SourceOf = (path: string) => { readonly uri: string; readonly source: SourceText } | null;

export function toDiagnostic(source: SourceText, found: FileDiagnostic, sourceOf: SourceOf = () => null): Diagnostic {
  return {
    range: toRange(source, found.span ?? { start: 0, end: 0 }),
    severity: SEVERITY[found.severity],
    code: found.code,
    codeDescription: { href: `${DOCS}#${found.code}` },
    source: ORIGINS[found.origin],
    message: found.message,
    relatedInformation: found.related.map(({ path, span, message }) => {
      const other = path === null ? null : sourceOf(path);
      return { location: { uri: other?.uri ?? source.path, range: toRange(other?.source ?? source, span) }, message };
    }),
    ...(found.unnecessary === true ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

export function toCodeAction(source: SourceText, { diagnostic, fix }: QuickFix): CodeAction {
  const edits = fix.edits.map(({ span, text }) => ({ range: toRange(source, span), newText: text }));
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [toDiagnostic(source, diagnostic)],
    isPreferred: true,
    edit: { changes: { [source.path]: edits } },
  };
}

export function toSignatureHelp({ label, documentation, parameters, active }: Signature): SignatureHelp {
  const signature: SignatureInformation = {
    label,
    parameters: parameters.map(({ start, end }) => ({ label: [start, end] })),
    ...(documentation === '' ? {} : { documentation: { kind: MarkupKind.Markdown, value: documentation } }),
  };
  return { signatures: [signature], activeSignature: 0, activeParameter: active };
}

const SYMBOL_KIND: Record<DocumentSymbol['kind'], SymbolKind> = {
  program: SymbolKind.Event,
  function: SymbolKind.Function,
  label: SymbolKind.Key,
  map: SymbolKind.Struct,
  data: SymbolKind.Variable,
};

export function toSymbol(source: SourceText, symbol: DocumentSymbol): ProtocolSymbol {
  return {
    name: symbol.name,
    detail: symbol.detail,
    kind: SYMBOL_KIND[symbol.kind],
    range: toRange(source, symbol.span),
    selectionRange: toRange(source, symbol.nameSpan),
    children: symbol.children.map((child) => toSymbol(source, child)),
  };
}

const COMPLETION_KIND: Record<Completion['kind'], CompletionItemKind> = {
  helper: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  label: CompletionItemKind.Reference,
  map: CompletionItemKind.Struct,
  data: CompletionItemKind.Variable,
  register: CompletionItemKind.Variable,
  directive: CompletionItemKind.Keyword,
  property: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  snippet: CompletionItemKind.Snippet,
};

export function toCompletionItem(source: SourceText, completion: Completion): CompletionItem {
  return {
    label: completion.label,
    kind: COMPLETION_KIND[completion.kind],
    detail: completion.detail,
    ...(completion.documentation === ''
      ? {}
      : { documentation: { kind: MarkupKind.Markdown, value: completion.documentation } }),
    sortText: completion.sortText,
    insertTextFormat: completion.snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range: toRange(source, completion.replace), newText: completion.insert },
  };
}
