import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { runMain } from './fakeWorld.ts';

interface Vector {
  readonly name: string;
  readonly mem: string;
  readonly code: string;
  readonly result: string;
}

const vectors =
  sharedFolder === null
    ? []
    : (JSON.parse(readFileSync(sharedPath('vectors/bpf_conformance/vectors.json'), 'utf8')) as Vector[]);

describe.skipIf(sharedFolder === null)(
  'the plugin answers the public suite (skipped where ../shared is absent)',
  () => {
    it.each(['jit', 'interpreter'])('%s', async (engine) => {
      const wrong: string[] = [];
      for (const { name, mem, code, result } of vectors) {
        const words = ['conformance-plugin', ...(mem === '' ? [] : [mem]), '--engine', engine];
        const { out, status } = await runMain(words, { files: {}, input: code });
        if (status !== 0 || BigInt(`0x${out.trim()}`) !== BigInt.asUintN(64, BigInt(result)))
          wrong.push(`${name}: ${out}`);
      }
      expect(wrong).toEqual([]);
      expect(vectors.length).toBe(313);
    });
  },
);
