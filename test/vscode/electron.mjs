// Runs test/vscode/suite in a desktop VS Code: npm run electron. It is downloaded, so this needs the network; machines
// without it run the same suites by `npm test -- extension`.
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root } from './support/vscode.mjs';

await runTests({
  extensionDevelopmentPath: root,
  extensionTestsPath: path.join(root, 'out/test/node/index.js'),
  launchArgs: [path.join(root, 'test/vscode/workspace'), '--disable-extensions', '--disable-workspace-trust'],
});
