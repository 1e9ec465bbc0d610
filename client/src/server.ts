/** The language server as the client's features ask it. */
export interface LanguageServer {
  ask<T>(request: string, params: object): Promise<T>;
  onNotification(notification: string, listener: (params: { readonly uri: string }) => void): void;
}
