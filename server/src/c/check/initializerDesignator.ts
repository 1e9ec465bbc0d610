/** `.member[3] =`: which part of an aggregate is meant. Source: C11 6.7.9p6, p7; GNU C's ranges. */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { InitItemSyntax, ExprSyntax } from '../syntax.ts';
import type { CType, Member, RecordType } from '../types.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { closest } from './didYouMean.ts';
import { checkValue } from './expression.ts';
import { memberNames, memberPath } from './layout.ts';
import { quoteType } from './printType.ts';
import { asArray, asRecord, isInteger } from './typeQueries.ts';

/** Parts of an aggregate, by number, first to last. */
export interface DesignatorStep {
  readonly first: number;
  readonly last: number;
  readonly at: Range;
}

type Designator = InitItemSyntax['designators'][number];

/** One step for each level; members of anonymous records take several. Null after an error. */
export function stepsOf(
  c: Checker,
  type: CType,
  designators: readonly Designator[],
  membersOf: (record: RecordType) => readonly Member[],
): DesignatorStep[] | null {
  const steps: DesignatorStep[] = [];
  let inner = type;
  for (const designator of designators) {
    if (designator.kind === 'member') {
      const path = memberSteps(c, inner, designator);
      if (path === null) return null;
      let record = asRecord(inner);
      for (const member of path) {
        const number = record === null ? -1 : membersOf(record).indexOf(member);
        steps.push({ first: number, last: number, at: designator });
        inner = member.type;
        record = asRecord(inner);
      }
    } else {
      const step = indexStep(c, inner, designator);
      if (step === null) return null;
      steps.push(step);
      inner = asArray(inner)?.of ?? inner;
    }
  }
  return steps;
}

function memberSteps(c: Checker, type: CType, designator: Designator & { kind: 'member' }): readonly Member[] | null {
  const record = asRecord(type);
  const { text } = designator.name;
  if (record === null) {
    const message = `field designator cannot initialize a non-struct, non-union type ${quoteType(type)}`;
    reportError(c.problems, 'c-initializer', designator, message);
    return null;
  }
  const path = memberPath(record, text);
  if (path !== null) return path;
  const message = `field designator '${text}' does not refer to any field in type ${quoteType(record)}`;
  const better = closest(text, memberNames(record));
  const meant = better === null ? null : memberPath(record, better);
  if (better === null || meant === null) {
    reportError(c.problems, 'c-initializer', designator.name, message);
    return null;
  }
  const at = meant.at(-1)?.declaredAt ?? null;
  reportError(c.problems, 'c-initializer', designator.name, `${message}; did you mean '${better}'?`, {
    notes: at === null ? [] : [{ at, message: `'${better}' declared here` }],
    fix: { title: `Change to '${better}'`, edits: [{ at: designator.name, text: better }] },
  });
  return meant;
}

function indexStep(c: Checker, type: CType, designator: Designator & { kind: 'index' }): DesignatorStep | null {
  const array = asArray(type);
  if (array === null) {
    const message = `array designator cannot initialize non-array type ${quoteType(type)}`;
    reportError(c.problems, 'c-initializer', designator, message);
    return null;
  }
  const first = indexAt(c, designator.index, array.length);
  const last = designator.last === null ? first : indexAt(c, designator.last, array.length);
  if (first === null || last === null) return null;
  if (last >= first) return { first, last, at: designator };
  reportError(c.problems, 'c-initializer', designator, `array designator range [${first}, ${last}] is empty`);
  return null;
}

function indexAt(c: Checker, syntax: ExprSyntax, length: number | null): number | null {
  const value = checkValue(c, syntax);
  if (value.kind === 'error') return null;
  const index = isInteger(value.type) ? evaluateInt(value, true) : null;
  const message =
    index === null
      ? 'expression is not an integer constant expression'
      : index < 0n
        ? `array designator value '${index}' is negative`
        : length !== null && index >= BigInt(length)
          ? `array designator index (${index}) exceeds array bounds (${length})`
          : index > 0x7fff_ffffn
            ? 'array designator index is too large'
            : null;
  if (message !== null) reportError(c.problems, 'c-initializer', syntax, message);
  return message === null ? Number(index) : null;
}
