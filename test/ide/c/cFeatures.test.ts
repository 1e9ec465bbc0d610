import { describe, expect, it } from 'vitest';
import { NO_FLAGS } from '../../../server/src/c/compileFlags.ts';
import { openC, verifyC, type CFile, type CSetting } from '../../../server/src/ide/c/cFile.ts';
import { cCompletionsAt } from '../../../server/src/ide/c/completion.ts';
import { cDefinitionAt, cOccurrencesAt } from '../../../server/src/ide/c/definition.ts';
import { cDiagnostics } from '../../../server/src/ide/c/diagnostics.ts';
import { cHoverAt } from '../../../server/src/ide/c/hover.ts';
import { cSymbols } from '../../../server/src/ide/c/symbols.ts';
import { VERIFY_DEFAULTS } from '../../../server/src/verifier/verify.ts';

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux 6.18',
}; // prettier-ignore

/** Opens a source with cursors `$0`; the text behind them is what is asked about. */
function opened(marked: string): { readonly file: CFile; readonly offset: number } {
  const offset = marked.indexOf('$0');
  return { file: openC('a.bpf.c', marked.replace('$0', ''), SETTING, null), offset };
}

/** What is told about a source, each with the text that is underlined. */
function checkSource(text: string): string[] {
  const { file } = opened(text);
  const job = verifyC(file, VERIFY_DEFAULTS);
  while (!job.advance(1_000_000));
  return cDiagnostics(file).map(
    ({ span, code, message }) =>
      `${code} '${span === null ? '' : file.source.text.slice(span.start, span.end)}' ${message.split('\n')[0]}`,
  );
}

function hoverText(marked: string): string {
  const { file, offset } = opened(marked);
  return cHoverAt(file, offset)?.markdown ?? '';
}

function labels(marked: string): string[] {
  const { file, offset } = opened(marked);
  return cCompletionsAt(file, offset, SETTING).map(({ label }) => label);
}

const HEAD = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n';
const program = (body: string): string =>
  `${HEAD}SEC("xdp") int f(struct xdp_md *ctx) {\n${body}\n}\nchar l[] SEC("license") = "GPL";\n`;

describe('the verdict on C', () => {
  it('stands on the expression at fault', () => {
    expect(
      checkSource(
        program(`  void *data = (void *)(long)ctx->data;
  return *(char *)data;`),
      ),
    ).toEqual([expect.stringMatching(/^packet-access-out-of-bounds '\*\(char \*\)data' invalid access to packet/)]);
  });

  it.each(['file:///ws/a.bpf.c', 'C:\\ws\\a.bpf.c', './a.bpf.c'])(
    'stands there whatever the path is like: %s',
    (path) => {
      const file = openC(path, program('  return *(char *)(long)ctx->data;'), SETTING, null);
      const job = verifyC(file, VERIFY_DEFAULTS);
      while (!job.advance(1_000_000));
      const [found] = cDiagnostics(file);
      expect(found?.span && file.source.text.slice(found.span.start, found.span.end)).toBe('*(char *)(long)ctx->data');
    },
  );

  it('is silent about a good program', () => {
    expect(checkSource(program('  return XDP_PASS;'))).toEqual([]);
  });

  it('waits for the compiler’s errors to go', () => {
    expect(checkSource(program('  return nothing;'))).toEqual([
      "c-undeclared 'nothing' use of undeclared identifier 'nothing'",
    ]);
  });
});

describe('the path to a rejection', () => {
  it('speaks of variables and lines', () => {
    const { file } = opened(
      program(`  void *data = (void *)(long)ctx->data;
  void *end = (void *)(long)ctx->data_end;
  if (data + 4 > end)
    return XDP_DROP;
  return *(int *)(data + 2);`),
    );
    const job = verifyC(file, VERIFY_DEFAULTS);
    while (!job.advance(1_000_000));
    const [found] = cDiagnostics(file);
    expect(found?.message).toContain('leave when `data + bytes > data_end`');
    expect(found?.related.map(({ message }) => message)).toEqual([
      '1. `data` is loaded here from the context',
      '2. from here the path goes on in line 8',
      expect.stringMatching(/^3\. here `?data`? is a pointer into the packet|^3\. here/),
    ]);
  });
});

