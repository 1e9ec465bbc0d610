import { describe, expect, it } from 'vitest';
import { DIRECTIVES, MAP_PROPERTIES } from '../../server/src/asm/assembler/tables.ts';
import { HELPERS } from '../../server/src/kernel/helpers.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { scopesOf } from './scopes.ts';

const scopes = await scopesOf('ebpf-asm');

describe('the grammar', () => {
  it.each<[string, string[]]>([
    [
      'loop: jeq32 %r1, 5, out',
      [
        'loop entity.name.function.label',
        ': punctuation.separator.label',
        'jeq32 keyword.control',
        '%r1 variable.language.register',
        '5 constant.numeric.decimal',
      ],
    ],
    [
      '  lock fetch add [%fp-8], r2',
      [
        'lock storage.modifier',
        'fetch storage.modifier',
        'add keyword.operator.word',
        '%fp variable.language.register',
        '- keyword.operator',
        '8 constant.numeric.decimal',
        'r2 variable.language.register',
      ],
    ],
    [
      '  ldxdw %r1, [%r2+8]',
      [
        'ldxdw keyword.operator.word',
        '%r1 variable.language.register',
        '%r2 variable.language.register',
        '+ keyword.operator',
        '8 constant.numeric.decimal',
      ],
    ],
    [
      '    r0 = *(u32 *)(r1 + 4) // load',
      [
        'r0 variable.language.register',
        '= keyword.operator',
        '* keyword.operator',
        'u32 storage.type',
        '* keyword.operator',
        'r1 variable.language.register',
        '+ keyword.operator',
        '4 constant.numeric.decimal',
        '// load comment.line.double-slash',
      ],
    ],
    ['again:', ['again entity.name.function.label', ': punctuation.separator.label']],
    [
      '  if w1 s> 0x10 goto again',
      [
        'if keyword.control',
        'w1 variable.language.register',
        's> keyword.operator',
        '0x10 constant.numeric.hex',
        'goto keyword.control',
        'again entity.name.label',
      ],
    ],
    ['  call bpf_map_lookup_elem', ['call keyword.control.call', 'bpf_map_lookup_elem support.function.helper']],
    ['  call my_function', ['call keyword.control.call', 'my_function entity.name.function']],
    [
      '.section "xdp"',
      [
        '.section keyword.other.directive',
        '" string.quoted.double',
        'xdp string.quoted.double',
        '" string.quoted.double',
      ],
    ],
  ])('%s', (line, expected) => {
    expect(scopes(line)).toEqual(expected);
  });

  it('knows every word of the tables', () => {
    for (const { name } of DIRECTIVES) expect(scopes(`${name} x`)[0]).toBe(`${name} keyword.other.directive`);
    for (const { name } of HELPERS) expect(scopes(`call ${name}`)[1]).toBe(`${name} support.function.helper`);
    for (const { name } of MAP_PROPERTIES)
      expect(scopes(`.map m, ${name}=1`)).toContain(`${name} variable.parameter.property`);
    for (const type of MAP_TYPES.slice(1)) expect(scopes(`.map m, type=${type}`)).toContain(`${type} support.type.map`);
  });
});
