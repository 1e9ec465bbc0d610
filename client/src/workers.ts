/** A worker of the engine, whichever platform runs it. */
export interface EngineWorker {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The worker ended by itself, with an error that it did not report. */
  onFailure(listener: (message: string) => void): void;
  /** Ends it at once, even in the middle of an endless loop. */
  terminate(): void;
}

/** What differs between the desktop and the browser. */
export interface Platform {
  startWorker(): Promise<EngineWorker>;
}
