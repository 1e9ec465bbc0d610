// Serves VS Code for the Web with no server behind it, as vscode.dev does: extensions run only in the web worker
// extension host. The workbench is the one inside the code-server package; none of code-server runs.
import { once } from 'node:events';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fixture, root, settings, vscodeTools } from './vscode.mjs';

const build = path.join(vscodeTools, 'node_modules/code-server/lib/vscode');
const workbench = 'out/vs/code/browser/workbench/workbench.js';
const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.woff': 'font/woff',
};

/** code-server's workbench keeps settings on, and connects to, the server which its page came from. Here there is none. */
function withoutRemote(script) {
  const changes = [
    ['remoteAuthority:location.host', 'remoteAuthority:void 0'],
    [/(\.file\(this\.userDataPath\)\.with\(\{scheme:[\w$]+\.)vscodeRemote/, '$1vscodeUserData'],
  ];
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`This code-server's workbench is not as expected: no ${from} in it.`);
    return after;
  }, script);
}

/** The files of the workspace as { "/name": "base64" }. */
async function readFixture(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [`/ws/${path.relative(folder, file)}`, await readFile(file, 'base64')]),
    ),
  );
}

function page(host, testsPath) {
  const uri = (where) => ({ scheme: 'http', authority: host, path: where });
  const configuration = {
    folderUri: { scheme: 'fixture', path: '/ws' },
    productConfiguration: { enableTelemetry: false, extensionsGallery: undefined },
    webviewEndpoint: `http://${host}/static/out/vs/workbench/contrib/webview/browser/pre`,
    userDataPath: '/',
    isEnabledFileDownloads: true,
    isEnabledFileUploads: true,
    isEnabledCoderGettingStarted: false,
    configurationDefaults: settings,
    additionalBuiltinExtensions: [uri('/extension/test/vscode/support/fixtureFs')],
    developmentOptions: {
      extensions: [uri('/extension')],
      ...(testsPath && { extensionTestsPath: uri(`/extension/${testsPath}`) }),
    },
  };
  const data = JSON.stringify(configuration).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta id="vscode-workbench-web-configuration" data-settings="${data}">
<link rel="stylesheet" href="/static/out/vs/code/browser/workbench/workbench.css">
</head>
<body aria-label=""></body>
<script>globalThis._VSCODE_FILE_ROOT = location.origin + '/static/out/';</script>
<script src="/static/out/nls.messages.js"></script>
<script type="module" src="/static/${workbench}"></script>
</html>`;
}

/** @param {{ testsPath?: string }} [options] */
export async function startVSCodeWeb({ testsPath } = {}) {
  const files = JSON.stringify(await readFixture(fixture));
  const script = withoutRemote(await readFile(path.join(build, workbench), 'utf8'));
  const mounts = { '/static/': await realpath(build), '/extension/': root };

  /** What to send for a path: its type and body. */
  async function find(pathname, host) {
    if (pathname === '/') return ['text/html', page(host, testsPath)];
    if (pathname === '/fixture.json') return ['application/json', files];
    if (pathname === `/static/${workbench}`) return ['text/javascript', script];
    const [prefix, folder] = Object.entries(mounts).find(([start]) => pathname.startsWith(start)) ?? [];
    const file = path.join(folder ?? '', pathname.slice(prefix?.length));
    if (folder === undefined || !file.startsWith(folder)) return undefined;
    const type = types[path.extname(file)] ?? 'application/octet-stream';
    const body = await readFile(file).catch(() => undefined);
    if (body !== undefined) return [type, body];
    // The package leaves out the browser half of VS Code's own extensions; without this each reports its failure.
    if (/^\/static\/extensions\/.*\.js$/.test(pathname)) return [type, 'exports.activate = () => {};'];
    return undefined;
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    void find(decodeURIComponent(pathname), request.headers.host).then((found) => {
      const headers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };
      if (found === undefined) response.writeHead(404, headers).end();
      else response.writeHead(200, { ...headers, 'Content-Type': found[0] }).end(found[1]);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
