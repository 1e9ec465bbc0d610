import { describe, expect, it } from 'vitest';
import { isJsonError, parseJson, type JsonNode } from '../../server/src/base/json.ts';
import { randomNumbers } from '../support/random.ts';

/** As JSON.parse has it; numbers by their text. */
function plain({ value }: JsonNode): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'boolean':
      return value.value;
    case 'number':
      return Number(value.text);
    case 'string':
      return value.text;
    case 'array':
      return value.items.map(plain);
    case 'object':
      return Object.fromEntries([...value.members].map(([key, { node }]) => [key, plain(node)]));
  }
}

function checkSame(text: string): void {
  const mine = parseJson(text);
  let theirs: unknown;
  try {
    theirs = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    expect(isJsonError(mine), text).toBe(true);
    return;
  }
  expect(isJsonError(mine) ? mine.message : plain(mine), text).toEqual(theirs);
}

describe('JSON with places', () => {
  it.each([
    '{"a": [1, -2.5e3, "x\\n\\u00e9", true, false, null, {}], "b": []}', ' 7 ', '""', '"\\""', '\uFEFF{}', '[]', '', '{', '[1,]', '{"a"}',
    '{a:1}', '01', '1.', '+1', 'nul', '"\n"', '"\\x"', '[1 2]', '{} {}', '[,1]', '{"a":1,}', '-', '"abc', 'tru', '{"a":1 "b":2}',
  ])('%s', checkSame); // prettier-ignore

  it('cut and changed texts', () => {
    const random = randomNumbers(7);
    const whole = '{"routes": [{"to": "10.0.0.0/8", "metric": 12e0, "ok": [true, null]}], "x": "\\u0041\\n"}';
    for (let round = 0; round < 3000; round++) {
      const at = random(whole.length);
      const put = '{}[],:"\\ 0-.enult'[random(16)] ?? '';
      checkSame(whole.slice(0, at) + put + whole.slice(at + random(3)));
    }
  });

  it('says where things stand', () => {
    const node = parseJson('{\n  "a": [1, x]\n}');
    expect(node).toEqual({ at: 13, message: "expected a value, not 'x'" });
    const fine = parseJson('{ "a": 5 }');
    if (isJsonError(fine) || fine.value.kind !== 'object') throw new Error('no object');
    expect([fine.value.members.get('a')?.keyAt, fine.value.members.get('a')?.node.at]).toEqual([2, 7]);
  });

  it('depth has a limit', () => {
    expect(parseJson('['.repeat(100_000))).toMatchObject({ message: 'values lie more than 64 deep in each other' });
  });
});
