// Runs every suite and adds them up: npm test [-- suite …]. The last line is `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromiumPath, installChromium, installVSCode } from './setup.mjs';

const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'node_modules/.bin');
mkdirSync(path.join(root, 'out'), { recursive: true });

/** A command's exit status and everything it printed; it prints as it goes. */
function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        process.stdout.write(chunk);
      });
    child.on('error', (error) => resolve({ status: 127, output: String(error) }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

/** A check that either holds or does not: one test. */
const check =
  (command, ...args) =>
  async () => {
    const { status } = await run(command, args);
    return status === 0 ? counts(1, 0, 0) : counts(0, 1, 0);
  };

const counts = (passed, failed, skipped) => ({ passed, failed, skipped });

async function unit() {
  const file = path.join(root, 'out/unit.json');
  const { status } = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
  if (!existsSync(file)) return counts(0, 1, 0);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const failed = report.numFailedTests + (status !== 0 && report.numFailedTests === 0 ? 1 : 0);
  return counts(report.numPassedTests, failed, report.numPendingTests + (report.numTodoTests ?? 0));
}

/** The suites in test/vscode/suite, inside an extension host of a real VS Code. */
const extensionHost = (host) => async () => {
  if (!(await vscodeReady())) return counts(0, 0, 1);
  const { status, output } = await run('node', ['test/vscode/support/runIntegration.mjs', `--host=${host}`]);
  const number = (pattern) => Number(pattern.exec(output)?.[1] ?? 0);
  const [passed, failed, skipped] = [/(\d+) passing/, /(\d+) failing/, /(\d+) pending/].map(number);
  return counts(passed, status !== 0 && failed === 0 ? 1 : failed, skipped);
};

const WINDOW_TESTS = ['window', 'windowC', 'windowInstructions'].map((name) => `test/vscode/${name}.test.mjs`);

/** The packaged extension in a real VS Code, driven through its window. */
async function inWindow() {
  if (!(await vscodeReady())) return counts(0, 0, 1);
  const { status, output } = await run('node', [
    '--test',
    '--test-reporter=tap',
    '--test-concurrency=1',
    ...WINDOW_TESTS,
  ]);
  const number = (name) => Number(new RegExp(`^# ${name} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const failed = number('fail') + number('cancelled');
  return counts(number('pass'), status !== 0 && failed === 0 ? 1 : failed, number('skipped'));
}

let ready;

/** A VS Code and a browser to drive it with; what is missing is installed, or said. */
function vscodeReady() {
  ready ??= (async () => {
    await installVSCode();
    await installChromium();
    if (chromiumPath() !== null) return true;
    console.log('SKIPPED: no Chromium here and no way to install one. Set CHROMIUM to the path of a browser.');
    return false;
  })();
  return ready;
}

const suites = {
  format: check('prettier', '--check', '--log-level=warn', '.'),
  lint: check('oxlint', '--type-aware', '--deny-warnings'),
  types: check('tsc', '-b'),
  grammar: check('node', 'tools/grammar.mts', '--check'),
  unit,
  package: check('npm', 'run', '--silent', 'package'),
  build: check('node', 'esbuild.mjs', '--tests'),
  'extension host (Node)': extensionHost('remote'),
  'extension host (web worker)': extensionHost('web'),
  window: inWindow,
};

const wanted = process.argv.slice(2);
const results = [];
for (const [name, suite] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.some((word) => name.startsWith(word))) continue;
  console.log(`\n━━ ${name}`);
  const started = Date.now();
  const result = await suite().catch((error) => {
    console.error(error);
    return counts(0, 1, 0);
  });
  results.push({ name, ...result, seconds: (Date.now() - started) / 1000 });
}

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
console.log('');
for (const { name, passed, failed, skipped, seconds } of results)
  console.log(
    `${failed > 0 ? '✗' : '✓'} ${name.padEnd(30)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped ${seconds.toFixed(1).padStart(7)} s`,
  );
console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0;
