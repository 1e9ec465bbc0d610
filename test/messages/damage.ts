/** One mistake in a text, as typing makes it: a token that is missing, doubled, another, or too many. */
type Next = (below: number) => number;

const TOKEN =
  /[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\.\.\.|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=<>!]=|[^\s\w]/g;
const SKIPPED = /\/\*[^]*?\*\/|\/\/[^\n]*|^[ \t]*#(?:\\\n|[^\n])*/gm;

export interface Word {
  readonly text: string;
  readonly at: number;
}

/** Tokens outside of comments and directives. */
export function wordsOf(text: string): Word[] {
  const blank = text.replaceAll(SKIPPED, (skipped) => skipped.replaceAll(/[^\n]/g, ' '));
  return [...blank.matchAll(TOKEN)].map(({ 0: word, index }) => ({ text: word, at: index }));
}

/** What is inserted besides words of the text itself. */
const STRANGERS = [
  '(', ')', '{', '}', '[', ']', ';', ',', '=', '*', '&', '.', ':', '?', '+', 'int', 'x', '1', 'if', 'else', 'return',
  'struct', 'const', 'static', 'case', 'sizeof', '"a"',
]; // prettier-ignore

export const DAMAGES = ['delete', 'double', 'insert', 'exchange'] as const;

export function damaged(text: string, words: readonly Word[], kind: (typeof DAMAGES)[number], next: Next): string {
  const word = words[next(words.length)]!;
  const end = word.at + word.text.length;
  const other = next(2) === 0 ? STRANGERS[next(STRANGERS.length)]! : words[next(words.length)]!.text;
  const put = { delete: '', double: `${word.text} ${word.text}`, insert: `${other} ${word.text}`, exchange: other }[
    kind
  ];
  return text.slice(0, word.at) + put + text.slice(end);
}
