/** Struct and union specifiers become types. Source: C11 6.7.2.1; messages as clang's SemaDecl.cpp has them (v19). */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { RecordSyntax } from '../syntax.ts';
import type { RecordLayout, RecordType } from '../types.ts';
import { alignmentOf, checkAttributes, hasAttribute, stringsOf } from './attributes.ts';
import type { Checker } from './checker.ts';
import { frozen } from './headers.ts';
import { memberShapes } from './members.ts';
import { DeclaredRecord } from './record.ts';
import { layOut } from './recordLayout.ts';
import { findTag, previous } from './tags.ts';

export function recordType(c: Checker, syntax: RecordSyntax, alone: boolean): RecordType {
  const record = declaredRecord(c, syntax, alone);
  if (syntax.defined) define(c, record, syntax);
  return record;
}

function declaredRecord(c: Checker, syntax: RecordSyntax, alone: boolean): DeclaredRecord {
  const { tag, union } = syntax;
  if (tag === null) return new DeclaredRecord(union, '', rangeOf(syntax), null);
  const kind = union ? 'union' : 'struct';
  const { entity: found, mismatch } = findTag(c, tag, syntax, kind, syntax.defined || alone);
  if (mismatch) return fresh(syntax);
  if (found instanceof DeclaredRecord) return syntax.defined && isDefined(c, found, syntax) ? fresh(syntax) : found;
  const scope = syntax.defined || alone ? c.scope : scopeOfTag(c, tag.text);
  const fill = scope === c.fileScope ? c.fileScope.fill : null;
  const find = fill === null ? null : () => fill.tag(tag.text);
  const record = new DeclaredRecord(union, tag.text, rangeOf(tag), find);
  scope.tags.set(tag.text, record);
  return record;
}

/**
 * Where a tag that is only named becomes known: here, unless a header named it before among members that nobody has
 * looked at.
 */
function scopeOfTag(c: Checker, tag: string): Checker['scope'] {
  return c.putOff || c.fileScope.fill?.mentions(tag) === true ? c.fileScope : c.scope;
}

/** A second definition is read for its own sake, without a tag. */
function fresh(syntax: RecordSyntax): DeclaredRecord {
  const record = new DeclaredRecord(syntax.union, syntax.tag?.text ?? '', rangeOf(syntax), null);
  // Without one it has no members, so that its uses are not reported as of something incomplete.
  if (!syntax.defined) record.layout = { members: [], sizeBytes: 0, alignBytes: 1 };
  return record;
}

function isDefined(c: Checker, record: DeclaredRecord, syntax: RecordSyntax): boolean {
  if (record.definedAt === null) return false;
  const notes = previous(record, 'previous definition is here');
  reportError(c.problems, 'c-redefinition', syntax.tag ?? syntax, `redefinition of '${record.tag}'`, { notes });
  return true;
}

export function rangeOf({ start, end }: Range): Range {
  return { start, end };
}

function define(c: Checker, record: DeclaredRecord, syntax: RecordSyntax): void {
  const { attributes } = syntax;
  // It holds for the records that are defined inside, too (clang's handleBPFPreserveAIRecord).
  record.preserveAccessIndex =
    (c.inRecord?.preserveAccessIndex ?? false) || hasAttribute(attributes, 'preserve_access_index');
  record.mayAlias = hasAttribute(attributes, 'may_alias');
  record.declTags = stringsOf(c, attributes, 'btf_decl_tag');
  record.define(
    rangeOf(syntax.tag ?? syntax),
    frozen(c, () => layoutOf(c, record, syntax)),
  );
  if (!c.putOff) void record.layout;
}

/** By value, one in the other. */
const MOST_LAYOUTS = 200;

function layoutOf(c: Checker, record: DeclaredRecord, syntax: RecordSyntax): RecordLayout {
  const { attributes } = syntax;
  checkAttributes(c, attributes);
  if (c.layouts >= MOST_LAYOUTS) {
    reportError(c.problems, 'c-limit', syntax.tag ?? syntax, `structs nested deeper than ${MOST_LAYOUTS} levels`);
    return { members: [], sizeBytes: 0, alignBytes: 1 };
  }
  c.layouts++;
  const outer = c.inRecord;
  c.inRecord = record;
  const members = memberShapes(c, syntax);
  c.inRecord = outer;
  c.layouts--;
  return layOut({
    union: syntax.union,
    packed: hasAttribute(attributes, 'packed'),
    alignBytes: alignmentOf(c, attributes),
    packBytes: syntax.packBytes,
    members,
  });
}
