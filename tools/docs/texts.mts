import { fillTemplate, MESSAGES, type MessageRow } from '../../server/src/verifier/messages/messages.ts';
import { code } from './table.mts';

/** What the kernel says where we give a code, with what it means and what to do. */
export function kernelTexts(wanted: string): string {
  const rows = MESSAGES.filter((row) => row.code === wanted);
  if (rows.length === 0) throw new Error(`no text of the kernel has the code ${wanted}`);
  return rows.map(rowText).join('\n');
}

function rowText(row: MessageRow): string {
  const texts = textsOf(row.pattern.source).map(code).join(' or ');
  const advice = row.suggestion === null ? '' : ` To fix it: ${filled(row, row.suggestion)}`;
  return `- ${texts}: ${filled(row, row.message)}${advice}`;
}

/** `{2}` of a message is what the second group of the pattern stands for. */
function filled({ pattern }: MessageRow, text: string): string {
  const groups = groupsOf(pattern.source);
  return fillTemplate(text, (number) => placeholder(groups[number - 1] ?? '', number));
}

const LETTERS = ['N', 'M', 'L', 'K', 'J'];

function placeholder(group: string, number: number): string {
  if (group === String.raw`\d+`) return LETTERS[number - 1] ?? 'N';
  if (/^-\?\\d\+$/.test(group)) return LETTERS[number - 1] ?? 'N';
  return '…';
}

/** The sources of a pattern's capturing groups, in order. */
function groupsOf(source: string): string[] {
  const groups: string[] = [];
  for (let at = 0; at < source.length; at++)
    if (source[at] === '\\') at++;
    else if (source[at] === '(' && source[at + 1] !== '?') groups.push(source.slice(at + 1, closing(source, at)));
  return groups;
}

function closing(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at++)
    if (source[at] === '\\') at++;
    else if (source[at] === '(') depth++;
    else if (source[at] === ')' && --depth === 0) return at;
  throw new Error(`the pattern ${source} has a group without end`);
}

/** The texts that a pattern matches: alternatives one by one, numbers as letters, the rest as an ellipsis. */
export function textsOf(source: string): string[] {
  const counter = { groups: 0 };
  const texts = expand(source.replace(/^\^/, '').replace(/\$$/, ''), counter);
  return source.endsWith('$') ? texts : texts.map((text) => `${text.replace(/…$/, '')}…`);
}

function expand(source: string, counter: { groups: number }): string[] {
  return alternatives(source).flatMap((part) => sequence(part, counter));
}

function alternatives(source: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < source.length; at++)
    if (source[at] === '\\') at++;
    else if (source[at] === '(') at = closing(source, at);
    else if (source[at] === '|') {
      parts.push(source.slice(start, at).replace(/^\^/, '').replace(/\$$/, ''));
      start = at + 1;
    }
  return [...parts, source.slice(start).replace(/^\^/, '')];
}

function sequence(source: string, counter: { groups: number }): string[] {
  let texts = [''];
  for (let at = 0; at < source.length;) {
    const { choices, next } = piece(source, at, counter);
    texts = texts.flatMap((text) => choices.map((choice) => text + choice));
    at = next;
  }
  return texts;
}

interface Piece {
  readonly choices: readonly string[];
  readonly next: number;
}

function piece(source: string, at: number, counter: { groups: number }): Piece {
  const rest = source.slice(at);
  const wild = /^(?:\.\*|\\[wS]\+|\.)/.exec(rest)?.[0];
  if (wild !== undefined) return { choices: ['…'], next: at + wild.length };
  const digits = /^(?:-\?)?\\d\+/.exec(rest)?.[0];
  if (digits !== undefined) return { choices: ['N'], next: at + digits.length };
  if (source[at] === '(') return group(source, at, counter);
  const oneOf = /^\[[^\]]*\][+*]?/.exec(rest)?.[0];
  if (oneOf !== undefined) return { choices: ['…'], next: at + oneOf.length };
  const literal = source[at] === '\\' ? 2 : 1;
  const choices = [source[at + literal - 1] ?? ''];
  if (source[at + literal] === '?') return { choices: ['', ...choices], next: at + literal + 1 };
  return { choices, next: at + literal };
}

/** A group of letters and digits is a placeholder; one with alternatives is each of them. */
function group(source: string, at: number, counter: { groups: number }): Piece {
  const end = closing(source, at);
  const inner = source.slice(at + 1, end);
  const optional = source[end + 1] === '?';
  const next = end + (optional ? 2 : 1);
  const capturing = !inner.startsWith('?:');
  const number = capturing ? ++counter.groups : 0;
  const named = capturing && /^(?:-\?)?\\d\+$|^\\[wS]\+$|^\.\*$/.test(inner);
  const choices = named ? [placeholder(inner, number)] : expand(inner.replace(/^\?:/, ''), counter);
  return { choices: optional ? ['', ...choices] : choices, next };
}
