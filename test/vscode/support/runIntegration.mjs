// Runs test/vscode/suite inside a real extension host and exits with its result.
//   node test/vscode/support/runIntegration.mjs --host=remote   Node.js extension host
//   node test/vscode/support/runIntegration.mjs --host=web      web worker extension host
import path from 'node:path';
import { format, parseArgs } from 'node:util';
import { root, startBrowser, startVSCode } from './vscode.mjs';
import { startVSCodeWeb } from './vscodeWeb.mjs';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: 'remote' },
    timeout: { type: 'string', default: '60' },
    verbose: { type: 'boolean', default: false },
  },
});
/** What test/vscode/report.ts puts before each line of mocha's report. */
const mark = '[mocha] ';

const vscode =
  values.host === 'web' ? await startVSCodeWeb({ testsPath: 'out/test/web/index.js' }) : await startVSCode();
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
let code = 1;
try {
  /** @type {PromiseWithResolvers<number>} */
  const finished = Promise.withResolvers();
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    const text = format(...args);
    if (text.startsWith(mark)) console.log(text.slice(mark.length));
    else if (values.verbose) console.log(`[vscode ${type}] ${text}`);
  });
  await page.exposeFunction('codeAutomationExit', (exitCode) => finished.resolve(exitCode));
  if (values.verbose) page.on('console', (message) => console.log('[browser]', message.text()));
  if (values.verbose)
    page.on('response', (response) => response.ok() || console.log('[http]', response.status(), response.url()));
  page.on('pageerror', (error) => console.log('[browser]', error.message));

  if (values.host === 'web') {
    await page.goto(vscode.url);
  } else {
    const uri = (file) => `vscode-remote://${new URL(vscode.url).host}${path.join(root, file)}`;
    const payload = [
      ['extensionDevelopmentPath', uri('')],
      ['extensionTestsPath', uri('out/test/node/index.js')],
    ];
    await page.goto(
      `${vscode.url}/?${new URLSearchParams({ folder: vscode.workspace, payload: JSON.stringify(payload) })}`,
    );
  }

  const timeout = setTimeout(
    () => finished.reject(new Error(`No result after ${values.timeout} s`)),
    Number(values.timeout) * 1000,
  );
  code = await finished.promise.finally(() => clearTimeout(timeout));
} catch (error) {
  console.error(error);
  await page.screenshot({ path: path.join(root, `out/integration-${values.host}.png`) });
  console.error(`See out/integration-${values.host}.png`);
} finally {
  await browser.close();
  await vscode.stop();
}
console.log(`Extension host tests (${values.host}): ${code === 0 ? 'passed' : `failed (${code})`}`);
process.exit(code);
