import { lookupHere, type Entity } from '../../c/check/scope.ts';
import { macroList } from '../../c/preprocess/macroFacts.ts';
import { helperByName, type Helper } from '../../kernel/helpers.ts';
import type { CFile } from './cFile.ts';
import { describeEntity, functionParameters } from './entities.ts';

/** Something that is written with arguments: a helper, a function, or a macro. */
export interface Callable {
  readonly name: string;
  /** C: `long bpf_map_delete_elem(void *map, const void *key)`. */
  readonly signature: string;
  /** As they stand in the signature; the last one may be `...`. */
  readonly parameters: readonly string[];
  /** Markdown; empty for none. */
  readonly text: string;
  readonly helper: Helper | null;
}

/** What is called by a name; null for what takes no arguments. */
export function callableNamed(file: CFile, name: string): Callable | null {
  const { unit, preprocessed } = file.result;
  const macro = macroList(preprocessed).findLast((one) => one.name === name);
  if (macro !== undefined) return macro.params === null ? null : callableMacro(name, macro.params);
  const entity = unit === null ? null : lookupHere(unit.scope, name);
  return entity === null ? null : callableEntity(name, entity);
}

export function callableMacro(name: string, parameters: readonly string[]): Callable {
  return { name, signature: `${name}(${parameters.join(', ')})`, parameters, text: 'Macro.', helper: null };
}

export function callableEntity(name: string, entity: Entity): Callable | null {
  const helper = entity.kind === 'global' ? helperByName(name) : null;
  const described = describeEntity(name, entity);
  if (described === null) return null;
  const { declaration: signature, text } = described;
  if (helper !== null) return { name, signature, parameters: helper.parameters, text, helper };
  if (entity.kind !== 'function') return null;
  return { name, signature, parameters: functionParameters(entity), text, helper };
}
