// Writes the generated blocks of docs/ and the schema of world files from the tables that the program itself uses: node tools/docs.mts [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { blockOf } from './docs/blocks.mts';
import { worldSchema } from './docs/world.mts';

const root = path.resolve(import.meta.dirname, '..');
const PAGES = [
  'diagnostics',
  'assembly',
  'classic',
  'support',
  'cli',
  'debugging',
  'world',
  'events',
  'contexts',
  'kernels',
];
const SCHEMA = 'schemas/bpfworld.schema.json';

const BLOCK = /<!-- generated: (.+?) -->\n[^]*?<!-- end -->/g;

/** The pages whose text would change, with the text they should have. */
export async function stalePages(): Promise<ReadonlyMap<string, string>> {
  const stale = new Map<string, string>();
  for (const page of PAGES) {
    const file = `docs/${page}.md`;
    const before = readFileSync(path.join(root, file), 'utf8');
    const after = await rewritten(before);
    if (after !== before) stale.set(file, after);
  }
  const schema = await format(JSON.stringify(worldSchema()), { parser: 'json', printWidth: 120 });
  if (readIfThere(SCHEMA) !== schema) stale.set(SCHEMA, schema);
  return stale;
}

function readIfThere(file: string): string {
  const whole = path.join(root, file);
  return existsSync(whole) ? readFileSync(whole, 'utf8') : '';
}

async function rewritten(text: string): Promise<string> {
  const names = [...text.matchAll(BLOCK)].map(([, name = '']) => name);
  const blocks = new Map<string, string>();
  for (const name of names) blocks.set(name, await blockOf(name, root));
  const written = text.replace(
    BLOCK,
    (_, name: string) => `<!-- generated: ${name} -->\n\n${blocks.get(name) ?? ''}\n\n<!-- end -->`,
  );
  return format(written, { parser: 'markdown', printWidth: 120, singleQuote: true, trailingComma: 'all' });
}

if (process.argv[1] === import.meta.filename) {
  const stale = await stalePages();
  const check = process.argv.includes('--check');
  for (const [file, text] of stale) {
    if (check) console.error(`${file} is not up to date: run node tools/docs.mts`);
    else writeFileSync(path.join(root, file), text);
  }
  process.exitCode = check && stale.size > 0 ? 1 : 0;
}
