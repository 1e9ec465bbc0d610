import type { ExternalSyntax, HeaderDeclarations } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { inScope } from './records.ts';
import type { ScopeFiller } from './scope.ts';

/** Declares what headers say about a name when somebody asks for it. */
export interface HeaderFiller extends ScopeFiller {
  /** Declarations from this number on stand behind what is being checked. */
  limit: number;
  /** Set once, since the checker holds the filler. */
  checker: Checker | null;
}

export function fillFrom(headers: HeaderDeclarations, declare: (external: ExternalSyntax) => void): HeaderFiller {
  const done = new Set<number>();
  const declareAll = (numbers: readonly number[]): void => {
    for (const number of numbers) {
      if (number >= filler.limit || done.has(number)) continue;
      done.add(number);
      const external = headers.read(number);
      if (external !== null && filler.checker !== null) atFileScope(filler.checker, () => declare(external));
    }
  };
  const filler: HeaderFiller = {
    limit: 0,
    checker: null,
    name: (name) => {
      const numbers = headers.ofName(name);
      declareAll(numbers);
      if (filler.checker?.fileScope.names.has(name) === false) readInside(filler.checker, headers, numbers);
    },
    tag: (tag) => {
      const numbers = headers.ofTag(tag);
      declareAll(numbers);
      if (filler.checker?.fileScope.tags.has(tag) === false) readInside(filler.checker, headers, numbers);
    },
    known: headers.names,
  };
  return filler;
}

/** The function that is being checked must not notice. */
function atFileScope(c: Checker, work: () => void): void {
  const { currentFunction, body } = c;
  c.currentFunction = null;
  c.body = null;
  inScope(c, c.fileScope, work);
  c.currentFunction = currentFunction;
  c.body = body;
}

/** A tag or enumerator that is declared among the members of a record becomes known when these are read. */
function readInside(c: Checker, headers: HeaderDeclarations, numbers: readonly number[]): void {
  for (const number of numbers) {
    const external = headers.read(number);
    if (external?.kind !== 'declaration') continue;
    const { type } = external.specifiers;
    if (type.kind !== 'record' || type.tag === null) continue;
    const known = c.fileScope.tags.get(type.tag.text);
    if (known?.kind === 'record') void known.layout;
  }
}
