import { describe, expect, it } from 'vitest';
import { NO_FLAGS } from '../../../server/src/c/compileFlags.ts';
import { openC, verifyC, type CFile, type CSetting } from '../../../server/src/ide/c/cFile.ts';
import type { Linked } from '../../../server/src/ide/c/instructionLinks.ts';
import {
  instructionView,
  linksFromInstructions,
  linksFromSource,
  type InstructionView,
} from '../../../server/src/ide/c/instructionView.ts';
import { fileDiagnostics } from '../../../server/src/ide/diagnostics.ts';
import { hoverAt } from '../../../server/src/ide/hover.ts';
import { faultsIn, openInstructions } from '../../../server/src/ide/instructionsText.ts';
import { documentSymbols } from '../../../server/src/ide/symbols.ts';
import { VERIFY_DEFAULTS } from '../../../server/src/verifier/verify.ts';

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux 6.18',
}; // prettier-ignore

const SOURCE = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define TWICE(x) ((x) * 2)
static __always_inline int least(int x)
{
  return bpf_get_prandom_u32() + x;
}
SEC("xdp")
int f(struct xdp_md *ctx)
{
  int queue = ctx->rx_queue_index;
  if (least(queue) > 5 && ctx->ingress_ifindex != 1)
    return TWICE(queue);
  return XDP_PASS;
}
`;

const open = (text: string, before: CFile | null = null): CFile => openC('a.bpf.c', text, SETTING, before);
const view = (text: string): InstructionView => instructionView(open(text), SETTING, null);

/** What is linked, in the words of both texts. */
function words({ text }: InstructionView, source: string, linked: Linked | null): Record<string, string[]> {
  const lines = text.source.text.split('\n');
  const insn = (line: number): string => (lines[line] ?? '').replace(/^\s*\d+: /, '');
  const part = ({ span }: Linked['source'][number]): string => source.slice(span.start, span.end);
  return Object.fromEntries(
    Object.entries({
      source: linked?.source.map(part) ?? [],
      calls: linked?.calls.map(part) ?? [],
      instructions: linked?.instructions.map(insn) ?? [],
      nearby: linked?.nearby.map(insn) ?? [],
    }).filter(([, all]) => all.length > 0),
  );
}

function fromSource(text: string, from: string, to = ''): Record<string, string[]> {
  const start = text.indexOf(from);
  const shown = view(text);
  const end = to === '' ? start : text.indexOf(to) + to.length;
  return words(shown, text, linksFromSource(shown, [{ start, end }]));
}

function fromInstructions(text: string, insn: string, count = 1): Record<string, string[]> {
  const shown = view(text);
  const from = shown.text.source.text.split('\n').findIndex((line) => line.includes(insn));
  return words(shown, text, linksFromInstructions(shown, [{ from, to: from + count - 1 }]));
}

describe('the text of instructions', () => {
  it('shows each program below its source lines, those of headers with their names', () => {
    expect(view(SOURCE).text.source.text).toBe(`; Instructions of a.bpf.c: optimised build, -mcpu=v3

; xdp program in section xdp, 12 instructions
f:
; 8  SEC("xdp")
     0: r6 = r1
; 11  int queue = ctx->rx_queue_index;
     1: r7 = *(u32 *)(r6 +16)
; 6  return bpf_get_prandom_u32() + x;
     2: call bpf_get_prandom_u32#7
     3: w0 += w7
; 12  if (least(queue) > 5 && ctx->ingress_ifindex != 1)
     4: if w0 s<= 0x5 goto pc+5
     5: r1 = *(u32 *)(r6 +12)
     6: if w1 == 0x1 goto pc+3
; 13  return TWICE(queue);
     7: w7 <<= 1
     8: r0 = r7
; 14  return XDP_PASS;
     9: exit
    10: w0 = 2
    11: exit
