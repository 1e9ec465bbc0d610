import * as vscode from 'vscode';
import { likeness, RECORDING_GLOB } from './files.ts';

/** The workspace's recordings: those named like the program first, then those nearest to it. */
export async function findRecordings(program: string): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(RECORDING_GLOB, '**/node_modules/**', 200);
  const rank = (uri: vscode.Uri): number => likeness(uri.path, program) * 1000 + commonFolder(uri.path, program);
  return found
    .map((uri) => ({ uri, rank: rank(uri) }))
    .sort((one, other) => other.rank - one.rank || one.uri.path.localeCompare(other.uri.path))
    .map(({ uri }) => uri);
}

function commonFolder(one: string, other: string): number {
  const [first, second] = [one.split(/[\\/]/), other.split(/[\\/]/)];
  let depth = 0;
  while (depth < first.length - 1 && first[depth] === second[depth]) depth++;
  return depth;
}
