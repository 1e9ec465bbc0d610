import * as vscode from 'vscode';
import { likeness } from './files.ts';

/** Recordings that name the hooks their events were recorded at. */
export const HOOK_RECORDING = /\.jsonl(\.gz)?$/i;

/**
 * The workspace's recordings: those that fit first if it is known whether the program takes packets, of these the ones
 * named like the program, then those nearest to it.
 */
export async function findRecordings(program: string, packets: boolean | null = null): Promise<vscode.Uri[]> {
  const found = await findFiles(/\.(pcap|pcapng|cap|jsonl)(\.gz)?$/i);
  const fits = (uri: vscode.Uri): boolean => packets !== null && HOOK_RECORDING.test(uri.path) !== packets;
  const rank = (uri: vscode.Uri): number =>
    (fits(uri) ? 1_000_000 : 0) + likeness(uri.path, program) * 1000 + nearness(uri.path, program);
  return found
    .map((uri) => ({ uri, rank: rank(uri) }))
    .sort((one, other) => other.rank - one.rank || one.uri.path.localeCompare(other.uri.path))
    .map(({ uri }) => uri);
}

export async function findPrograms(): Promise<vscode.Uri[]> {
  const found = await findFiles(/\.(bpfasm|bpf\.s|ebpf|cbpf|bpf\.o|e?bpf\.c)$/i);
  return found.sort((one, other) => one.path.localeCompare(other.path));
}

const MOST_FILES = 500;
const MOST_FOLDERS = 1000;
const SKIPPED_FOLDERS = new Set(['node_modules', '.git']);

/**
 * Files of the workspace by name. VS Code's own search does not look into file systems that extensions bring (as in a
 * browser), so the folders are walked.
 */
async function findFiles(name: RegExp): Promise<vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  for (let next = 0; next < folders.length && next < MOST_FOLDERS && found.length < MOST_FILES; next++) {
    const folder = folders[next];
    if (folder === undefined) break;
    for (const [entry, type] of await readFolder(folder)) {
      const uri = vscode.Uri.joinPath(folder, entry);
      if ((type & vscode.FileType.Directory) !== 0) {
        if ((type & vscode.FileType.SymbolicLink) === 0 && !SKIPPED_FOLDERS.has(entry)) folders.push(uri);
      } else if (name.test(entry)) found.push(uri);
    }
  }
  return found;
}

async function readFolder(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch {
    return []; // a folder that cannot be read holds nothing to offer
  }
}

/** How near two files are: folders in common count for, further folders against. */
function nearness(one: string, other: string): number {
  const [first, second] = [one.split(/[\\/]/), other.split(/[\\/]/)];
  let depth = 0;
  while (depth < first.length - 1 && first[depth] === second[depth]) depth++;
  return 2 * depth - first.length;
}
