import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const KEY_ID = 'TESTKEYID';
const SECRET = 'test/secret+key';

/** What is to go wrong with the next request of a method. */
export interface Fault {
  readonly method: string;
  /** Answers with this status and an error. */
  readonly status?: number;
  /** Breaks the body off after so many bytes. */
  readonly cutAt?: number;
  /** Answers so much later. */
  readonly milliseconds?: number;
}

export interface S3StandIn {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Taken from the front as requests of their methods come. */
  readonly faults: Fault[];
  /** `METHOD key` of every request that was let in. */
  readonly requests: string[];
  /** Environment variables with which a client gets in. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[\w-]+\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=[0-9a-f]{64}$/;

/** So much of S3 as the client uses, for one bucket, on loopback. Signatures are looked at, not computed. */
export async function startS3({ bucket = 'runs', pageSize = 1000 } = {}): Promise<S3StandIn> {
  const objects = new Map<string, Buffer>();
  const faults: Fault[] = [];
  const requests: string[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const [, inBucket, ...parts] = decodeURIComponent(url.pathname).split('/');
    const key = parts.join('/');
    const index = faults.findIndex((fault) => fault.method === method);
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0];
    if (fault?.milliseconds) await sleep(fault.milliseconds);
    const [, keyId, signed = ''] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
    if (
      keyId === undefined ||
      !signed.includes('host') ||
      !/^\d{8}T\d{6}Z$/.test(String(headers['x-amz-date']))
    ) {
      return fail(response, 403, 'AccessDenied');
    }
    if (keyId !== KEY_ID) return fail(response, 403, 'InvalidAccessKeyId');
    if (inBucket !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (fault?.status) return fail(response, fault.status, 'InternalError');
    requests.push(`${method} ${key || `?${url.searchParams.get('prefix')}`}`);
    if (method === 'GET' && key === '') return list(response, url.searchParams);
    const found = objects.get(key);
    if (method === 'GET' && !found) return fail(response, 404, 'NoSuchKey');
    if (method === 'GET' && fault?.cutAt !== undefined) {
      response.writeHead(200, { 'content-length': found!.length });
      response.write(found!.subarray(0, fault.cutAt));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (method === 'GET') return void response.writeHead(200, { 'content-length': found!.length }).end(found);
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && found) return fail(response, 412, 'PreconditionFailed');
      objects.set(key, body);
      return void response.writeHead(200).end();
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    return fail(response, 405, 'MethodNotAllowed');
  };

  const list = (response: ServerResponse, query: URLSearchParams) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const page = keys.slice(from, from + pageSize);
    const isTruncated = from + pageSize < keys.length;
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>` +
          `${isTruncated ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : ''}` +
          `${page.map((key) => `<Contents><Key>${escapeXml(key)}</Key><Size>${objects.get(key)!.length}</Size></Contents>`).join('')}` +
          '</ListBucketResult>',
      );
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, objects, faults, requests },
    environment: { AWS_ENDPOINT_URL_S3: url, AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: SECRET },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} of the stand-in</Message></Error>`,
    );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
