/** The words of the text form of the intermediate language. `//` begins a comment. */
import { assert } from '../../base/assert.ts';
import { NOWHERE, type Place } from '../places.ts';
import type { IrSymbol } from './ir.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[%@]?[A-Za-z_0-9][\w$]*(?:\.(?!\.)[\w$]+)*|\.\.|[^\s]/g;

export class ParseReader {
  private readonly tokens: { readonly text: string; readonly at: number }[] = [];
  private next = 0;
  readonly symbols = new Map<string, IrSymbol>();

  constructor(text: string) {
    for (const line of text.matchAll(/[^\n]+/g)) {
      for (const [text] of line[0].replace(/(?:^|\s)\/\/.*$/, '').matchAll(TOKEN)) {
        this.tokens.push({ text, at: line.index });
      }
    }
  }

  atEnd(): boolean {
    return this.next >= this.tokens.length;
  }

  peek(ahead = 0): string {
    return this.tokens[this.next + ahead]?.text ?? '';
  }

  place(): Place {
    return this.tokens[this.next]?.at ?? NOWHERE;
  }

  word(): string {
    const token = this.tokens[this.next++];
    assert(token, 'the text ends too early');
    return token.text;
  }

  take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.next++;
    return true;
  }

  expect(text: string): void {
    const at = this.place();
    const found = this.word();
    assert(found === text, `expected ${text}, found ${found} at ${at}`);
  }

  number(): number {
    return Number(this.bigint());
  }

  bigint(): bigint {
    const sign = this.take('-') ? -1n : 1n;
    const word = this.word();
    assert(/^\d+$/.test(word), `expected a number, found ${word}`);
    return sign * BigInt(word);
  }

  string(): string {
    return JSON.parse(this.word()) as string;
  }

  /** ` + 8`, ` - 8` or nothing. */
  off(): number {
    if (this.take('+')) return this.number();
    return this.take('-') ? -this.number() : 0;
  }

  symbol(kind: IrSymbol['kind'], linkage: IrSymbol['linkage'] | null): IrSymbol {
    const name = this.word().slice(1);
    const known = this.symbols.get(name);
    if (!known) {
      const made: IrSymbol = { name, kind, linkage: linkage ?? 'extern' };
      this.symbols.set(name, made);
      return made;
    }
    // A symbol may be used before the line that declares it.
    if (linkage) Object.assign(known, { kind, linkage });
    return known;
  }
}