`);
  });

  it('says that there is no program', () => {
    expect(view('int x;').text.source.text).toBe(
      '; a.bpf.c has no program: a function becomes one by its section, such as SEC("xdp")\n',
    );
  });

  it('stays the same while the source has errors, and says so', () => {
    const before = view(SOURCE);
    const after = instructionView(open(SOURCE.replace('queue) > 5', 'queue) >')), SETTING, before);
    const [title, ...rest] = after.text.source.text.split('\n');
    expect(after.stale).toBe(true);
    expect(title).toBe('; a.bpf.c has errors: these are the instructions from before them (optimised build, -mcpu=v3)');
    expect(rest).toEqual(before.text.source.text.split('\n').slice(1));
  });

  it('stays the same while the source is not compiled to its end', () => {
    const before = view(SOURCE);
    const file = { ...open(SOURCE.replace('> 5', '> 6')), object: null, verifications: [] };
    expect(instructionView(file, SETTING, before)).toMatchObject({ stale: false, text: before.text });
    expect(instructionView(file, SETTING, null).text.source.text).toBe('; a.bpf.c is being compiled\n');
  });

  it('waits for a source that never was without errors', () => {
    const shown = view('int f(void) { return x; }');
    expect(shown.stale).toBe(true);
    expect(shown.text.source.text).toBe('; a.bpf.c has errors: its instructions will be here when it compiles\n');
    expect(linksFromSource(shown, [{ start: 0, end: 0 }])).toBeNull();
  });

  it('is the same text while only verdicts are new', () => {
    const file = open(SOURCE);
    const first = instructionView(file, SETTING, null);
    expect(instructionView(file, SETTING, first).text).toBe(first.text);
  });
});

describe('from the source to the instructions', () => {
  it('leads from the expression under the cursor, and more faintly from its line', () => {
    expect(fromSource(SOURCE, 'queue_index')).toEqual({
      source: ['ctx->rx_queue_index'],
      instructions: ['r7 = *(u32 *)(r6 +16)'],
    });
    expect(fromSource(SOURCE, 'ingress_ifindex')).toEqual({
      source: ['ctx->ingress_ifindex'],
      calls: ['least(queue)'],
      instructions: ['r1 = *(u32 *)(r6 +12)'],
      nearby: ['call bpf_get_prandom_u32#7', 'w0 += w7', 'if w0 s<= 0x5 goto pc+5', 'if w1 == 0x1 goto pc+3'],
    });
  });

  it('leads from a call to what is inlined there', () => {
    expect(fromSource(SOURCE, 'least(queue) > 5')).toEqual({
      source: ['least(queue) > 5'],
      calls: ['least(queue)'],
      instructions: ['if w0 s<= 0x5 goto pc+5'],
      nearby: ['call bpf_get_prandom_u32#7', 'w0 += w7', 'r1 = *(u32 *)(r6 +12)', 'if w1 == 0x1 goto pc+3'],
    });
  });

  it('leads from between expressions to all of the line', () => {
    expect(fromSource(SOURCE, 'if (least')).toEqual({
      source: ['least(queue) > 5', 'ctx->ingress_ifindex', 'ctx->ingress_ifindex != 1'],
      calls: ['least(queue)'],
      instructions: ['if w0 s<= 0x5 goto pc+5', 'r1 = *(u32 *)(r6 +12)', 'if w1 == 0x1 goto pc+3'],
      nearby: ['call bpf_get_prandom_u32#7', 'w0 += w7'],
    });
  });

  it('leads from selected lines', () => {
    expect(fromSource(SOURCE, '  int queue', 'index;\n')).toEqual({
      source: ['ctx->rx_queue_index'],
      instructions: ['r7 = *(u32 *)(r6 +16)'],
    });
  });

  it('leads from the use of a macro', () => {
    expect(fromSource(SOURCE, 'TWICE(queue)')).toEqual({
      source: ['TWICE'],
      instructions: ['w7 <<= 1'],
      nearby: ['r0 = r7'],
    });
  });

  it('leads nowhere from where nothing is made', () => {
    expect(fromSource(SOURCE, '#include')).toEqual({});
  });
});

describe('from the instructions to the source', () => {
  it('leads to the expression', () => {
    expect(fromInstructions(SOURCE, '*(u32 *)(r6 +12)')).toEqual({
      source: ['ctx->ingress_ifindex'],
      instructions: ['r1 = *(u32 *)(r6 +12)'],
    });
  });

  it('leads through inlined calls', () => {
    expect(fromInstructions(SOURCE, 'call bpf_get_prandom_u32')).toEqual({
      source: ['bpf_get_prandom_u32()'],
      calls: ['least(queue)'],
      instructions: ['call bpf_get_prandom_u32#7'],
    });
  });

  it('leads from several lines', () => {
    expect(fromInstructions(SOURCE, '4: if w0', 2)).toEqual({
      source: ['least(queue) > 5', 'ctx->ingress_ifindex'],
      instructions: ['if w0 s<= 0x5 goto pc+5', 'r1 = *(u32 *)(r6 +12)'],
    });
  });

  it('leads from a source line to all that stands below it', () => {
    expect(fromInstructions(SOURCE, '; 13  return TWICE')).toEqual({
      source: ['TWICE', 'return'],
      instructions: ['w7 <<= 1', 'r0 = r7'],
    });
  });

  it('leads from the title nowhere', () => {
    expect(fromInstructions(SOURCE, '; Instructions')).toEqual({});
  });
});

describe('a source that has errors since', () => {
  const before = view(SOURCE);
  const text = SOURCE.replace('  return XDP_PASS', '  x = ;\n  return XDP_PASS').replace(
    'int queue',
    'int number, queue',
  );
  const after = instructionView(open(text), SETTING, before);

  it('leads from what has not changed, wherever it stands now', () => {
    const start = text.indexOf('return XDP_PASS');
    expect(words(after, text, linksFromSource(after, [{ start, end: start }]))).toEqual({
      source: ['return'],
      instructions: ['exit', 'w0 = 2', 'exit'],
    });
  });

  it('leads to it as well, and not to what has changed', () => {
    const lines = after.text.source.text.split('\n');
    const from = (words: string): number => lines.findIndex((line) => line.includes(words));
    expect(
      words(after, text, linksFromInstructions(after, [{ from: from('11: exit'), to: from('11: exit') }])),
    ).toEqual({
      source: ['return'],
      instructions: ['exit'],
      nearby: ['exit', 'w0 = 2'],
    });
    expect(words(after, text, linksFromInstructions(after, [{ from: from(' 5:'), to: from(' 5:') }]))).toEqual({
      instructions: ['r1 = *(u32 *)(r6 +12)'],
    });
  });
});

describe('the text of instructions as a file of assembly', () => {
  const wrong = SOURCE.replace('return XDP_PASS', 'return *(char *)(long)ctx->data');
  const file = open(wrong);
  const job = verifyC(file, VERIFY_DEFAULTS);
  while (!job.advance(1_000_000));
  const { text } = instructionView(file, SETTING, null);
  const opened = openInstructions(text, file.verifications);

  it('has the verdict on the instruction', () => {
    const told = fileDiagnostics(opened).map(({ span }) => span && text.source.text.slice(span.start, span.end));
    expect(told).toEqual(['r0 = *(u8 *)(r1 +0)']);
    const [fault] = faultsIn(text, file.verifications);
    expect(fault).toMatchObject({ severity: 'error', span: fileDiagnostics(opened)[0]?.span });
    expect(fault?.message).toMatch(/^invalid access to packet, off=0 size=1/);
  });

  it('has hovers with what the verifier knows', () => {
    const at = text.source.text.indexOf('(r1 +0)') + 1;
    expect(hoverAt(opened, at)?.markdown).toContain('**r1** before this line');
    expect(hoverAt(opened, at)?.markdown).toContain('pkt');
    expect(hoverAt(opened, text.source.text.indexOf('call bpf_') + 6)?.markdown).toContain('random');
  });

  it('has an outline', () => {
    expect(documentSymbols(opened.asm).map(({ name }) => name)).toEqual(['f']);
  });
});
