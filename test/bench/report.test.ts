import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { geomean, geomeanLines, headLine, reportOf, rowLine, type Row, type Times } from '../../bench/report.ts';

const NOTHING: Times = {
  verified: null,
  safe: null,
  exact: null,
  builtin: null,
  interpreter: null,
  kernel: null,
  native: null,
};

function row(name: string, ns: Partial<Times>, kind: Row['kind'] = 'program'): Row {
  return { name, kind, ns: { ...NOTHING, ...ns } };
}

describe('the report of the measurements', () => {
  it('gives times as ratios of one program', () => {
    const ns = { verified: 20, safe: 25, exact: 30, builtin: 22, interpreter: 400, kernel: 40, native: 10 };
    expect(reportOf([row('one', ns)]).programs).toEqual([
      {
        name: 'one',
        kind: 'program',
        jitToNative: 2,
        jitToKernel: 0.5,
        safeToVerified: 1.25,
        exactToVerified: 1.5,
        builtinToClang: 1.1,
        interpreterToJit: 20,
        ns,
      },
    ]);
  });

  it('takes the geometric mean over programs, not over lookups', () => {
    const rows = [
      row('one', { verified: 10, native: 10 }),
      row('other', { verified: 40, native: 10 }),
      row('lookupHash', { verified: 1000, native: 1 }, 'lookup'),
    ];
    expect(reportOf(rows).geomeans.jitToNative).toBeCloseTo(2);
  });

  it('leaves call-heavy programs out of the comparison with the kernel, and gives it with them beside', () => {
    const rows = [row('one', { verified: 20, kernel: 10 }), row('f_calls', { verified: 5, kernel: 10 })];
    const { geomeans } = reportOf(rows);
    expect(geomeans.jitToKernel).toBeCloseTo(2);
    expect(geomeans.jitToKernelWithCalls).toBeCloseTo(1);
  });

  it('says null where an engine is missing', () => {
    const { programs, geomeans } = reportOf([row('one', { verified: 20, safe: 25 })]);
    expect(programs[0]).toMatchObject({ jitToNative: null, jitToKernel: null, safeToVerified: 1.25 });
    expect(geomeans).toEqual({
      jitToNative: null,
      jitToKernel: null,
      safeToVerified: 1.25,
      exactToVerified: null,
      builtinToClang: null,
      interpreterToJit: null,
      jitToKernelWithCalls: null,
    });
  });

  it('prints as columns of one width', () => {
    const rows = [row('one', { verified: 20.123, native: 4000 }), row('with a long name', {})];
    const report = reportOf(rows);
    const [first, second] = rows.map(rowLine);
    expect(first).toHaveLength(headLine().length);
    expect(geomeanLines(report)[0]).toHaveLength(headLine().length);
    expect(first).toMatch(/^one +20\.12 +- +- +- +- +- +4000 +0\.01 +-/);
    expect(second).toMatch(/( +-){13}$/);
  });
});

it('the geometric mean of no values is no number', () => {
  expect(geomean([])).toBeNull();
  expect(geomean([2, 8])).toBeCloseTo(4);
});

describe('options', () => {
  it.each([
    [[], { rounds: 12, ms: 25, only: null, json: null, writeObjects: false }],
    [
      ['--rounds', '2', '--json', 'out.json', '--only', 'fnv'],
      { rounds: 2, ms: 25, only: 'fnv', json: 'out.json', writeObjects: false },
    ],
    [['--rounds', 'x'], '--rounds takes a number from 1 to 1000'],
    [['--ms', '0'], '--ms takes a number from 1 to 10000'],
    [['--only'], '--only needs a value'],
    [['--fast'], 'unknown option --fast'],
  ])('%j', (args, expected) => {
    expect(readOptions(args)).toEqual(expected);
  });
});
