import { afterEach, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CompletionItem,
  Diagnostic,
  DocumentSymbol,
  Hover,
  Location,
  MarkupContent,
  Range,
  SemanticTokens,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import { LspClient, URI } from './client.ts';

const UNCHECKED = `.license "GPL"
.map counts, type=array, key=4, value=8, entries=256

.section "xdp"
first_byte:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r0 = *(u8 *)(r2 + 0)
    exit
`;
const CHECKED = UNCHECKED.replace(
  '    r0 = *(u8',
  '    r4 = r2\n    r4 += 1\n    if r4 > r3 goto out\n    r0 = *(u8',
).replace('    exit\n', '    exit\nout:\n    r0 = 1\n    call bpf_ktime_get_ns\n    exit\n');

let running: LspClient | null = null;

async function started(): Promise<LspClient> {
  ({ client: running } = await LspClient.start());
  return running;
}

afterEach(() => {
  running?.stop();
  running = null;
});

/** Where the nth `word` of the text stands. */
function place(text: string, word: string, nth = 1): [line: number, character: number] {
  let at = -1;
  for (let count = 0; count < nth; count++) at = text.indexOf(word, at + 1);
  const before = text.slice(0, at).split('\n');
  return [before.length - 1, before.at(-1)?.length ?? 0];
}

/** Servers may send markup; ours sends text. */
const messageOf = (found: Diagnostic | undefined): string => (typeof found?.message === 'string' ? found.message : '');
const textOf = (hover: Hover | null): string => (hover?.contents as MarkupContent | undefined)?.value ?? '';

function rangeText(text: string, { start, end }: Range): string {
  const lines = text.split('\n');
  return start.line === end.line ? (lines[start.line]?.slice(start.character, end.character) ?? '') : '…';
}

describe('diagnostics', () => {
  it('say what the kernel would say, on the line where it stops', async () => {
    const client = await started();
    const [found, ...others] = await client.open(UNCHECKED);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 1, source: 'eBPF verifier' } satisfies Partial<Diagnostic>);
    expect(messageOf(found).split('\n')[0]).toBe('invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)');
    expect(found && rangeText(UNCHECKED, found.range)).toBe('r0 = *(u8 *)(r2 + 0)');
    expect(found?.codeDescription?.href).toMatch(/docs\/diagnostics\.md#[a-z-]+$/);
  });

  it('tell the path that leads there', async () => {
    const client = await started();
    const [found] = await client.open(UNCHECKED);
    const path = found?.relatedInformation ?? [];
    expect(path.length).toBeGreaterThan(0);
    expect(path.every(({ location }) => location.uri === URI)).toBe(true);
  });

  it('go away once the program is right, and come back', async () => {
    const client = await started();
    expect(await client.open(UNCHECKED)).toHaveLength(1);
    expect(await client.change(CHECKED)).toEqual([]);
    expect(await client.change(UNCHECKED)).toHaveLength(1);
  });

  it('come once for a file of many small programs, so that nothing flickers', async () => {
    const client = await started();
    const programs = Array.from(
      { length: 30 },
      (_, n) => `.globl p${n}\np${n}:\n    r0 = ${n % 2 === 0 ? 'r9' : '2'}\n    exit\n`,
    );
    const found = await client.open(`.section "xdp"\n${programs.join('')}`);
    expect(found).toHaveLength(15);
    expect(client.published).toHaveLength(1);
  });

  it('are about the text while it cannot be assembled, every error at once', async () => {
    const client = await started();
    const found = await client.open(
      `${UNCHECKED}\nbroken:\n    r1 = *(u7 *)(r2 + 0)\n    call bpf_map_lookup_elm\n    goto nowhere\n`,
    );
    const errors = found.filter(({ source }) => source === 'eBPF assembler');
    expect(errors.map(messageOf).join('\n')).toMatch(/u7[^]*bpf_map_lookup_elem[^]*nowhere/);
  });

  it('are few for five megabytes of noise', async () => {
    const client = await started();
    let seed = 7;
    const noise = Array.from({ length: 5_000_000 }, () =>
      String.fromCodePoint(10 + ((seed = (seed * 48_271) % 2_147_483_647) % 116)),
    ).join('');
    const found = await client.open(noise);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(1100);
  });
});

describe('hovers', () => {
  it('show what the verifier knows of a register before the line', async () => {
    const client = await started();
    await client.open(CHECKED);
    const [line, character] = place(CHECKED, 'r2 + 0');
    const text = textOf(await client.at<Hover>('textDocument/hover', line, character));
    expect(text).toContain('pkt(r=1)');
    expect(text).toContain('1 byte from its start is known to exist');
  });

  it('explain helpers, instructions and directives', async () => {
    const client = await started();
    await client.open(CHECKED);
    const hover = async (word: string, offset = 1): Promise<string> => {
      const [line, character] = place(CHECKED, word);
      return textOf(await client.at<Hover>('textDocument/hover', line, character + offset));
    };
    expect(await hover('bpf_ktime')).toMatch(/u64 bpf_ktime_get_ns\(void\)[^]*nanoseconds since boot/);
    expect(await hover('+= 1')).toMatch(/Adds; the result wraps around[^]*07 04 00 00 01 00 00 00/);
    expect(await hover('.license')).toMatch(/license/);
    expect(await hover('counts')).toMatch(/type=array/);
    expect(await hover('r3 = *(u32', 3)).toMatch(/Loads 4 bytes;[^]*`__u32 data_end` of `struct xdp_md`: One past/);
    expect(await hover('r0 = 1', 3)).toMatch(/Sets r0 to 1\./);
  });
});

