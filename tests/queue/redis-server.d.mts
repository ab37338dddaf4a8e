export interface RedisServer {
  readonly port: number;
  /** With its password. */
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  cli(...args: string[]): string;
  stop(): Promise<void>;
}

export function findRedis(): string | undefined;
export function startRedis(options?: { password?: string }): Promise<RedisServer>;
