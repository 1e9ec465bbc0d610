import { assert } from 'chai';
import * as vscode from 'vscode';
import { nextDiagnostics } from '../nextDiagnostics.ts';
import { openFile } from '../workspace.ts';

export default function (): void {
  describe('inline verifier diagnostics', () => {
    it('stand on the line where the kernel stops, with the path that leads there', async () => {
      const { document } = await openFile('unchecked.bpfasm');
      const found = await nextDiagnostics(document.uri, (all) => all.length > 0);
      assert.equal(found.length, 1);
      const [diagnostic] = found;
      assert.match(diagnostic?.message ?? '', /^invalid access to packet, off=23 size=1/);
      assert.equal(document.getText(diagnostic?.range), 'r5 = *(u8 *)(r2 + 23)');
      assert.isNotEmpty(diagnostic?.relatedInformation);
    });

    it('go away once the access is guarded, and come back', async () => {
      const editor = await openFile('unchecked.bpfasm');
      const { uri } = editor.document;
      await nextDiagnostics(uri, (all) => all.length > 0);
      const line = editor.document
        .getText()
        .split('\n')
        .findIndex((text) => text.includes('r2 + 23'));
      await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), '    if r4 > r3 goto pass\n'));
      await nextDiagnostics(uri, (all) => all.length === 0);
      await vscode.commands.executeCommand('undo');
      await nextDiagnostics(uri, (all) => all.length === 1);
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });
  });

  describe('language features', () => {
    it('hover shows what the verifier knows of a register', async () => {
      const { document } = await openFile('filter.bpfasm');
      const offset = document.getText().indexOf('r2 + 12');
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        document.positionAt(offset),
      );
      const text = hovers
        .flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value))
        .join('\n');
      assert.include(text, 'pkt(r=34)');
    });

    it('a label leads to its line', async () => {
      const { document } = await openFile('filter.bpfasm');
      const offset = document.getText().indexOf('goto out') + 5;
      const [definition] = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        document.positionAt(offset),
      );
      assert.equal(document.lineAt(definition?.range.start.line ?? 0).text, 'out:');
    });
  });
}
