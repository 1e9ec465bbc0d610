import { describe, expect, it } from 'vitest';
import { completionsAt } from '../../server/src/ide/completion.ts';
import { fileDiagnostics } from '../../server/src/ide/diagnostics.ts';
import { hoverAt } from '../../server/src/ide/hover.ts';
import { definitionAt, occurrencesAt } from '../../server/src/ide/navigation.ts';
import { semanticTokens, TOKEN_TYPES } from '../../server/src/ide/semanticTokens.ts';
import { type OpenFile, Workspace } from '../../server/src/ide/workspace.ts';
import { VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';

const TEXT = `start:  ldh [12]
        jneq #0x800, drop   ; not IPv4
        ldxb 4*([14]&0xf)
        ldb [x + 14]
        ret a
drop:   ret #0
`;

function open(text: string, path = 'a.cbpf'): OpenFile {
  const workspace = new Workspace(VERIFY_DEFAULTS);
  workspace.setText(path, text);
  const job = workspace.verify(path);
  while (!job.advance(1000));
  return job.result();
}

describe('a filter in the editor', () => {
  const file = open(TEXT);
  const hover = (word: string, offset = 0): string => hoverAt(file, TEXT.indexOf(word) + offset)?.markdown ?? '';

  it('tells what instructions do and what they became', () => {
    expect(hover('ldxb')).toBe(
      [
        '```cbpf\nldxb 4*([14]&0xf)\n```',
        'X = four times the low half of the byte at this offset, the length of an IP header; outside the packet the filter ends with 0.',
        'In eBPF, with A in r0 and X in r7:',
        '```ebpf-asm\n5: r7 = r0\n6: r0 = *(u8 *)skb[14]\n7: w0 &= 15\n8: w0 <<= 2\n9: r2 = r7\n10: r7 = r0\n11: r0 = r2\n```',
        '`{ 0xb1, 0, 0, 0x0000000e }` · instruction 2 · walked 7 times by the verifier',
      ].join('\n\n'),
    );
    expect(hover('jneq')).toContain('```cbpf\njneq #0x800, 5\n```');
    expect(hover('#0x800', 1)).toMatch(/^`2048` · `0x800`/);
  });

  it('tells what the verifier knows of A and X', () => {
    expect(hover('x + 14')).toBe(
      '**X** before this line:\n\n- `scalar(id=1,smin=smin32=0,smax=umax=smax32=umax32=60,var_off=(0x0; 0x3c))` A number from 0 to 60 (0x3c).',
    );
    expect(hover('ret a', 4)).toMatch(/^\*\*A\*\* before this line:/);
  });

  it('explains values by name', () => {
    const text = 'ld vlan_tci\nret a\n';
    expect(hoverAt(open(text), 4)?.markdown).toContain('A = vlan_tci. Tag control information of the VLAN tag');
  });

  it('leads from labels to their places', () => {
    const used = TEXT.indexOf('drop');
    expect(definitionAt(file.asm, used)?.name).toBe('drop');
    expect(occurrencesAt(file.asm, used)).toHaveLength(2);
  });

  it('has colours', () => {
    const packed = semanticTokens(file.asm);
    const kinds = packed.flatMap((value, index) => (index % 5 === 3 ? [TOKEN_TYPES[value]] : []));
    expect(kinds.slice(0, 7)).toEqual(['label', 'operator', 'keyword', 'operator', 'number', 'operator', 'keyword']);
    expect(kinds).toContain('comment');
    expect(kinds).toContain('variable');
  });

  it('has no problems, and shows those it has', () => {
    expect(fileDiagnostics(file)).toEqual([]);
    const wrong = fileDiagnostics(open('ld M[0]\nret a'));
    expect(wrong.map(({ code, origin }) => [code, origin])).toEqual([['scratch-unset', 'assembler']]);
    const unsupported = fileDiagnostics(open('ld poff\nret a'));
    expect(unsupported.map(({ code, severity }) => [code, severity])).toEqual([
      ['packet-metadata-needed', 'information'],
    ]);
  });

  it('names what is not there now, not what was not there before', () => {
    const workspace = new Workspace(VERIFY_DEFAULTS);
    const messages = ['poff', 'hatype'].map((name) => {
      workspace.setText('a.cbpf', `ld ${name}\nret a`);
      const job = workspace.verify('a.cbpf');
      while (!job.advance(1000));
      return fileDiagnostics(job.result())[0]?.message;
    });
    expect(messages).toEqual([expect.stringContaining('(poff)'), expect.stringContaining('(hatype)')]);
  });

  it('is one by its language, too, whatever it is called', () => {
    const workspace = new Workspace(VERIFY_DEFAULTS);
    const { asm } = workspace.setText('untitled:Untitled-1', TEXT, 'cbpf');
    expect(asm.object.programs[0]?.classic?.insns).toHaveLength(6);
  });
});

/** Labels of what is offered at the bar. */
function offered(text: string): string[] {
  const at = text.indexOf('|');
  return completionsAt(open(text.replace('|', '')).asm, at).map(({ label }) => label);
}

describe('what is offered in a filter', () => {
  it.each<[string, string[]]>([
    ['|', ['ld', 'ldh', 'ldxb', 'jneq', 'ret', 'txa']],
    ['(003) l|', ['ld', 'ldh']],
    ['drop: |', ['ret']],
    ['ld |', ['[12]', '[x + 14]', '#1', 'M[0]', 'len', 'proto', 'vlan_tci']],
    ['ldb p|', ['proto', 'poff']],
    ['ldx |', ['M[0]', 'len', '4*([14]&0xf)']],
    ['ja |\ndrop: ret #0', ['drop']],
    ['jeq #1, d|\ndrop: ret #0', ['drop']],
    ['jeq #1, drop, |\ndrop: ret #0', ['drop']],
  ])('%s', (text, expected) => expect(offered(text)).toEqual(expect.arrayContaining(expected)));

  it.each(['ld [12] ; |', '{ 0x28, |', '40 0 0 |', 'nonsense |'])('%s: nothing', (text) => {
    expect(offered(text)).toEqual([]);
  });

  it('is what instructions take', () => {
    expect(offered('ldx |')).not.toContain('proto');
    expect(offered('ret |')).toEqual(['#1', 'a', 'x']);
    expect(offered('tax |')).toEqual([]);
  });
});
