/** Which option of clang's switches which warnings (DiagnosticGroups.td, v19). A warning's code is its option's name. */

/** Those that `-Wall` leaves off. */
const OFF: ReadonlySet<string> = new Set(['shadow', 'unused-parameter', 'unused-but-set-parameter']);

/** Options that stand for several others, their own name among them where it is a warning, too. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  extra: ['unused-parameter', 'unused-but-set-parameter'],
  unused: [
    'unused-variable', 'unused-const-variable', 'unused-function', 'unneeded-internal-declaration', 'unused-label',
    'unused-local-typedef', 'unused-value', 'unused-comparison', 'unused-result', 'unused-but-set-variable',
  ],
  'unused-value': ['unused-value', 'unused-comparison', 'unused-result'],
  'unused-variable': ['unused-variable', 'unused-const-variable'],
  'unused-function': ['unused-function', 'unneeded-internal-declaration'],
  uninitialized: ['uninitialized', 'sometimes-uninitialized'],
  'shadow-all': ['shadow'],
  parentheses: [
    'parentheses', 'logical-op-parentheses', 'logical-not-parentheses', 'bitwise-op-parentheses',
    'shift-op-parentheses', 'parentheses-equality', 'dangling-else',
  ],
  'tautological-compare': [
    'tautological-compare', 'tautological-constant-compare', 'tautological-constant-out-of-range-compare',
    'tautological-pointer-compare', 'tautological-overlap-compare', 'tautological-bitwise-compare',
    'tautological-negation-compare',
  ],
  'tautological-constant-compare': ['tautological-constant-compare', 'tautological-constant-out-of-range-compare'],
  format: ['format', 'format-extra-args', 'format-zero-length', 'format-security', 'format-insufficient-args', 'format-invalid-specifier'],
  conversion: ['constant-conversion', 'bitfield-constant-conversion', 'enum-conversion', 'implicitly-unsigned-literal'],
  'constant-conversion': ['constant-conversion', 'bitfield-constant-conversion', 'single-bit-bitfield-constant-conversion'],
  'bitfield-constant-conversion': ['bitfield-constant-conversion', 'single-bit-bitfield-constant-conversion'],
  'sequence-point': ['unsequenced'],
  pragmas: ['unknown-pragmas'],
  'strict-prototypes': ['deprecated-non-prototype'],
  deprecated: ['deprecated-declarations'],
  attributes: ['unknown-attributes', 'ignored-attributes'],
  'bool-operation': ['bool-operation', 'bitwise-instead-of-logical'],
  'incompatible-pointer-types': ['incompatible-pointer-types', 'incompatible-pointer-types-discards-qualifiers', 'incompatible-function-pointer-types'],
  'int-to-pointer-cast': ['int-to-pointer-cast', 'int-to-void-pointer-cast'],
  'pointer-to-int-cast': ['pointer-to-int-cast', 'void-pointer-to-int-cast', 'pointer-to-enum-cast', 'void-pointer-to-enum-cast'],
}; // prettier-ignore

const EVERYTHING = new Set(['all', 'most', 'everything']);

/** Whether an option concerns a warning: `all` those that it has, `everything` all. */
export function concerns(option: string, code: string): boolean {
  if (option === code) return true;
  if (EVERYTHING.has(option)) return option === 'everything' || !OFF.has(code);
  return GROUPS[option]?.includes(code) ?? false;
}

export function isOffByDefault(code: string): boolean {
  return OFF.has(code);
}

/** Of those that are off, the ones that some option is about. */
export function offByDefault(options: readonly string[]): Set<string> {
  return new Set([...OFF].filter((code) => options.some((option) => concerns(option, code))));
}
