import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Who may import what: docs/architecture.md shows the same table. A folder may always import itself and base. */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  isa: [],
  btf: [],
  kernel: ['isa', 'btf'],
  program: ['isa', 'btf', 'kernel'],
  core: ['isa', 'btf', 'program'],
  asm: ['isa', 'btf', 'kernel', 'program'],
  c: ['isa', 'btf', 'kernel', 'program', 'core', 'asm', 'elf'],
  elf: ['isa', 'btf', 'kernel', 'program', 'core'],
  verifier: ['isa', 'btf', 'kernel', 'program', 'core'],
  vm: ['isa', 'btf', 'kernel', 'program'],
  jit: ['isa', 'btf', 'kernel', 'program', 'vm', 'verifier'],
  events: ['kernel'],
  run: ['isa', 'btf', 'kernel', 'program', 'verifier', 'vm', 'jit', 'events'],
  debugger: ['isa', 'btf', 'kernel', 'program', 'asm', 'c', 'elf', 'verifier', 'vm', 'jit', 'events', 'run'],
  ide: ['isa', 'btf', 'kernel', 'program', 'core', 'asm', 'c', 'elf', 'verifier'],
  lsp: ['isa', 'kernel', 'program', 'core', 'asm', 'c', 'elf', 'verifier', 'ide', 'run', 'events', 'vm'],
  dap: ['debugger', 'ide', 'events', 'program', 'verifier'],
  cli: ['isa', 'btf', 'kernel', 'program', 'core', 'asm', 'c', 'elf', 'verifier', 'vm', 'jit', 'events', 'run', 'ide'],
  node: ['lsp', 'dap', 'cli'],
  browser: ['lsp', 'dap'],
};

const forbiddenInCore = /^(node:|vscode|fs$|path$)/;

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => path.join(folder, name));
}

function importsOf(file: string, folder: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s(?:[^'";=]*?\sfrom\s)?['"]([^'"]+)['"];?$/gm)].map((match) => ({
    file,
    folder,
    target: match[1] ?? '',
  }));
}

const serverImports = sources('server/src').flatMap((file) => importsOf(file, file.split(path.sep)[2] ?? ''));

describe('the dependency table', () => {
  it('is obeyed by every folder of the server', () => {
    const offences = serverImports.filter(({ file, folder, target }) => {
      if (!target.startsWith('.')) return false;
      const other = path.relative(path.join(root, 'server/src'), path.resolve(root, path.dirname(file), target));
      const otherFolder = other.split(path.sep)[0] ?? '';
      return otherFolder !== folder && otherFolder !== 'base' && !mayImport[folder]?.includes(otherFolder);
    });
    expect(offences).toEqual([]);
  });

  it('knows every folder', () => {
    expect(serverImports.map(({ folder }) => folder).filter((folder) => !(folder in mayImport))).toEqual([]);
  });

  it('keeps input and output out of the core', () => {
    const adapters = new Set(['lsp', 'dap', 'cli', 'node', 'browser']);
    const offences = serverImports.filter(
      ({ folder, target }) => !adapters.has(folder) && (forbiddenInCore.test(target) || !target.startsWith('.')),
    );
    expect(offences).toEqual([]);
  });

  it('keeps Node out of everything but node/', () => {
    const offences = serverImports.filter(({ folder, target }) => folder !== 'node' && target.startsWith('node:'));
    expect(offences).toEqual([]);
  });

  it('lets the client know only the protocol', () => {
    const offences = sources('client/src')
      .flatMap((file) => importsOf(file, 'client'))
      .filter(({ target }) => target.includes('server/') && !target.endsWith('server/src/lsp/protocol.ts'));
    expect(offences).toEqual([]);
  });

  it('has no file that only passes on another', () => {
    expect(serverImports.filter(({ file }) => /^export \*/m.test(readFileSync(path.join(root, file), 'utf8')))).toEqual(
      [],
    );
  });
});
