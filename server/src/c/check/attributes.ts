/** What `__attribute__`s say about what is declared. Source: clang's AttributeReference, GCC's manual. */
import { reportError, reportWarning } from '../problem.ts';
import { ATTRIBUTES } from '../preprocess/features.ts';
import type { AttributeSyntax } from '../syntax.ts';
import type { FunctionSymbol, SymbolAttributes } from '../typed.ts';
import type { Checker } from './checker.ts';
import { readStrings } from './literals.ts';
import { lookup } from './scope.ts';

export const NO_ATTRIBUTES: SymbolAttributes = {
  section: null, alwaysInline: false, noInline: false, used: false, hidden: false, naked: false, error: null,
  declTags: [], noreturn: false, pure: false,
}; // prettier-ignore

/** Of a function or variable. */
export function symbolAttributes(attributes: readonly AttributeSyntax[], noreturn = false): SymbolAttributes {
  if (attributes.length === 0) return noreturn ? { ...NO_ATTRIBUTES, noreturn } : NO_ATTRIBUTES;
  const has = (name: string): boolean => attributes.some((one) => one.name === name);
  return {
    section: textOf(attributes, 'section'),
    alwaysInline: has('always_inline'),
    noInline: has('noinline'),
    used: has('used') || has('retain'),
    hidden: textOf(attributes, 'visibility') === 'hidden',
    naked: has('naked'),
    error: textOf(attributes, 'error'),
    declTags: textsOf(attributes, 'btf_decl_tag'),
    noreturn: noreturn || has('noreturn'),
    pure: has('pure') || has('const'),
  };
}

/** What several declarations of one thing say together. */
export function mergedAttributes(old: SymbolAttributes, more: SymbolAttributes): SymbolAttributes {
  if (more === NO_ATTRIBUTES) return old;
  if (old === NO_ATTRIBUTES) return more;
  return {
    section: more.section ?? old.section,
    alwaysInline: old.alwaysInline || more.alwaysInline,
    noInline: old.noInline || more.noInline,
    used: old.used || more.used,
    hidden: old.hidden || more.hidden,
    naked: old.naked || more.naked,
    error: more.error ?? old.error,
    declTags: [...new Set([...old.declTags, ...more.declTags])],
    noreturn: old.noreturn || more.noreturn,
    pure: old.pure || more.pure,
  };
}

export function hasAttribute(attributes: readonly AttributeSyntax[], name: string): boolean {
  return attributes.some((one) => one.name === name);
}

/** All `name("text")`. */
export function textsOf(attributes: readonly AttributeSyntax[], name: string): string[] {
  return attributes.flatMap((one) => (one.name === name ? (textArgument(one) ?? []) : []));
}

function textOf(attributes: readonly AttributeSyntax[], name: string): string | null {
  return textsOf(attributes, name).at(-1) ?? null;
}

function textArgument({ args }: AttributeSyntax): string | null {
  const [first] = args;
  if (first?.kind !== 'string') return null;
  const { bytes } = readStrings(first.pieces);
  return new TextDecoder().decode(bytes.subarray(0, bytes.length - 1));
}

/** The strictest `aligned(n)`; alone it is the largest alignment of the machine. Null without one. */
export function alignmentOf(c: Checker, attributes: readonly AttributeSyntax[]): number | null {
  let most: number | null = null;
  for (const one of attributes) {
    if (one.name !== 'aligned') continue;
    const [argument] = one.args;
    const bytes = argument === undefined ? LARGEST_ALIGNMENT : numberOf(c, argument);
    if (bytes === null) continue;
    if (isPowerOfTwo(bytes)) most = Math.max(most ?? 0, bytes);
    else reportError(c.problems, 'c-attribute', one, 'requested alignment is not a power of 2');
  }
  return most;
}

/** BPFTargetInfo has 64 bits as the suitable alignment (v19). */
const LARGEST_ALIGNMENT = 8;
const MOST_ALIGNMENT = 1 << 28;

function isPowerOfTwo(bytes: number): boolean {
  return bytes > 0 && bytes <= MOST_ALIGNMENT && Number.isInteger(Math.log2(bytes));
}

function numberOf(c: Checker, argument: AttributeSyntax['args'][number]): number | null {
  const constant = c.rules.integerConstant(c, argument, false);
  return constant === null ? null : Number(constant.value);
}

/** `address_space(n)`; 0 without one. */
export function addressSpaceOf(c: Checker, attributes: readonly AttributeSyntax[]): number {
  const argument = attributes.find((one) => one.name === 'address_space')?.args[0];
  return argument === undefined ? 0 : (numberOf(c, argument) ?? 0);
}

/** `cleanup(f)`. */
export function cleanupOf(c: Checker, attributes: readonly AttributeSyntax[]): FunctionSymbol | null {
  const attribute = attributes.find((one) => one.name === 'cleanup');
  const [argument] = attribute?.args ?? [];
  if (attribute === undefined) return null;
  const entity = argument?.kind === 'identifier' ? lookup(c.scope, argument.name) : null;
  if (entity?.kind === 'function') {
    c.used.add(entity);
    return entity;
  }
  reportError(c.problems, 'c-attribute', attribute, "'cleanup' argument is not a function");
  return null;
}

/** `mode(DI)` and its kin: how many bytes an integer has. */
export function modeBytes(attributes: readonly AttributeSyntax[]): number | null {
  const argument = attributes.find((one) => one.name === 'mode')?.args[0];
  return argument?.kind === 'identifier' ? (MODES[argument.name.replaceAll('_', '')] ?? null) : null;
}

const MODES: Readonly<Record<string, number>> = { QI: 1, byte: 1, HI: 2, SI: 4, DI: 8, word: 8, pointer: 8, TI: 16 };

/** What would change the program in ways that are not modelled. */
const UNSUPPORTED = new Set([
  'alias',
  'ifunc',
  'overloadable',
  'vector_size',
  'ext_vector_type',
  'constructor',
  'destructor',
]);

export function reportAttributes(c: Checker, attributes: readonly AttributeSyntax[]): void {
  for (const one of attributes)
    if (UNSUPPORTED.has(one.name))
      reportError(c.problems, 'unsupported-c', one, `the attribute '${one.name}' is not supported`);
    else if (!ATTRIBUTES.has(one.name) && !KNOWN.has(one.name))
      reportWarning(c.problems, 'unknown-attribute', one, `unknown attribute '${one.name}' ignored`);
}

/** Known by clang for other targets or by GCC only. */
const KNOWN = new Set(['gnu_inline', 'externally_visible', 'noclone', 'optimize', 'fallthrough', 'preserve_static_offset', 'bpf_fastcall']); // prettier-ignore
