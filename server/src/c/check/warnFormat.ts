/** Values that do not fit their format. Mirrors clang's CheckPrintfHandler (SemaChecking.cpp) and FormatString.cpp (v19). */
import type { Range } from '../places.ts';
import { reportWarning, type ProblemNote } from '../problem.ts';
import type { Expr, FunctionSymbol } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { bitsOf } from './conversions.ts';
import { formatText, placeInText, type FormatText } from './formatText.ts';
import { quoteType } from './printType.ts';
import { asArray, asEnum, asFunction, asPointer, isInteger, plainType, pointerTo } from './typeQueries.ts';

/** Of a call of a function that says `format(printf, …)`. */
export function warnAboutFormat(c: Checker, symbol: FunctionSymbol, args: readonly Expr[]): void {
  const { format = null } = c.usage.get(symbol) ?? {};
  const arg = format === null ? undefined : args[format.text];
  if (format === null || arg === undefined || c.unevaluated || c.dead) return;
  const values = format.first < 0 ? null : args.slice(format.first);
  const text = formatText(arg);
  if (text === null) return warnAboutUnknown(c, arg, values);
  new FormatCheck(c, text, arg, values).run();
}

/** Texts that come from elsewhere may hold conversions; those that the function's own caller passes were looked at there. */
function warnAboutUnknown(c: Checker, arg: Expr, values: readonly Expr[] | null): void {
  const own = c.currentFunction === null ? undefined : c.usage.get(c.currentFunction)?.format;
  const isText = arg.kind === 'variable' || arg.kind === 'member' || arg.kind === 'deref' || arg.kind === 'element';
  if (values?.length !== 0 || !isText || (own !== undefined && own !== null)) return;
  reportWarning(c.problems, 'format-security', arg, 'format string is not a string literal (potentially insecure)', {
    notes: [{ at: arg, message: 'treat the string as an argument to avoid this' }],
  });
}

/** Flags, width, precision, length and conversion. */
const SPECIFIER = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?(hh|h|ll|l|j|z|t|L|q)?([^])?/g;

const RANKS: Readonly<Record<string, { readonly bits: number; readonly signed: string; readonly unsigned: string }>> = {
  hh: { bits: 8, signed: "'char'", unsigned: "'unsigned char'" },
  h: { bits: 16, signed: "'short'", unsigned: "'unsigned short'" },
  '': { bits: 32, signed: "'int'", unsigned: "'unsigned int'" },
  l: { bits: 64, signed: "'long'", unsigned: "'unsigned long'" },
  ll: { bits: 64, signed: "'long long'", unsigned: "'unsigned long long'" },
  q: { bits: 64, signed: "'long long'", unsigned: "'unsigned long long'" },
  z: { bits: 64, signed: "'ssize_t' (aka 'long')", unsigned: "'size_t' (aka 'unsigned long')" },
  j: { bits: 64, signed: "'intmax_t' (aka 'long')", unsigned: "'uintmax_t' (aka 'unsigned long')" },
  t: { bits: 64, signed: "'ptrdiff_t' (aka 'long')", unsigned: "'unsigned ptrdiff_t' (aka 'unsigned long')" },
};

class FormatCheck {
  private next = 0;
  private readonly covered = new Set<number>();

  private readonly c: Checker;
  private readonly text: FormatText;
  private readonly arg: Expr;
  private readonly values: readonly Expr[] | null;

  constructor(c: Checker, text: FormatText, arg: Expr, values: readonly Expr[] | null) {
    this.c = c;
    this.text = text;
    this.arg = arg;
    this.values = values;
  }

  run(): void {
    const { text } = this.text;
    if (text === '') return this.warn('format-zero-length', 0, 'format string is empty');
    if (/%\d+\$/.test(text)) return;
    if (text.includes('\0'))
      return this.warn('format', text.indexOf('\0'), "format string contains '\\0' within the string body");
    for (const match of text.matchAll(SPECIFIER)) if (!this.specifier(match)) return;
    const unused = this.values?.findIndex((_, i) => !this.covered.has(i)) ?? -1;
    if (unused === -1 || this.values === null) return;
    this.warningAt('format-extra-args', this.values[unused]!, 'data argument not used by format string');
  }

