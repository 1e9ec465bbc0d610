import { describe, expect, it } from 'vitest';
import { scopesOf } from './scopes.ts';

const scopes = await scopesOf('cbpf');

describe('the grammar of classic BPF', () => {
  it.each<[string, string[]]>([
    [
      '(001) jeq      #0x800           jt 2\tjf 5',
      [
        '(001) constant.numeric.line-number',
        'jeq keyword.control',
        '#0x800 constant.numeric.hex',
        'jt keyword.control',
        '2 constant.numeric.decimal',
        'jf keyword.control',
        '5 constant.numeric.decimal',
      ],
    ],
    [
      'again: JSET x, yes, no ; why',
      [
        'again entity.name.function.label',
        ': punctuation.separator.label',
        'JSET keyword.control',
        'x variable.language.register',
        'yes entity.name.label',
        'no entity.name.label',
        '; why comment.line.semicolon',
      ],
    ],
    ['ld vlan_tci', ['ld keyword.other.instruction', 'vlan_tci support.variable.extension']],
    ['st M[3]', ['st keyword.other.instruction', 'M variable.language.register', '3 constant.numeric.decimal']],
    ['{ 0x28, 0 },', ['0x28 constant.numeric.hex', '0 constant.numeric.decimal']],
    ['# remark', ['# remark comment.line.number-sign']],
  ])('%s', (line, expected) => expect(scopes(line)).toEqual(expected));
});
