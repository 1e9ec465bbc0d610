import { describe, expect, it } from 'vitest';
import { completionsAt } from '../../server/src/ide/completion.ts';
import { describeMapType } from '../../server/src/ide/describeMapType.ts';
import { hoverAt } from '../../server/src/ide/hover.ts';
import { type OpenFile, Workspace } from '../../server/src/ide/workspace.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';

const TEXT = '.map routes, type=lpm_trie, key=8, value=4, entries=16, \n.section "xdp"\nr0 = 2\nexit\n';

function open(text: string): OpenFile {
  const workspace = new Workspace(VERIFY_DEFAULTS);
  workspace.setText('a.bpfasm', text);
  const job = workspace.verify('a.bpfasm');
  while (!job.advance(1000));
  return job.result();
}

describe('map types in the editor', () => {
  const file = open(TEXT);
  const hover = (word: string): string => hoverAt(file, TEXT.indexOf(word))?.markdown ?? '';

  it('a hover says what they are for and what they take', () => {
    expect(hover('lpm_trie')).toBe(
      [
        'Values by prefix. A lookup finds the longest prefix that fits, as routing tables do.',
        'Keys of 5 to 260 bytes; Values of 1 to 4194024 bytes; `BPF_F_NO_PREALLOC` goes without saying.',
        '`BPF_MAP_TYPE_LPM_TRIE` (11), since Linux 4.11.',
      ].join('\n\n'),
    );
    expect(hover('entries')).toBe('How many entries the map holds at most; for a ring buffer its size in bytes.');
  });

  it('completion offers all of them, each with its description', () => {
    const at = TEXT.indexOf('lpm_trie');
    const offered = completionsAt(file.asm, at).filter(({ detail }) => detail === 'map type');
    expect(offered.map(({ label }) => label)).toEqual(MAP_TYPES.slice(1));
    expect(offered.find(({ label }) => label === 'arena')?.documentation).toContain(
      'No keys; No values; `BPF_F_MMAPABLE`',
    );
  });

  it('every type has a description, and nothing else has', () => {
    for (const type of MAP_TYPES.slice(1)) expect(describeMapType(type)).toMatch(/since Linux \d\.\d+\.$/);
    expect([describeMapType('unspec'), describeMapType('tree')]).toEqual([null, null]);
  });
});