describe('hover in C', () => {
  it('tells members with what the kernel says of them', () => {
    expect(hoverText(program('  return ctx->rx_queue$0_index;'))).toContain(
      'Receive queue the packet came in through.',
    );
  });

  it('tells helpers', () => {
    expect(hoverText(program('  return bpf_ktime$0_get_ns();'))).toContain('nanoseconds since boot');
  });

  it('tells what a macro becomes', () => {
    expect(hoverText(`#define TWICE(x) ((x) * 2)\n${program('  return TWI$0CE(ctx->data);')}`)).toContain(
      '((ctx->data) * 2)',
    );
  });

  it('tells variables and types of expressions', () => {
    expect(hoverText(program('  unsigned long si$0ze = 3;\n  return size;'))).toContain('unsigned long size');
    expect(hoverText(program('  long a = 1;\n  return (a +$0 2);'))).toContain('long');
  });

  it('tells what programs of a section are', () => {
    expect(hoverText(`${HEAD}SEC("x$0dp") int f(struct xdp_md *ctx) { return 0; }`)).toContain('Program type `xdp`');
  });
});

describe('definitions in C', () => {
  it('are found in the file and in headers', () => {
    const inFile = opened(program('  int twice = 1;\n  return twi$0ce;'));
    const here = cDefinitionAt(inFile.file, inFile.offset);
    expect(here?.text.slice(here.span.start, here.span.end)).toBe('twice');
    const inHeader = opened(program('  return ctx->da$0ta;'));
    expect(cDefinitionAt(inHeader.file, inHeader.offset)?.path).toBe('ebpf-headers://bundled/linux/bpf.h');
    const macro = opened(program('  return 0;\n}\nSE$0C("tc") int g(void *c) { return 0;'));
    expect(cDefinitionAt(macro.file, macro.offset)?.path).toBe('ebpf-headers://bundled/bpf/bpf_helpers.h');
  });

  it('have all their uses', () => {
    const { file, offset } = opened(program('  int n$0 = 1;\n  { int n = 2; n++; }\n  return n;'));
    expect(cOccurrencesAt(file, offset).length).toBe(2);
  });
});

describe('completion in C', () => {
  it('offers members, also while the statement is not finished', () => {
    expect(labels(program('  return ctx->$0;'))).toContain('ingress_ifindex');
    expect(labels(program('  int x = ctx->da$0'))).toContain('data_end');
    expect(labels(program('  struct { struct { int deep; } a[2]; } s;\n  s.a[1].$0'))).toEqual(['deep']);
  });

  it('offers names, helpers, macros and sections', () => {
    const names = labels(program('  int counter = 0;\n  return cou$0'));
    expect(names).toContain('counter');
    expect(labels(program('  return bpf_map_loo$0'))).toContain('bpf_map_lookup_elem');
    expect(labels(program('  return XDP_$0'))).toContain('XDP_DROP');
    expect(labels(`${HEAD}SEC("x$0") int f(void *c) { return 0; }`)).toContain('xdp');
    expect(labels(program('  // ctx->$0'))).toEqual([]);
  });
});

describe('the outline of C', () => {
  it('holds programs, functions, maps and data', () => {
    const { file } =
      opened(`${HEAD}struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, int); __uint(max_entries, 1); } m SEC(".maps");
int counter;
static int g(int x) { return x; }
SEC("xdp") int f(struct xdp_md *ctx) { return g(counter); }`);
    expect(cSymbols(file).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'map m',
      'data counter',
      'function g',
      'program f',
    ]);
  });
});
