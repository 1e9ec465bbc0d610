/**
 * Whether two accesses can be to the same bytes, by the types that C accesses them as. Mirrors matchAccessTags of LLVM's
 * TypeBasedAliasAnalysis.cpp (v19), so that programs which the kernel accepts from clang are not refused from us.
 */
import type { Alias } from '../ir/ir.ts';

export function mayAlias(a: Alias | undefined, b: Alias | undefined): boolean {
  if (!a || !b) return true;
  return isAnyOf(a, b) || isAnyOf(b, a) || leadsTo(a, b) || leadsTo(b, a);
}

/** `*p` of a type is an access to whatever holds an object of that type, and a char may be a byte of anything. */
function isAnyOf({ within, scalar }: Alias, other: Alias): boolean {
  return within.length === 0 && (scalar === 'char' || scalar === other.scalar);
}

/** Whether the record that the other one is reached through lies around this one, too, and both are at one place of it. */
function leadsTo({ within }: Alias, other: Alias): boolean {
  const [outermost] = other.within;
  const common = within.find(({ type }) => type === outermost?.type);
  return common !== undefined && common.offsetBytes === outermost?.offsetBytes;
}
