/** Addresses of what ends with the function. Mirrors clang's CheckReturnStackAddr (CheckExprLifetime.cpp, v19). */
import type { Range } from '../places.ts';
import { reportWarning } from '../problem.ts';
import type { Expr, LocalVariable } from '../typed.ts';
import type { Checker } from './checker.ts';

export function warnAboutReturned(c: Checker, value: Expr): void {
  const found = localBehind(value);
  if (found === null) return;
  const { variable, at } = found;
  const what = c.currentFunction?.params.includes(variable) === true ? 'parameter' : 'local variable';
  const message = `address of stack memory associated with ${what} '${variable.name}' returned`;
  reportWarning(c.problems, 'return-stack-address', at, message);
}

interface Found {
  readonly variable: LocalVariable;
  readonly at: Range;
}

function localBehind(pointer: Expr): Found | null {
  switch (pointer.kind) {
    case 'addressOf':
      return rootOf(pointer.object);
    case 'decay':
      return rootOf(pointer.array);
    case 'pointerAdd':
      return localBehind(pointer.pointer);
    case 'convert':
      return pointer.how === 'pointer' ? localBehind(pointer.operand) : null;
    default:
      return null;
  }
}

function rootOf(object: Expr): Found | null {
  if (object.kind === 'member') return rootOf(object.record);
  if (object.kind === 'element') return rootOf(object.array);
  if (object.kind !== 'variable' || object.variable.kind !== 'local' || object.variable.name === '') return null;
  return { variable: object.variable, at: object };
}
