import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrevail } from '../../bench/prevail.ts';

const PROGRAM = { object: 'a.o', section: 'xdp', function: 'main' };

/** Stands in for the other verifier: passes only this program, and needs some processor time. */
const STAND_IN = `#!/bin/sh
i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done
case "$2" in
  xdp) echo "PASS: $2/$3 (terminates within 0 loop iterations)";;
  tc) echo "FAIL: $2/$3"; echo "Hint: run with -v"; exit 1;;
  *) echo "please specify a program"; exit 1;;
esac
`;

describe.skipIf(process.platform === 'win32')('PREVAIL beside our verifier', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prevail-'));
  const command = path.join(folder, 'prevail');
  beforeAll(() => {
    writeFileSync(command, STAND_IN);
    chmodSync(command, 0o755);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is found on the path, or where its variable says', () => {
    expect(findPrevail({ PATH: '/nowhere' })).toBeNull();
    expect(findPrevail({ PREVAIL: '/nowhere/prevail', PATH: folder })).toBeNull();
    expect(findPrevail({ PATH: `/nowhere${path.delimiter}${folder}` })).not.toBeNull();
    expect(findPrevail({ PREVAIL: command, PATH: '' })).not.toBeNull();
  });

  it('tells its verdict and the processor time it took', () => {
    const prevail = findPrevail({ PREVAIL: command });
    const verdict = prevail?.(PROGRAM);
    expect(verdict).toMatchObject({ accepts: true });
    expect(verdict?.ms).toBeGreaterThan(0);
    expect(prevail?.({ ...PROGRAM, section: 'tc' })).toMatchObject({ accepts: false });
  });

  it('has no verdict where it cannot read the program', () => {
    expect(findPrevail({ PREVAIL: command })?.({ ...PROGRAM, section: 'none' })).toBeNull();
  });
});
