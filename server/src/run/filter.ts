import type { EventResult } from './result.ts';

export type Filter = (result: EventResult) => boolean;

type Value = number | bigint | string | boolean | null;
type Field = (result: EventResult) => Value;

/** What an expression may ask about. */
const FIELDS: Readonly<Record<string, Field>> = {
  index: ({ index }) => index,
  return: ({ returnValue }) => returnValue,
  ret: ({ returnValue }) => returnValue,
  verdict: ({ verdict }) => verdict,
  trap: ({ trap }) => trap?.kind ?? null,
  length: ({ packet }) => packet?.length ?? null,
  len: ({ packet }) => packet?.length ?? null,
  changed: ({ packetChanged }) => packetChanged,
  insns: ({ insns }) => insns,
  outputs: ({ output }) => output.length,
  skipped: ({ skipped }) => skipped !== null,
};

/** Fields that hold a name; the others hold a number, or yes and no. */
const NAMED: ReadonlySet<Field | undefined> = new Set([FIELDS['verdict'], FIELDS['trap']]);

const TOKEN = /\s*(\|\||&&|[=!<>]=|[<>!()]|-?(?:0[xX][0-9a-fA-F]+|\d+)|[A-Za-z_]\w*|"[^"]*"|'[^']*')/y;
const DEEPEST = 64;

/** Compiles "return==1 && length>100"; a string says what is wrong and where. */
export function parseFilter(text: string): Filter | string {
  const tokens = tokenize(text);
  if (typeof tokens === 'string') return tokens;
  const parser = new FilterParser(tokens);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
}

interface Token {
  readonly text: string;
  readonly at: number;
}

function tokenize(text: string): Token[] | string {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) return `unexpected '${text.slice(at).trim()[0]}' at position ${at + 1}`;
    tokens.push({ text: match[1] ?? '', at: TOKEN.lastIndex - (match[1] ?? '').length + 1 });
  }
  return tokens;
}

/** Stays inside this file: `parseFilter` turns it into a value. */
class FilterError extends Error {}

class FilterParser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Filter {
    const filter = this.either();
    const rest = this.tokens[this.next];
    if (rest !== undefined) throw new FilterError(`unexpected '${rest.text}' at position ${rest.at}`);
    return filter;
  }

  private either(): Filter {
    let left = this.both();
    while (this.take('||')) {
      const [a, b] = [left, this.both()];
      left = (result) => a(result) || b(result);
    }
    return left;
  }

  private both(): Filter {
    let left = this.single();
    while (this.take('&&')) {
      const [a, b] = [left, this.single()];
      left = (result) => a(result) && b(result);
    }
    return left;
  }

  private single(): Filter {
    if (++this.depth > DEEPEST) throw new FilterError('the expression is nested too deeply');
    const filter = this.unary();
    this.depth--;
    return filter;
  }

  private unary(): Filter {
    if (this.take('!')) {
      const inner = this.single();
      return (result) => !inner(result);
    }
    if (!this.take('(')) return this.comparison();
    const inner = this.either();
    if (!this.take(')')) throw new FilterError('a closing parenthesis is missing');
    return inner;
  }

  private comparison(): Filter {
    const field = this.field();
    const operator = this.tokens[this.next]?.text ?? '';
    if (!['==', '!=', '<', '>', '<=', '>='].includes(operator))
      return (result) => field(result) !== null && field(result) !== false && field(result) !== 0;
    this.next++;
    const wanted = this.literal(operator);
    checkKinds(field, operator, wanted);
    return (result) => compare(field(result), operator, wanted);
  }

  private field(): Field {
    const token = this.tokens[this.next++];
    if (token === undefined) throw new FilterError('the expression ends too early');
    const field = Object.hasOwn(FIELDS, token.text) ? FIELDS[token.text] : undefined;
    if (field !== undefined) return field;
    const known = Object.keys(FIELDS).join(', ');
    throw new FilterError(`'${token.text}' at position ${token.at} is none of ${known}`);
  }

  private literal(operator: string): number | string {
    const token = this.tokens[this.next++];
    if (token === undefined) throw new FilterError(`a value is missing after ${operator}`);
    if (/^["']/.test(token.text)) return token.text.slice(1, -1);
    if (/^-?\d/.test(token.text)) return token.text.startsWith('-') ? -Number(token.text.slice(1)) : Number(token.text);
    if (/^\w/.test(token.text)) return token.text;
    throw new FilterError(`unexpected '${token.text}' at position ${token.at}`);
  }

  private take(text: string): boolean {
    if (this.tokens[this.next]?.text !== text) return false;
    this.next++;
    return true;
  }
}

/** A comparison that can never hold is a slip of the pen. */
function checkKinds(field: Field, operator: string, wanted: number | string): void {
  const name = Object.keys(FIELDS).find((one) => FIELDS[one] === field) ?? '';
  const equality = operator === '==' || operator === '!=';
  if (NAMED.has(field) && (typeof wanted === 'number' || !equality))
    throw new FilterError(`${name} is a name: compare it with == or != and a name`);
  if (NAMED.has(field) || typeof wanted === 'number' || (equality && /^(true|false)$/i.test(wanted))) return;
  const hint = name.startsWith('ret') ? `; did you mean verdict${operator}${wanted}?` : '';
  throw new FilterError(`${name} is a number, and '${wanted}' is none${hint}`);
}

/** A value that is not there equals nothing and differs from everything. Names are compared without regard to case. */
function compare(value: Value, operator: string, wanted: number | string): boolean {
  if (value === null) return operator === '!=';
  if (typeof wanted === 'string') {
    const equal = String(value).toLowerCase() === wanted.toLowerCase();
    return operator === '==' ? equal : operator === '!=' && !equal;
  }
  const number = wanted < 0 && typeof value === 'number' && value > 0x7fff_ffff ? value - 0x1_0000_0000 : Number(value);
  switch (operator) {
    case '==':
      return number === wanted;
    case '!=':
      return number !== wanted;
    case '<':
      return number < wanted;
    case '>':
      return number > wanted;
    case '<=':
      return number <= wanted;
    default:
      return number >= wanted;
  }
}
