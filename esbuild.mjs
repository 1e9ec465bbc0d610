// node esbuild.mjs [--production] [--watch] [--tests]
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';

const production = process.argv.includes('--production');
const tests = process.argv.includes('--tests');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * Another one whenever a source of the server is: what one build keeps on disk, another one does not read. None while sources
 * are being changed: then nothing is kept.
 */
function buildName() {
  if (process.argv.includes('--watch')) return null;
  const sources = readdirSync('server/src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const hash = createHash('sha256').update(version);
  for (const name of sources.sort()) hash.update(`\0${name}\0`).update(readFileSync(path.join('server/src', name)));
  return hash.digest('hex');
}

/** @type {esbuild.BuildOptions} */
const shared = {
  bundle: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  external: ['vscode'],
  logLevel: 'warning',
};

/** VS Code 1.100 runs extensions on Node 20. */
const node = {
  ...shared,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { EBPF_WORKBENCH_VERSION: JSON.stringify(version), EBPF_WORKBENCH_BUILD: JSON.stringify(buildName()) },
};

/** In the browser both the extension and its workers are web workers: a Node module in sight fails the build. */
const web = {
  ...shared,
  platform: 'browser',
  target: 'es2022',
  mainFields: ['browser', 'module', 'main'],
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  alias: { url: './tools/url-stub.mjs' },
};

const testBuilds = [
  {
    ...node,
    external: ['vscode', 'mocha'],
    entryPoints: { index: 'test/vscode/node.ts' },
    outdir: 'out/test/node',
  },
  // mocha.js must set globals here: with a `module` in sight it would replace this bundle's own exports.
  {
    ...web,
    define: { ...web.define, module: 'undefined' },
    format: 'cjs',
    entryPoints: { index: 'test/vscode/browser.ts' },
    outdir: 'out/test/web',
  },
];

const server = 'server/src';
const productBuilds = [
  {
    ...node,
    entryPoints: {
      extension: 'client/src/node/extension.ts',
      server: `${server}/node/languageServer.ts`,
      worker: `${server}/node/worker.ts`,
    },
    outdir: 'dist',
  },
  {
    ...node,
    banner: { js: '#!/usr/bin/env node' },
    entryPoints: { cli: `${server}/node/cli.ts` },
    outdir: 'dist',
  },
  { ...web, format: 'cjs', entryPoints: { extension: 'client/src/browser/extension.ts' }, outdir: 'dist/web' },
  {
    ...web,
    format: 'iife',
    entryPoints: { server: `${server}/browser/languageServer.ts`, worker: `${server}/browser/worker.ts` },
    outdir: 'dist/web',
  },
  {
    ...web,
    format: 'iife',
    entryPoints: ['client/src/webview/result.ts', 'client/src/webview/result.css'],
    outdir: 'dist/webview',
  },
];

rmSync(tests ? 'out/test' : 'dist', { recursive: true, force: true });
const builds = tests ? testBuilds : productBuilds;
if (process.argv.includes('--watch')) {
  for (const options of builds) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
} else {
  await Promise.all(builds.map((options) => esbuild.build(options)));
}
