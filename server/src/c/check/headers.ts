/** Declarations of headers get their meaning when a name or tag is first looked up. */
import type { HeaderDeclarations } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { declareExternal } from './declare.ts';
import type { ScopeFiller } from './scope.ts';

/** `checker` gives the one that this filler is part of. */
export function headerFiller(headers: HeaderDeclarations, checker: () => Checker): ScopeFiller {
  const done = new Set<number>();
  let depth = 0;
  /** All before it are done. */
  let first = 0;
  const read = (number: number): void => {
    if (done.has(number)) return;
    done.add(number);
    const external = headers.read(number);
    if (external === null) return;
    depth++;
    if (depth > DEEPEST) while (first < number) read(first++);
    inFile(checker(), number, true, () => declareExternal(checker(), external));
    depth--;
  };
  const readAll = (numbers: readonly number[]): void => {
    for (const number of numbers) if (number < checker().visible) read(number);
  };
  return {
    name: (name) => readAll(headers.ofName(name)),
    tag: (name) => readAll(headers.ofTag(name)),
    mentions: headers.mentions,
    known: headers.names,
  };
}

/** A longer chain of declarations, each of which needs the one before, is read from its beginning. */
const DEEPEST = 100;

/** Does something as if at file level, where so many declarations of headers can be seen. */
function inFile(c: Checker, visible: number, putOff: boolean, what: () => void): void {
  const { scope, currentFunction, body, preserve, unevaluated, addressed, dead, depth, inRecord } = c;
  const { visible: before, putOff: was } = c;
  Object.assign(c, { scope: c.fileScope, currentFunction: null, body: null, preserve: false, unevaluated: false });
  Object.assign(c, { addressed: false, dead: false, depth: 0, inRecord: null, visible, putOff });
  what();
  Object.assign(c, { scope, currentFunction, body, preserve, unevaluated, addressed, dead, depth, inRecord });
  Object.assign(c, { visible: before, putOff: was });
}

/** The same as a function that works in the scope that is now, whenever it is called. */
export function frozen<T>(c: Checker, make: () => T): () => T {
  const { scope, visible, putOff } = c;
  return () => {
    const results: T[] = [];
    inFile(c, visible, putOff, () => {
      c.scope = scope;
      results.push(make());
    });
    return results[0]!;
  };
}
