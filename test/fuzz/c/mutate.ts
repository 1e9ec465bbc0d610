/** Damages the text of a C program in the ways that editing and bad luck do, and in some that nobody would. */
type Next = (below: number) => number;

const MOST_DAMAGES = 4;
const DEEP = 5000;
const SPAN = 200;

/** Self is the name by which the text may include itself. Damage falls behind `from`, mostly. */
export function mutate(text: string, next: Next, self: string, from: number): string {
  let mutated = text;
  for (let left = 1 + next(MOST_DAMAGES); left > 0; left--) {
    const damage = DAMAGES[next(DAMAGES.length)]!;
    const first = next(16) === 0 ? 0 : Math.min(from, mutated.length);
    mutated = mutated.slice(0, first) + damage(mutated.slice(first), next, self);
  }
  return mutated;
}

const TOKEN = /[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\s+|[-+*/%&|^=<>!]=|[-+&|<>]{2}|[^]/g;

/** What hurts most where it does not belong. */
// prettier-ignore
const STRANGERS: readonly string[] = [
  '{', '}', '(', ')', '[', ']', ';', ',', '#', '##', '\\\n', '"', "'", '/*', '*/', '...', '?', ':', '=', '->', '.',
  '*', '&', '&&', '~', '!', '-', '<<', '>>', '/', '%', '0', '-1', '0x7fffffffffffffff', '0xffffffffffffffff',
  '18446744073709551616', '99999999999999999999999999999', '1e400', '0b', '0x', "'\\x", '2147483648', '1.5f',
  'int', 'unsigned', 'long long', 'char', 'void', 'struct', 'union', 'enum', 'typedef', 'static', 'extern',
  'const', 'volatile', 'inline', 'return', 'if', 'else', 'for', 'while', 'do', 'switch', 'case 1:', 'default:',
  'break', 'continue', 'goto out', 'out:', 'sizeof', 'typeof', '_Generic', '_Static_assert', 'asm', '__auto_type',
  '__attribute__((', 'packed', 'aligned(', 'section("', '__builtin_memcpy', '__builtin_preserve_access_index(',
  
    '\n#define A A(A)\n',
    '\n#define B(x) x B\n',
    '\n#if 1\n',
    '\n#endif\n',
    '\n#else\n',
    '\n#undef SEC\n',
    '\n#include\n',

  
    '\n#line 4000000000\n',
    '\n#pragma unroll\n',
    '\n#error no\n',
    '\0',
    '\uFEFF',
    '\uD800',
    'ä',
    '??/',
    '\r',
    '@',
    '`',
    '$',

];

/** Repeated without end, nearly: brackets, types and operators that nest. */
const NESTS: readonly (readonly [open: string, close: string])[] = [
  ['(', ')'],
  ['{', '}'],
  ['[', ']'],
  ['*', ''],
  ['-', ''],
  ['!', ''],
  ['&', ''],
  ['if(1)', ';'],
  ['else ', ''],
  ['struct{', '}'],
  ['int(*', ')'],
  ['sizeof', ''],
  ['1?', ':1'],
  ['a=', ''],
  ['1+', ''],
  ['a,', ''],
  ['({', ';})'],
  ['\n#if 1\n', '\n#endif\n'],
  ['case 1:', ''],
  ['a:', ''],
  ['for(;;)', ''],
  ['(int)', ''],
  ['[1]', ''],
  ['.a', ''],
  ['__attribute__((', '))'],
  ['_Generic(1,int:', ')'],
];

type Damage = (text: string, next: Next, self: string) => string;

const DAMAGES: readonly Damage[] = [
  overTokens((tokens, at) => tokens.splice(at, 1)),
  overTokens((tokens, at, next) => tokens.splice(at, 1 + next(20))),
  overTokens((tokens, at) => tokens.splice(at, 0, tokens[at]!)),
  overTokens((tokens, at, next) => tokens.splice(at, 0, ...tokens.slice(at, at + next(30)))),
  overTokens((tokens, at, next) => tokens.splice(at, 1, tokens[next(tokens.length)]!)),
  overTokens((tokens, at, next) => {
    const other = next(tokens.length);
    [tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!];
  }),
  overTokens((tokens, at, next) => tokens.splice(at, 0, ` ${STRANGERS[next(STRANGERS.length)]!} `)),
  overTokens((tokens, at, next) => tokens.splice(at, 1, STRANGERS[next(STRANGERS.length)]!)),
  number,
  flipped,
  (text, next) => text.slice(0, next(text.length + 1)),
  withoutSpan,
  nested,
  (text, next, self) => insert(text, next(text.length + 1), `\n#include "${self}"\n`),
];

function overTokens(change: (tokens: string[], at: number, next: Next) => void): Damage {
  return (text, next) => {
    // A part is enough: all of a long text takes longer than compiling it.
    const first = next(text.length + 1);
    const part = text.slice(first, first + 2000);
    const tokens: string[] = part.match(TOKEN) ?? [];
    if (tokens.length > 0) change(tokens, next(tokens.length), next);
    return text.slice(0, first) + tokens.join('') + text.slice(first + part.length);
  };
}

/** Another number where one stands. */
function number(text: string, next: Next): string {
  const places = [...text.matchAll(/\b\d\w*/g)];
  const place = places[next(Math.max(1, places.length))];
  if (place === undefined) return text;
  const digits = '1234567890'.repeat(1 + next(8)).slice(0, 1 + next(40));
  return text.slice(0, place.index) + digits + text.slice(place.index + place[0].length);
}

function flipped(text: string, next: Next): string {
  const at = next(Math.max(1, text.length));
  const code = (text.charCodeAt(at) || 0) ^ (1 << next(8));
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
}

function withoutSpan(text: string, next: Next): string {
  const at = next(text.length + 1);
  return text.slice(0, at) + text.slice(at + next(SPAN));
}

function nested(text: string, next: Next): string {
  const [open, close] = NESTS[next(NESTS.length)]!;
  const depth = next(4) === 0 ? DEEP : 1 + next(300);
  const at = next(text.length + 1);
  const closing = next(2) === 0 ? '1' + close.repeat(depth) : '';
  return insert(text, at, open.repeat(depth) + closing);
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}
