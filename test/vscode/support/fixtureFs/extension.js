// Test support: an in-memory file system for the scheme `fixture`, filled from /fixture.json at activation.
const vscode = require('vscode');

class FixtureFileSystem {
  #files = new Map();
  #directories = new Set(['/']);
  #changes = new vscode.EventEmitter();
  onDidChangeFile = this.#changes.event;

  constructor(files) {
    for (const [path, base64] of Object.entries(files))
      this.#put(
        path,
        Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
      );
  }

  #put(path, bytes) {
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1))
      this.#directories.add(path.slice(0, slash));
    this.#files.set(path, { bytes, mtime: Date.now() });
  }

  watch() {
    return { dispose() {} };
  }

  stat(uri) {
    const file = this.#files.get(uri.path);
    if (file) return { type: vscode.FileType.File, ctime: 0, mtime: file.mtime, size: file.bytes.length };
    if (this.#directories.has(uri.path)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    throw vscode.FileSystemError.FileNotFound(uri);
  }

  readDirectory(uri) {
    const parent = uri.path.endsWith('/') ? uri.path : `${uri.path}/`;
    const children = (paths, type) =>
      [...paths]
        .filter(
          (path) => path.startsWith(parent) && path.length > parent.length && !path.slice(parent.length).includes('/'),
        )
        .map((path) => [path.slice(parent.length), type]);
    return [
      ...children(this.#directories, vscode.FileType.Directory),
      ...children(this.#files.keys(), vscode.FileType.File),
    ];
  }

  readFile(uri) {
    const file = this.#files.get(uri.path);
    if (!file) throw vscode.FileSystemError.FileNotFound(uri);
    return file.bytes;
  }

  writeFile(uri, bytes) {
    const type = this.#files.has(uri.path) ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created;
    this.#put(uri.path, bytes);
    this.#changes.fire([{ type, uri }]);
  }

  createDirectory(uri) {
    this.#directories.add(uri.path);
  }

  delete(uri) {
    this.#files.delete(uri.path);
    this.#directories.delete(uri.path);
    this.#changes.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  rename(from, to) {
    this.writeFile(to, this.readFile(from));
    this.delete(from);
  }
}

exports.activate = async (context) => {
  const files = await (await fetch(new URL('/fixture.json', context.extensionUri.toString(true)))).json();
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider('fixture', new FixtureFileSystem(files)));
};
