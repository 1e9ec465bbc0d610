import { warningAt } from '../../base/diagnostic.ts';
import type { SourceText } from '../../base/source.ts';
import { collectNames, funcAt, refer, type Names } from './definitions.ts';
import { findFunctions, type Func, type Functions } from './functions.ts';
import { linkPrograms, type Linked } from './link.ts';
import { buildMaps } from './maps.ts';
import { resolveFunction, type Resolved, type Scope } from './resolve.ts';
import { readStatements } from './statements.ts';
import type { AsmFile, InsnNode, Token } from './syntax.ts';
import { suggest, newUnit, report, type Unit } from './unit.ts';

/**
 * Assembles a file of the kernel's pseudo-C. Never fails: what cannot be read is a diagnostic, takes one slot without
 * instruction (`invalid`), and the rest is assembled as if it were right.
 */
export function assemble(source: SourceText): AsmFile {
  const unit = newUnit(source);
  readStatements(unit);
  const functions = findFunctions(unit);
  const programNames = new Set(functions.all.filter(({ entry }) => entry).map(({ name }) => name));
  const maps = buildMaps(unit, programNames);
  const names = collectNames(unit, functions);
  const scope: Scope = { unit, functions, maps, names, kinds: new Map(), exits: new Map() };
  const resolved = new Map<Func, readonly Resolved[]>();
  for (const func of functions.all) resolved.set(func, resolveFunction(scope, func));
  referToNames(unit, names);
  const license = licenseOf(unit);
  const linked = linkPrograms({ unit, resolved, maps: maps.specs, license });
  warnAboutPrograms(unit, functions);
  const diagnostics = unit.diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  const programs = linked.map(({ program }) => program);
  return {
    source,
    object: { path: source.path, programs, maps: maps.specs, license, btf: null, diagnostics },
    tokens: finishTokens(unit, scope),
    definitions: names.definitions,
    references: names.references.sort((a, b) => a.span.start - b.span.start),
    insns: insnNodes(unit, functions, linked),
  };
}

function licenseOf(unit: Unit): string {
  if (unit.license !== null) return unit.license;
  const section = unit.sections.get('license');
  if (section === undefined) return '';
  const bytes = section.data.subarray(0, Math.min(section.dataLength, 128));
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end === -1 ? bytes.length : end));
}

/** Uses of names in directives. */
function referToNames(unit: Unit, names: Names): void {
  for (const [name, span] of unit.globals) {
    const label = unit.labels.get(name) ?? null;
    refer(names, name, span, label);
    if (label !== null || unit.maps.has(name)) continue;
    const hint = suggest(unit, name, unit.labels.keys());
    report(unit, warningAt('unknown-label', span, `There is no label ${name} in this file${hint}`));
  }
  for (const { map, mapSpan, name, nameSpan } of unit.slots) {
    refer(names, map, mapSpan, unit.maps.get(map) ?? null);
    refer(names, name, nameSpan, unit.labels.get(name) ?? unit.maps.get(name) ?? null);
  }
  for (const { inner } of unit.maps.values())
    if (inner !== null) refer(names, inner.name, inner.span, unit.maps.get(inner.name) ?? null);
}

function warnAboutPrograms(unit: Unit, functions: Functions): void {
  const alone = functions.all.find(({ entry, section }) => entry && section.name === '.text');
  if (alone === undefined) return;
  const first = alone.label?.span ?? alone.section.items[alone.from]?.span ?? alone.span;
  const message = 'Nothing says what type of program this is; put .section "xdp" (or another type) before it.';
  report(unit, warningAt('unknown-program-type', first, message));
}

/** Names whose kind only the whole file shows get it now; a comment over several lines stays one token. */
function finishTokens(unit: Unit, scope: Scope): Token[] {
  const { kinds } = scope;
  if (kinds.size === 0) return unit.tokens;
  return unit.tokens.map((token) => {
    const kind = kinds.get(token.span.start);
    return kind === undefined || token.kind === 'comment' ? token : { kind, span: token.span };
  });
}

function insnNodes(unit: Unit, functions: Functions, linked: readonly Linked[]): InsnNode[] {
  const homes = new Map<Func, { program: number; base: number }[]>();
  for (const [program, { bases }] of linked.entries())
    for (const [func, base] of bases) {
      const known = homes.get(func);
      if (known === undefined) homes.set(func, [{ program, base }]);
      else known.push({ program, base });
    }
  const nodes: InsnNode[] = [];
  for (const section of unit.sections.values())
    for (const { span, pc } of section.items) {
      const func = funcAt(functions.bySection.get(section) ?? [], pc);
      const places = (func === null ? [] : (homes.get(func) ?? [])).map(({ program, base }) => ({
        program,
        pc: base + pc - (func?.start ?? 0),
      }));
      nodes.push({ span, places });
    }
  return nodes.sort((a, b) => a.span.start - b.span.start);
}
