import { HELPER_ROWS, type HelperRow } from '../../kernel/helperTable.ts';

/** <bpf/bpf_helper_defs.h>: every helper as the constant function pointer that a call of it becomes. */
export function helperDefinitions(): string {
  const structs = new Set(HELPER_ROWS.flatMap(([, , , returns, params]) => structsIn(`${returns} ${params}`)));
  const forwards = [...structs].toSorted().map((name) => `struct ${name};`);
  return ['#pragma once', ...forwards, ...HELPER_ROWS.map(definition), ''].join('\n');
}

function structsIn(text: string): string[] {
  return [...text.matchAll(/struct (\w+)/g)].map(([, name]) => name ?? '');
}

function definition([number, name, , returns, params]: HelperRow): string {
  return `static ${exported(returns)}(* const ${name})(${exported(params)}) = (void *)${number};`;
}

/** User-visible headers write `__u64` for the kernel's `u64`. */
function exported(c: string): string {
  const types = c.replaceAll(/\b([us](?:8|16|32|64))\b/g, '__$1');
  return types.endsWith('*') ? types : `${types} `.replace(/ {2}$/, ' ').replace(/\) $/, ')');
}
