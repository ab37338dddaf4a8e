import { type FileHandle, open, stat } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { InvalidInputError, RunError } from '@mikt/core';
import type { ServedFile } from '@mikt/report';

const LOOPBACK = '127.0.0.1';
/** Names of this computer that a browser may have asked for; any port, for it may have been forwarded. */
const HOSTS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Pages that need more than their own text bring a policy of their own. */
const SECURITY = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export interface LocalServer {
  /** Address of the page, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws InvalidInputError where `--port` gives more than there are */
export function checkPort(port = 0): void {
  if (port > 65_535) throw new InvalidInputError(`--port takes a number up to 65535, got ${port}.`);
}

/**
 * Serves files to browsers of this computer, and nothing else: by exact path, on the loopback address, to whoever asked
 * for it by a name of this computer (a foreign page whose name leads here gets nothing).
 * @param files by path
 * @param port 0: one that is free
 * @param headers sent with every file, beside those of every server here
 * @throws InvalidInputError where the port is taken or may not be used
 */
export async function serveLocally(
  files: ReadonlyMap<string, ServedFile>,
  port = 0,
  headers: Readonly<Record<string, string>> = {},
): Promise<LocalServer> {
  const server = createServer((request, response) => {
    answer(files, { ...SECURITY, ...headers }, request, response).catch(() => response.destroy());
  });
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') {
        reject(
          new InvalidInputError(
            `port ${port} is taken; give another one, or leave --port out for a free one.`,
          ),
        );
      } else if (cause.code === 'EACCES') {
        reject(new InvalidInputError(`port ${port} may not be used; give one from 1024 to 65535.`));
      } else reject(new RunError(`the page cannot be served: ${cause.message}.`, { cause }));
    });
    server.listen(port, LOOPBACK, resolve);
  });
}

async function answer(
  files: ReadonlyMap<string, ServedFile>,
  always: Readonly<Record<string, string>>,
  { headers, method, url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, why: string) => {
    response.writeHead(status, { ...always, 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
  };
  if (!HOSTS.test(headers.host ?? ''))
    return refuse(403, 'This server answers to 127.0.0.1 and localhost only.');
  if (isPartOfAnotherSite(headers)) return refuse(403, 'This server gives nothing to pages of other sites.');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(405, 'This server only gives files.');
  }
  // As it was sent: what is not a path of the list, dots and percent signs included, is not there.
  const served = files.get(url.split('?')[0]!);
  if (!served) return refuse(404, 'There is no such file.');
  const type = {
    ...always,
    ...(served.policy === undefined ? {} : { 'content-security-policy': served.policy }),
    'content-type': served.type,
  };
  if ('text' in served) {
    const bytes = Buffer.from(served.text);
    response.writeHead(200, { ...type, 'content-length': bytes.length });
    response.end(method === 'HEAD' ? undefined : bytes);
    return;
  }
  const opened = await openFile(served.file);
  if (!opened) return refuse(404, 'The file is no longer there.');
  const { handle, size } = opened;
  response.writeHead(200, { ...type, 'content-length': size });
  try {
    if (method === 'HEAD' || size === 0) response.end();
    else await send(handle, size, response);
  } finally {
    await handle.close();
  }
}

/** What a browser says of a request that some other page makes, other than by a link that leads here. */
function isPartOfAnotherSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'] ?? 'none';
  return site !== 'none' && site !== 'same-origin' && headers['sec-fetch-mode'] !== 'navigate';
}

/** Opens a regular file, with its size at this moment; undefined where there is none. */
async function openFile(file: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  try {
    const found = await stat(file);
    // Opening a pipe would wait for its writer.
    return found.isFile() ? { handle: await open(file), size: found.size } : undefined;
  } catch {
    return undefined;
  }
}

/** Sends as many bytes as were announced, though the file may be a log that grows, or is cut, at this moment. */
async function send(handle: FileHandle, size: number, response: ServerResponse): Promise<void> {
  const stream = handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
  await pipeline(stream, response, { end: false });
  if (stream.bytesRead === size) response.end();
  else response.destroy();
}
