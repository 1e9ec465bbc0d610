import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Files git would hold: tracked, and new ones it does not ignore. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => /\.(ts|mts|mjs|json|md|sh|yml|bpfasm)$/.test(name) && !name.endsWith('package-lock.json'));

function matching(pattern: RegExp, among: readonly string[]): string[] {
  return among.filter((name) => {
    try {
      return pattern.test(readFileSync(path.join(root, name), 'utf8'));
    } catch {
      return false; // deleted but not yet committed
    }
  });
}

describe('the files of the project', () => {
  it('name no path of a particular machine', () => {
    // Put together from pieces, so that this file is not an offender itself.
    const paths = new RegExp(['/wo', 'rk/|/fa', 'rm/|/tmp/ba', 'sh_jobs'].join(''));
    expect(matching(paths, files)).toEqual([]);
  });

  it('are spelled as the style asks: camelCase for TypeScript', () => {
    const odd = files.filter(
      (name) => name.endsWith('.ts') && !/^[a-z][A-Za-z0-9]*(\.test|\.d|\.config)?\.ts$/.test(path.basename(name)),
    );
    expect(odd).toEqual([]);
  });

  it('hold no test that runs alone', () => {
    const only = /\b(?:it|test|describe)\.only\(/;
    expect(
      matching(
        only,
        files.filter((name) => name.startsWith('test/')),
      ),
    ).toEqual([]);
  });
});
