import * as vscode from 'vscode';

/** A page for a webview: its script and style from dist/webview, no other content, and nothing from the network. */
export function webviewPage(webview: vscode.Webview, extensionUri: vscode.Uri, name: string, title: string): string {
  const nonce = crypto.randomUUID().replaceAll('-', '');
  const resource = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist/webview', file)).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.replaceAll(/[<>&"]/g, '')}</title>
<link rel="stylesheet" href="${resource(`${name}.css`)}">
</head>
<body><main id="root"></main><script nonce="${nonce}" src="${resource(`${name}.js`)}"></script></body>
</html>`;
}
