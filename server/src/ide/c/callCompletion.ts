import type { Span } from '../../base/source.ts';
import { mapFitsHelper } from '../../kernel/mapHelpers.ts';
import type { Completion } from '../completion.ts';
import { callAround } from './callAround.ts';
import { callableNamed, type Callable } from './callables.ts';
import type { CFile } from './cFile.ts';
import { declaredMaps, type DeclaredMap } from './maps.ts';

/** What is written for a call: its name and arguments to go through. Maps of the file that fit are there already. */
export function callSnippet({ name, parameters, helper }: Callable, maps: readonly DeclaredMap[]): string {
  const places = parameters
    .filter((one) => one !== '...' && one !== 'void')
    .map((parameter, index) => {
      const isMap = helper?.proto?.args[index]?.type === 'constMapPtr';
      return isMap ? mapPlace(index + 1, fitting(maps, helper.id)) : `\${${index + 1}:${argumentFor(parameter)}}`;
    });
  return `${name}(${places.join(', ')})`;
}

function mapPlace(number: number, maps: readonly DeclaredMap[]): string {
  const names = maps.map(({ name }) => `&${name}`);
  return names.length > 1 ? `\${${number}|${names.join(',')}|}` : `\${${number}:${names[0] ?? '&map'}}`;
}

/** The parameter's name; the address of something for memory that the kernel reads by itself. */
function argumentFor(parameter: string): string {
  const name = /(\w+)\W*$/.exec(parameter)?.[1] ?? parameter;
  if (name === 'flags') return '0';
  return /^(?:const )?void \*/.test(parameter) && name !== 'ctx' ? `&${name}` : name;
}

function fitting(maps: readonly DeclaredMap[], helper: number): DeclaredMap[] {
  return maps.filter(({ type }) => type === null || mapFitsHelper(type, helper));
}

/** Whether none of the maps of the file may be given to the helper. */
export function fitsNoMap({ helper }: Callable, maps: readonly DeclaredMap[]): boolean {
  const takesMap = helper?.proto?.args.some(({ type }) => type === 'constMapPtr') === true;
  return takesMap && maps.length > 0 && fitting(maps, helper.id).length === 0;
}

/** Where a helper wants a map: the maps of the file that it takes. */
export function mapArguments(file: CFile, offset: number, replace: Span): Completion[] {
  const { text } = file.source;
  const call = callAround(text, offset);
  if (call === null || !/^\s*&?\s*$/.test(text.slice(call.argumentStart, replace.start))) return [];
  const helper = callableNamed(file, call.name)?.helper ?? null;
  if (helper?.proto?.args[call.argument]?.type !== 'constMapPtr') return [];
  const sign = text.slice(call.argumentStart, replace.start).includes('&') ? '' : '&';
  return fitting(declaredMaps(file), helper.id).map(({ name, detail }) => ({
    label: `${sign}${name}`, kind: 'map', detail, documentation: '', insert: `${sign}${name}`, snippet: false, replace,
    sortText: `00${name}`,
  })); // prettier-ignore
}
