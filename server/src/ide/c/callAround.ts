/** A call that is being written. */
export interface CallAround {
  readonly name: string;
  /** Offset of the name. */
  readonly at: number;
  /** Number of the argument in which the offset lies. */
  readonly argument: number;
  /** Offset behind the `(` or the `,` before the argument. */
  readonly argumentStart: number;
}

/** How far back its beginning is looked for. */
const FARTHEST = 4000;

const WORDS = /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[A-Za-z_]\w*|[()[\]{};,]/g;

interface Bracket {
  readonly sign: string;
  readonly name: string;
  readonly at: number;
  argument: number;
  argumentStart: number;
}

/** The innermost call whose brackets are open at an offset; null in a comment or a string that holds it, and outside of calls. */
export function callAround(text: string, offset: number): CallAround | null {
  const from = text.lastIndexOf('\n', Math.max(0, offset - FARTHEST)) + 1;
  const open: Bracket[] = [];
  let before = { name: '', at: 0 };
  for (const { 0: word, index } of text.slice(from, offset).matchAll(WORDS)) {
    step(open, word, before, from + index);
    if (/^\w/.test(word)) before = { name: word, at: from + index };
    else if (!word.startsWith('/')) before = { name: '', at: 0 };
  }
  const call = open.at(-1);
  if (call === undefined || call.sign !== '(' || call.name === '' || NO_CALLS.has(call.name)) return null;
  const { name, at, argument, argumentStart } = call;
  return { name, at, argument, argumentStart };
}

/** Words of C before a bracket. */
const NO_CALLS = new Set(['if', 'while', 'for', 'switch', 'return', 'sizeof', 'typeof', 'defined', '__attribute__']);

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function step(open: Bracket[], word: string, before: { readonly name: string; readonly at: number }, at: number): void {
  const top = open.at(-1);
  if (word === '(' || word === '[' || word === '{')
    open.push({ sign: word, ...before, argument: 0, argumentStart: at + 1 });
  else if (word === ',' && top !== undefined) {
    top.argument++;
    top.argumentStart = at + 1;
  } else if (word === ';' && top?.name !== 'for') endStatement(open);
  else if (CLOSES[word] !== undefined) close(open, CLOSES[word]);
}

/** What is not closed when a statement ends was forgotten. */
function endStatement(open: Bracket[]): void {
  open.length = open.findLastIndex(({ sign }) => sign === '{') + 1;
}

function close(open: Bracket[], sign: string): void {
  const index = open.findLastIndex((one) => one.sign === sign);
  if (index !== -1) open.length = index;
}
