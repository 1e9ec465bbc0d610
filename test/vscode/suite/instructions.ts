import { assert } from 'chai';
import * as vscode from 'vscode';
import { nextDiagnostics } from '../nextDiagnostics.ts';
import { until } from '../until.ts';
import { openFile } from '../workspace.ts';

/** The editor with the instructions of the source in the active editor, opened by the command. */
async function showInstructions(): Promise<vscode.TextEditor> {
  await vscode.commands.executeCommand('ebpf.showInstructions');
  const found = vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'ebpf-instructions');
  if (found === undefined) throw new Error('no instructions are shown');
  return found;
}

function changed(document: vscode.TextDocument): Promise<string> {
  return until(vscode.workspace.onDidChangeTextDocument, (event) =>
    event.document === document ? document.getText() : undefined,
  );
}

export default function (): void {
  describe('the instructions of a program in C', () => {
    afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

    it('open beside the source, as assembly, and leave the cursor where it is', async () => {
      const source = await openFile('flows.bpf.c');
      const { document, viewColumn } = await showInstructions();
      assert.equal(document.languageId, 'ebpf-asm');
      assert.notEqual(viewColumn, source.viewColumn);
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), source.document.uri.toString());
      const lines = document.getText().split('\n');
      assert.match(lines[0] ?? '', /^; Instructions of flows\.bpf\.c: optimised build, -mcpu=v3/);
      assert.include(lines, 'drop_udp:');
      assert.include(lines, '; 33  void *data = (void *)(long)ctx->data;');
      assert.include(lines.join('\n'), 'call bpf_map_lookup_elem#1');
    });

    it('open once', async () => {
      await openFile('flows.bpf.c');
      await showInstructions();
      await vscode.commands.executeCommand('ebpf.showInstructions');
      const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
      assert.lengthOf(tabs, 2);
    });

    it('follow the source, and say when they are from before its errors', async () => {
      const editor = await openFile('flows.bpf.c');
      const source = editor.document;
      const { document } = await showInstructions();
      assert.notInclude(document.getText(), 'w0 = 3');
      const at = source.positionAt(source.getText().indexOf('XDP_PASS;'));
      const first = changed(document);
      await editor.edit((one) => one.replace(new vscode.Range(at, at.translate(0, 8)), 'XDP_TX'));
      assert.include(await first, 'w0 = 3');
      const second = changed(document);
      await editor.edit((one) => one.insert(at, '+++('));
      assert.match(await second, /^; flows\.bpf\.c has errors: these are the instructions from before/);
      assert.include(document.getText(), 'w0 = 3');
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });

    it('have hovers and an outline, and no problems of their own', async () => {
      const source = await openFile('unchecked.bpf.c');
      await nextDiagnostics(source.document.uri, (all) => all.length > 0);
      const { document } = await showInstructions();
      const at = document.positionAt(document.getText().indexOf('= *(u8 *)') + 2);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        at,
      );
      assert.include(
        hovers.flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value)).join(),
        'Loads 1 byte',
      );
      const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      );
      assert.isNotEmpty(symbols);
      assert.isEmpty(vscode.languages.getDiagnostics(document.uri));
    });
  });
}