describe('completion', () => {
  const labels = async (client: LspClient, text: string, word: string): Promise<string[]> => {
    await client.change(text);
    const [line, character] = place(text, word);
    const items = await client.at<CompletionItem[]>('textDocument/completion', line, character + word.length);
    return items.map(({ label }) => label);
  };

  it('offers helpers of the program type, labels, map properties, sections and registers', async () => {
    const client = await started();
    await client.open(CHECKED);
    const calls = await labels(client, CHECKED.replace('call bpf_ktime_get_ns', 'call bpf_'), 'call bpf_');
    expect(calls).toContain('bpf_xdp_adjust_head');
    expect(calls).not.toContain('bpf_skb_store_bytes');
    expect(await labels(client, CHECKED.replace('goto out', 'goto '), 'goto ')).toContain('out');
    expect(await labels(client, CHECKED.replace('entries=256', ''), 'value=8, ')).toContain('entries');
    expect(await labels(client, CHECKED.replace('type=array', 'type='), 'type=')).toContain('percpu_hash');
    expect(await labels(client, CHECKED.replace('"xdp"', '"'), '.section "')).toContain('xdp');
    const values = await labels(client, CHECKED.replace('r0 = 1\n', 'r0 = \n'), 'r0 = ');
    expect(values).toEqual(expect.arrayContaining(['r10', 'XDP_PASS', 'BPF_ANY', 'counts']));
    expect(values).not.toContain('TC_ACT_OK');
  });

  it('offers mnemonics and labels in a file that is written in them', async () => {
    const client = await started();
    const head = '.section "socket"\n.globl f\nf:\nmov %r0, 0\n';
    await client.open(`${head}exit\n`);
    const typing = (line: string): Promise<string[]> => labels(client, `${head}${line}\nout:\nexit\n`, line);
    expect(await typing('ld')).toEqual(expect.arrayContaining(['ldxdw', 'lddw', 'ldabsh']));
    expect(await typing('jeq %r1, 5, ')).toEqual(['out']);
    expect(await typing('ja ')).toEqual(['out']);
    expect(await typing('add %')).toContain('r6');
  });

  it('offers sizes between parentheses, maps and programs for slots, and the form of an atomic operation', async () => {
    const client = await started();
    await client.open(CHECKED);
    const typing = (line: string): Promise<string[]> => labels(client, CHECKED.replace('r0 = 1\n', `${line}\n`), line);
    expect(await typing('r0 = *(')).toEqual(['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32']);
    expect(await typing('lock *(')).toEqual(['u8', 'u16', 'u32', 'u64']);
    expect(await typing('lock ')).toEqual(['*(u64 *)']);
    expect(await typing('.slot ')).toEqual(['counts']);
    expect(await typing('.slot counts, 0, ')).toEqual(['counts', 'first_byte']);
  });
});

describe('quick fixes', () => {
  it('put a misspelt name right', async () => {
    const client = await started();
    const text = CHECKED.replace('bpf_ktime_get_ns', 'bpf_ktime_get_n');
    const [found] = await client.open(text);
    const actions = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: URI },
      range: found?.range,
      context: { diagnostics: [found] },
    });
    expect(actions.map(({ title }) => title)).toEqual([expect.stringContaining('bpf_ktime_get_ns')]);
    const [edit] = actions[0]?.edit?.changes?.[URI] ?? [];
    expect(edit?.newText).toBe('bpf_ktime_get_ns');
    expect(edit && rangeText(text, edit.range)).toBe('bpf_ktime_get_n');
  });
});

describe('names', () => {
  it('lead to their declaration and to every use', async () => {
    const client = await started();
    await client.open(CHECKED);
    const [line, character] = place(CHECKED, 'out');
    const definition = await client.at<Location>('textDocument/definition', line, character);
    expect(definition.range.start).toEqual({ line: place(CHECKED, 'out:')[0], character: 0 });
    const all = await client.at<Location[]>('textDocument/references', line, character, {
      context: { includeDeclaration: true },
    });
    expect(all).toHaveLength(2);
  });

  it('can be changed everywhere, but not into something that is taken or no name', async () => {
    const client = await started();
    await client.open(CHECKED);
    const [line, character] = place(CHECKED, 'out');
    const edit = await client.at<WorkspaceEdit>('textDocument/rename', line, character, { newName: 'done' });
    expect(edit.changes?.[URI]?.map(({ newText }) => newText)).toEqual(['done', 'done']);
    await expect(client.at('textDocument/rename', line, character, { newName: 'counts' })).rejects.toThrow(/taken/);
    await expect(client.at('textDocument/rename', line, character, { newName: '5 apples' })).rejects.toThrow(/letters/);
  });
});

describe('the outline and colours', () => {
  it('show programs with their labels and maps', async () => {
    const client = await started();
    await client.open(CHECKED);
    const symbols = await client.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri: URI },
    });
    expect(symbols.map(({ name, detail, children }) => [name, detail, children?.map((child) => child.name)])).toEqual([
      ['counts', 'array, 4 → 8 bytes, 256 entries', []],
      ['first_byte', 'xdp, 10 instructions', ['out']],
    ]);
  });

  it('cover every token once, in order', async () => {
    const client = await started();
    await client.open(CHECKED);
    const { data } = await client.connection.sendRequest<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri: URI },
    });
    expect(data.length % 5).toBe(0);
    expect(data.length / 5).toBeGreaterThan(40);
    for (let at = 0; at < data.length; at += 5) {
      expect(data[at]).toBeGreaterThanOrEqual(0);
      if (data[at] === 0 && at > 0) expect(data[at + 1]).toBeGreaterThan(0);
    }
  });
});
