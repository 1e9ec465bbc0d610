import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { parse } from '../../../server/src/c/parse/parse.ts';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';
import { CLANG_FOLDERS, readText } from '../../support/clang.ts';
import { kernelHeader } from '../../support/kernelBtf.ts';

/** Headers that everybody uses have no error of syntax, neither at first sight nor in what is read on demand. */

/** Messages of the main file and its includes, and how many declarations are in them. */
function read(path: string, text: string): { readonly messages: readonly string[]; readonly declarations: number } {
  const folders = ['/usr/include/x86_64-linux-gnu', ...CLANG_FOLDERS];
  const includes = searchFolders(
    folders.map((folder) => ({ path: folder, system: true, quotedOnly: false })),
    readText,
  );
  const defines = [{ name: '__TARGET_ARCH_x86', value: '1' }];
  const { tokens, places } = preprocess({ path, text, includes, options: { cpu: 3, defines } });
  const { unit, problems } = parse(tokens, places);
  let declarations = unit.externals.length;
  for (let number = 0; unit.headers.read(number) !== null; number++) {
    const one = unit.headers.read(number);
    if (one?.kind === 'function') void one.body.items;
    if (one?.kind === 'declaration' && one.specifiers.type.kind === 'record') void one.specifiers.type.members;
    declarations++;
  }
  return { messages: problems.list.map(({ message }) => message), declarations };
}

const FOLDER = '/usr/include/bpf';
const headers = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => /bpf_|usdt/.test(name)) : [];
if (headers.length === 0) console.warn('SKIPPED: there are no headers of libbpf to read');

describe.skipIf(headers.length === 0)('libbpf’s headers', () => {
  it.each(headers)('%s', (name) => {
    const first = '#include <stdbool.h>\n#include <linux/bpf.h>\n';
    expect(read('main.c', `${first}#include <bpf/bpf_helpers.h>\n#include <bpf/${name}>\n`)).toMatchObject({
      messages: [],
    });
  });
});

const vmlinux = kernelHeader();
if (vmlinux === null) console.warn('SKIPPED: there is no bpftool or no kernel with types to read a vmlinux.h of');

describe.skipIf(vmlinux === null)('vmlinux.h', () => {
  it('is read without errors, as the main file and as a header', () => {
    const text = vmlinux ?? '';
    const whole = read('vmlinux.h', text);
    expect(whole.messages).toEqual([]);
    expect(whole.declarations).toBeGreaterThan(10_000);
  });
});