  /** False when nothing behind it is looked at. */
  private specifier(match: RegExpExecArray): boolean {
    const [, , width, precision, length = '', conversion = ''] = match;
    if (conversion === '' || conversion === 'w') {
      this.warn('format', match.index, 'incomplete format specifier');
      return false;
    }
    if (conversion === '%' || conversion === 'm') return true;
    if (width === '*' && !this.star(match.index + match[0].indexOf('*'), 'width')) return false;
    if (precision === '*' && !this.star(match.index + match[0].lastIndexOf('*'), 'precision')) return false;
    if (!CONVERSIONS.has(conversion)) {
      this.warn(
        'format-invalid-specifier',
        match.index + match[0].length - 1,
        `invalid conversion specifier '${conversion}'`,
      );
      this.covered.add(this.next);
      return this.values === null || this.next < this.values.length;
    }
    const value = this.take(match.index + match[0].length - 1);
    if (value === undefined) return false;
    if (value !== null) this.compare(value, conversion, length);
    return true;
  }

  /** The next value; null where there are none to look at, undefined after saying that there are too few. */
  private take(index: number): Expr | null | undefined {
    if (this.values === null) return null;
    const value = this.values[this.next];
    if (value === undefined) this.warn('format-insufficient-args', index, "more '%' conversions than data arguments");
    this.covered.add(this.next++);
    return value;
  }

  private star(index: number, what: 'width' | 'precision'): boolean {
    const value = this.take(index);
    if (value === undefined) return false;
    const type = value === null ? null : decayed(value.type);
    if (value === null || type === null || (isInteger(type) && bitsOf(type) <= 32)) return true;
    this.warn('format', index, `field ${what} should have type 'int', but argument has type ${quoteType(type)}`);
    return true;
  }

  private compare(value: Expr, conversion: string, length: string): void {
    if (value.kind === 'error') return;
    const type = decayed(value.type);
    const wanted = mismatch(type, conversion, length);
    if (wanted === null) return;
    const of = asEnum(type);
    const has = of === null ? `type ${quoteType(type)}` : `underlying type ${quoteType(of.underlying)}`;
    this.warningAt('format', value, `format specifies type ${wanted} but the argument has ${has}`);
  }

  private warningAt(code: string, value: Expr, message: string): void {
    reportWarning(this.c.problems, code, { start: value.start, end: value.end }, message, {
      notes: this.definedHere(0),
    });
  }

  private warn(code: string, byte: number, message: string): void {
    const start = placeInText(this.c, this.text.at, byte);
    const at: Range = this.text.direct ? { start, end: start + 1 } : this.arg;
    reportWarning(this.c.problems, code, at, message, { notes: this.definedHere(byte) });
  }

  private definedHere(byte: number): ProblemNote[] {
    if (this.text.direct) return [];
    const start = placeInText(this.c, this.text.at, byte);
    return [{ at: { start, end: start + 1 }, message: 'format string is defined here' }];
  }
}

const CONVERSIONS = new Set('diouxXcspnfFeEgGaAbBCS');

function decayed(type: CType): CType {
  const array = asArray(type);
  if (array !== null) return pointerTo(array.of);
  return asFunction(type) === null ? type : pointerTo(type);
}

/** The type that is wanted, in clang's words; null where it fits. */
function mismatch(type: CType, conversion: string, length: string): string | null {
  const pointer = asPointer(type);
  if (conversion === 'p') return pointer === null ? "'void *'" : null;
  if (conversion === 's') return length !== '' || (pointer !== null && isChar(pointer.to)) ? null : "'char *'";
  if ('nbBCS'.includes(conversion) || (conversion === 'c' && length !== '')) return null;
  if (conversion === 'c') return isInteger(type) && bitsOf(type) <= 32 ? null : "'int'";
  if ('fFeEgGaA'.includes(conversion)) return length === 'L' ? "'long double'" : "'double'";
  const rank = RANKS[length];
  if (rank === undefined) return null;
  return isInteger(type) && fits(type, length) ? null : 'di'.includes(conversion) ? rank.signed : rank.unsigned;
}

/** What is narrower is passed as an int; `%hd` takes an int, too. */
function fits(type: CType, length: string): boolean {
  const bits = bitsOf(type);
  const { bits: wanted = 0 } = RANKS[length] ?? {};
  if (wanted === 64) return bits === 64 && isLongLong(type) === (length === 'll' || length === 'q');
  return bits === 32 || (wanted === 32 ? bits < 32 : bits <= wanted);
}

function isLongLong(type: CType): boolean {
  const plain = plainType(type);
  return plain.kind === 'int' && plain.name.includes('long long');
}

function isChar(type: CType): boolean {
  const plain = plainType(type);
  return plain.kind === 'int' && plain.bits === 8;
}
