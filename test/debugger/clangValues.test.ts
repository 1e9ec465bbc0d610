import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Job } from '../../server/src/base/job.ts';
import { compile } from '../../server/src/c/compile.ts';
import { searchFolders } from '../../server/src/c/includes.ts';
import { withLocals } from '../../server/src/c/withLocals.ts';
import { ReplaySession } from '../../server/src/debugger/session.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { Event } from '../../server/src/events/event.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { clang19, CLANG_FOLDERS, readText } from '../support/clang.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

/** More are not looked at of one program; ours takes more for the same. */
const MOST_INSNS = { clangs: 1000, ours: 12_000 };

/** The values that a variable of a function was seen with: wherever, and by line. */
type Seen = Map<string, { readonly all: Set<string>; readonly byLine: Map<number, Set<string>> }>;

/** TCP packets to different ports. */
const EVENTS = [80, 443].map((port, index): Event => {
  const data = Uint8Array.from({ length: 74 }, (_, at) => (at * 37 + index) & 0xff);
  data.set([8, 0, 0x45, 0, 0, 60], 12);
  data.set([6], 23);
  data.set([port >> 8, port & 255], 36);
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null } as const;
  return { kind: 'packet', index, timeNs: 1n, linkType: 1, data, wireLength: data.length, interfaceId: 0, ...nothing };
});

function finish(job: Job<unknown>): unknown {
  while (!job.advance(1_000_000)) void 0;
  return job.result();
}

/** Runs a program over the packets, instruction by instruction, and looks at the numbers that its variables have. */
function valuesOf(object: BpfObject, entry: string, most: number): Seen {
  const session = ReplaySession.open(object, { entry, events: EVENTS, seed: 1 });
  if (typeof session === 'string') throw new Error(session);
  const seen: Seen = new Map();
  finish(session.start(0, true));
  for (let insns = 0; insns < most && !session.idle; insns++) {
    note(session, seen);
    const stop = finish(session.forward('into', 'instruction')) as { readonly kind: string };
    if (stop.kind === 'end' || stop.kind === 'trap') break;
  }
  return seen;
}

function note(session: ReplaySession, seen: Seen): void {
  for (const frame of session.frames()) {
    const line = frame.waitsAt?.line ?? session.target.lineOf(frame.place)?.line ?? 0;
    const locals =
      session
        .scopes(frame)
        .find(({ name }) => name === 'Locals')
        ?.variables() ?? [];
    for (const { name, value } of locals) {
      if (!/^-?\d+$/.test(value)) continue;
      const key = `${frame.name.split(' ')[0]} ${name}`;
      const known = seen.get(key) ?? { all: new Set(), byLine: new Map<number, Set<string>>() };
      seen.set(key, known);
      known.all.add(value);
      known.byLine.set(line, (known.byLine.get(line) ?? new Set()).add(value));
    }
  }
}

/** clang 19 computes it from two registers one of which holds the result already. */
const WRONG_IN_CLANG: ReadonlySet<string> = new Set(['crc_step c']);

interface Comparison {
  readonly compared: number;
  /** Values that a line has in both builds. */
  readonly same: number;
  /** Values that the variable never has in our build. */
  readonly strange: readonly string[];
}

function compareValues(own: Seen, clangs: Seen): Comparison {
  let compared = 0;
  let same = 0;
  const strange: string[] = [];
  for (const [key, { byLine }] of clangs) {
    const known = own.get(key);
    if (known === undefined || WRONG_IN_CLANG.has(key)) continue;
    for (const [line, values] of byLine)
      for (const value of values) {
        compared++;
        if (known.byLine.get(line)?.has(value) === true) same++;
        if (!known.all.has(value))
          strange.push(`${key} is ${value} in line ${line}, not ${[...known.all].slice(0, 8).join(' ')}`);
      }
  }
  return { compared, same, strange };
}

const SOURCES = sharedFolder === null ? [] : ['bench', 'recordings/golden/progs'].flatMap((folder) =>
  readdirSync(sharedPath(folder, '')).filter((name) => name.endsWith('.c')).map((name) => sharedPath(folder, name)),
); // prettier-ignore
const LEVELS = [
  ['-O1', '-mcpu=v1'],
  ['-O2', '-mcpu=v3'],
  ['-O2', '-mcpu=v4', '-gdwarf-4'],
  ['-O1', '-mcpu=v2'],
] as const;
const MISSING = clang19() === null || SOURCES.length === 0;

describe.skipIf(MISSING)(
  'values of locals in what clang optimised (skipped without clang-19 or the shared programs)',
  () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'locals-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const folders = [...CLANG_FOLDERS, '/usr/include/x86_64-linux-gnu'].map((one) => ({
      path: one,
      system: true,
      quotedOnly: false,
    }));

    function own(file: string): BpfObject | null {
      const includes = searchFolders(folders, readText);
      const made = compile(file, readFileSync(file, 'utf8'), includes, { cpu: 3, profile: 'debug', defines: [] });
      return made.object === null ? null : withLocals(readObject(file, made.object), made);
    }

    function clangs(file: string, words: readonly string[]): BpfObject {
      const to = path.join(folder, 'clang.o');
      const args = ['-target', 'bpf', '-g', ...words, '-I/usr/include/x86_64-linux-gnu', '-c', file, '-o', to];
      expect(spawnSync('clang-19', args).status).toBe(0);
      return readObject(file, new Uint8Array(readFileSync(to)), { locals: true });
    }

    it('are those that they have in our debug build', () => {
      const total = { compared: 0, same: 0 };
      const strange: string[] = [];
      for (const [index, file] of SOURCES.entries()) {
        const ours = own(file);
        if (ours === null) continue;
        const theirs = clangs(file, LEVELS[index % LEVELS.length]!);
        for (const { name } of ours.programs) {
          if (!['xdp', 'sched_cls', 'socket_filter'].includes(ours.programs.find((one) => one.name === name)!.type))
            continue;
          const found = compareValues(valuesOf(ours, name, MOST_INSNS.ours), valuesOf(theirs, name, MOST_INSNS.clangs));
          total.compared += found.compared;
          total.same += found.same;
          strange.push(...found.strange.map((one) => `${path.basename(file)} ${one}`));
        }
      }
      expect(strange).toEqual([]);
      expect(total.compared).toBeGreaterThan(100);
      expect(total.same / total.compared).toBeGreaterThan(0.85);
    }, 300_000);
  },
);
