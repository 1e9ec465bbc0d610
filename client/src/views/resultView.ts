import * as vscode from 'vscode';
import type { RunReport } from '../../../server/src/lsp/protocol.ts';
import { configurationFor } from '../debug/configuration.ts';
import { messageOf, uriOf } from '../files.ts';
import type { DetailQuestion, RowsQuestion, RunWorker } from '../runWorker.ts';
import { webviewPage } from './webviewPage.ts';

/** What the page asks of the extension. */
type PageMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly question: RowsQuestion | DetailQuestion; readonly token: number }
  | { readonly kind: 'reveal'; readonly path: string; readonly line: number }
  | { readonly kind: 'debug'; readonly index: number; readonly program: string | null };

/** Shows a finished run beside the program. The worker holds the events; the page asks for those it draws. */
export function showResult(context: vscode.ExtensionContext, worker: RunWorker, report: RunReport): void {
  const title = report.programs.length > 1 ? `${report.programs.length} programs` : report.program.name;
  const panel = vscode.window.createWebviewPanel(
    'ebpf.result',
    `Run: ${title}`,
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    {
      enableScripts: true,
      retainContextWhenHidden: true,
      localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist/webview')],
    },
  );
  panel.onDidDispose(() => worker.dispose());
  panel.webview.onDidReceiveMessage((message: PageMessage) => {
    handle(message, panel, worker, report).catch((error: unknown) => {
      void vscode.window.showErrorMessage(messageOf(error));
    });
  });
  panel.webview.html = webviewPage(panel.webview, context.extensionUri, 'result', `Run of ${title}`);
}

async function handle(
  message: PageMessage,
  panel: vscode.WebviewPanel,
  worker: RunWorker,
  report: RunReport,
): Promise<void> {
  switch (message.kind) {
    case 'ready':
      await panel.webview.postMessage({ kind: 'report', report });
      break;
    case 'ask':
      await panel.webview.postMessage({
        kind: 'answer',
        token: message.token,
        answer: await worker.ask(message.question),
      });
      break;
    case 'reveal':
      await reveal(message.path, message.line);
      break;
    case 'debug':
      await debugEvent(report, message.index, message.program);
      break;
  }
}

async function reveal(path: string, line: number): Promise<void> {
  const position = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(uriOf(path), {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(position, position),
  });
}

async function debugEvent(report: RunReport, index: number, entry: string | null): Promise<void> {
  const program = uriOf(report.path);
  const configuration = await configurationFor(program, {
    entry: entry ?? report.program.name,
    events: report.events,
    startAt: index + 1,
  });
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(program), configuration);
}
