/** Attributes: which ones are known, and what those say that have an effect. Source: clang's Attr.td (v19). */
import { ATTRIBUTES } from '../preprocess/features.ts';
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AttributeSyntax, ExprSyntax } from '../syntax.ts';
import { textOfPieces } from '../parse/strings.ts';
import type { SymbolAttributes } from '../typed.ts';
import type { Checker } from './checker.ts';

/** Attributes that the list of `__has_attribute` does not have: of statements, of GCC, or of newer clangs. */
const ALSO_KNOWN = new Set([
  'bpf_fastcall', 'designated_init', 'externally_visible', 'likely', 'maybe_unused', 'nodiscard', 'noclone', 'noderef',
  'noipa', 'nonstring', 'optimize', 'unlikely',
]); // prettier-ignore

/** Attributes that would change the program and that the compiler cannot carry out. */
const UNSUPPORTED = new Set([
  'alias', 'constructor', 'destructor', 'ifunc', 'ms_struct', 'scalar_storage_order', 'transparent_union', 'vector_size',
  'ext_vector_type', 'weakref', 'interrupt', 'regparm', 'preserve_all', 'preserve_most', 'preserve_none', 'loader_uninitialized',
]); // prettier-ignore

/** Says what is wrong with the attributes of a declaration. */
export function checkAttributes(c: Checker, attributes: readonly AttributeSyntax[]): void {
  for (const attribute of attributes) {
    const { name } = attribute;
    if (UNSUPPORTED.has(name))
      reportError(c.problems, 'unsupported-c', attribute, `'${name}' attribute is not supported`);
    else if (!ATTRIBUTES.has(name) && !ALSO_KNOWN.has(name))
      reportWarning(c.problems, 'unknown-attributes', attribute, `unknown attribute '${name}' ignored`);
  }
}

export function hasAttribute(attributes: readonly AttributeSyntax[], name: string): boolean {
  return attributes.some((attribute) => attribute.name === name);
}

export function mayBeUnused(attributes: readonly AttributeSyntax[]): boolean {
  return hasAttribute(attributes, 'unused') || hasAttribute(attributes, 'maybe_unused');
}

/** The string that an attribute takes; null without the attribute, or without a string after reporting that. */
export function stringOf(c: Checker, attributes: readonly AttributeSyntax[], name: string): string | null {
  const attribute = attributes.findLast((one) => one.name === name);
  return attribute === undefined ? null : stringArgument(c, attribute);
}

/** The strings of all attributes of that name, in the order of writing. */
export function stringsOf(c: Checker, attributes: readonly AttributeSyntax[], name: string): string[] {
  return attributes.flatMap((one) => (one.name === name ? (stringArgument(c, one) ?? []) : []));
}

function stringArgument(c: Checker, attribute: AttributeSyntax): string | null {
  const argument = stripped(attribute.args[0]);
  if (argument?.kind === 'string') return textOfPieces(argument.pieces);
  if (argument?.kind === 'error') return null;
  const message =
    argument === undefined ? `'${attribute.name}' attribute takes one argument` : 'expected string literal as argument';
  const words = argument === undefined ? message : `${message} of '${attribute.name}' attribute`;
  reportError(c.problems, 'c-attribute', argument ?? attribute, words);
  return null;
}

function stripped(expr: ExprSyntax | undefined): ExprSyntax | undefined {
  return expr?.kind === 'paren' ? stripped(expr.inner) : expr;
}

/** Most alignment that `aligned` and `_Alignas` ask for, in bytes; null when none does. */
export function alignmentOf(c: Checker, attributes: readonly AttributeSyntax[]): number | null {
  let most: number | null = null;
  for (const attribute of attributes) {
    if (attribute.name !== 'aligned') continue;
    const [argument] = attribute.args;
    most = Math.max(most ?? 0, argument === undefined ? LARGEST : alignment(c, argument, attribute));
  }
  return most === 0 ? null : most;
}

/** `aligned` without a number: the target's largest useful alignment (clang's DefaultAlignForAttributeAligned). */
const LARGEST = 16;

/** The value of an alignment; 0 after reporting that it is none. */
export function alignment(c: Checker, argument: ExprSyntax, at: Range = argument): number {
  const constant = c.rules.integerConstant(c, argument, false);
  if (constant === null) return 0;
  const value = Number(constant.value);
  if (value === 0) return 0;
  if (value > 0 && value <= 2 ** 28 && (value & (value - 1)) === 0) return value;
  reportError(c.problems, 'c-attribute', at, 'requested alignment is not a power of 2');
  return 0;
}

export function numberOf(c: Checker, attributes: readonly AttributeSyntax[], name: string): number | null {
  const argument = attributes.findLast((one) => one.name === name)?.args[0];
  if (argument === undefined) return null;
  const constant = c.rules.integerConstant(c, argument, false);
  return constant === null ? null : Number(constant.value);
}

export function symbolAttributes(c: Checker, attributes: readonly AttributeSyntax[]): SymbolAttributes {
  checkAttributes(c, attributes);
  const has = (name: string): boolean => hasAttribute(attributes, name);
  const visibility = has('visibility') ? stringOf(c, attributes, 'visibility') : null;
  return {
    section: stringOf(c, attributes, 'section'),
    alwaysInline: has('always_inline'),
    noInline: has('noinline') || has('optnone'),
    used: has('used') || has('retain'),
    hidden: visibility === 'hidden' || visibility === 'internal',
    naked: has('naked'),
    error: stringOf(c, attributes, 'error'),
    warning: stringOf(c, attributes, 'warning'),
    declTags: stringsOf(c, attributes, 'btf_decl_tag'),
    noreturn: has('noreturn'),
    pure: has('pure') || has('const'),
  };
}

/** What several declarations of one name say together. */
export function mergedAttributes(old: SymbolAttributes, more: SymbolAttributes): SymbolAttributes {
  return {
    section: more.section ?? old.section,
    alwaysInline: old.alwaysInline || more.alwaysInline,
    noInline: old.noInline || more.noInline,
    used: old.used || more.used,
    hidden: old.hidden || more.hidden,
    naked: old.naked || more.naked,
    error: more.error ?? old.error,
    warning: more.warning ?? old.warning,
    declTags: [...old.declTags, ...more.declTags.filter((tag) => !old.declTags.includes(tag))],
    noreturn: old.noreturn || more.noreturn,
    pure: old.pure || more.pure,
  };
}
