import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { InvalidInputError } from '@mikt/core';
import { eachOf, type Store, StoreError } from './store.js';

/** Of each request; a body that breaks off is asked for again as often. */
const ATTEMPTS = 4;
const CONNECT_MILLISECONDS = 5000;
const SILENCE_MILLISECONDS = 30_000;

type S3Module = typeof import('@aws-sdk/client-s3');

/**
 * A bucket, or a part of one, of Amazon S3 or anything that speaks its protocol. Endpoint, region and credentials are
 * those that Amazon's tools take: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, profiles, roles of machines.
 */
export class S3Store implements Store {
  readonly location: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #s3: S3Module;
  readonly #client: S3Client;

  /**
   * @param location `s3://bucket` or `s3://bucket/prefix`
   * @throws InvalidInputError where it is none, or the client's package is not installed
   */
  static async open(location: string): Promise<S3Store> {
    const [, bucket, prefix] =
      /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/.exec(location) ?? [];
    if (bucket === undefined) {
      throw new InvalidInputError(`a store is a folder or s3://bucket/prefix, got ${location}.`);
    }
    let s3: S3Module;
    // Which versions of Node.js will do is for mikt to say; seven lines about it on every start help nobody.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    try {
      s3 = await import('@aws-sdk/client-s3');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
      throw new InvalidInputError(
        `${location} needs the package @aws-sdk/client-s3; install it with npm install @aws-sdk/client-s3.`,
        { cause },
      );
    }
    return new S3Store(bucket, prefix ?? '', s3);
  }

  private constructor(bucket: string, prefix: string, s3: S3Module) {
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    const endpoint = AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL;
    const region = AWS_REGION || AWS_DEFAULT_REGION || (endpoint ? 'us-east-1' : undefined);
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.#s3 = s3;
    this.#client = new s3.S3Client({
      ...(region === undefined ? {} : { region }),
      // Other stores than Amazon's rarely have a name for each bucket, and not all know its newer checksums. Every
      // object that is got is checked against a SHA-256 of our own.
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_MILLISECONDS,
        requestTimeout: SILENCE_MILLISECONDS,
        socketTimeout: SILENCE_MILLISECONDS,
        throwOnRequestTimeout: true,
      },
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask(key, () =>
      this.#client.send(new this.#s3.PutObjectCommand({ ...this.#object(key), Body: bytes })),
    );
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const command = new this.#s3.PutObjectCommand({ ...this.#object(key), Body: bytes, IfNoneMatch: '*' });
    return this.#ask(key, async () => {
      try {
        await this.#client.send(command);
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412 || status === 409) return false;
        // A store that knows no condition.
        if (status !== 501) throw error;
        if ((await this.get(key)) !== undefined) return false;
        await this.put(key, bytes);
        return true;
      }
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(key, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          const { Body, ContentLength } = await this.#client.send(
            new this.#s3.GetObjectCommand(this.#object(key)),
          );
          const bytes = await Body!.transformToByteArray();
          if (ContentLength === undefined || bytes.length === ContentLength) return bytes;
          throw new Error(`the answer broke off after ${bytes.length} of ${ContentLength} bytes`);
        } catch (error) {
          if ((error as Error).name === 'NoSuchKey') return undefined;
          // The client repeats requests, but not for a body that breaks off.
          if (attempt === ATTEMPTS || statusOf(error) !== undefined) throw error;
          await sleep(100 * 2 ** attempt);
        }
      }
    });
  }

  async list(prefix: string): Promise<string[]> {
    return this.#ask(prefix, async () => {
      const keys: string[] = [];
      const pages = this.#s3.paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.#bucket, Prefix: this.#prefix + prefix },
      );
      for await (const { Contents = [] } of pages) {
        for (const { Key } of Contents) if (Key !== undefined) keys.push(Key.slice(this.#prefix.length));
      }
      return keys;
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    // One by one: what deletes many at once wants a checksum that stores do not agree on.
    await eachOf(keys, (key) =>
      this.#ask(key, () => this.#client.send(new this.#s3.DeleteObjectCommand(this.#object(key)))),
    );
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #ask<T>(key: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`${this.location}/${key}`, problemOf(error as Error), { cause: error });
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** The end of a sentence that begins with the object. */
function problemOf(error: Error): string {
  const { name, message } = error;
  const code =
    (error as NodeJS.ErrnoException).code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code;
  const status = statusOf(error);
  if (name === 'NoSuchBucket') return 'there is no such bucket.';
  if (name === 'CredentialsProviderError') {
    return "needs credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else Amazon's tools take.";
  }
  if (/Region is missing/.test(message)) return 'needs a region; set AWS_REGION.';
  if (status === 401 || status === 403) {
    return `the store refuses the credentials, or they do not allow this (${name}).`;
  }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `the store cannot be reached (${code}); is AWS_ENDPOINT_URL_S3 right?`;
  }
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') return 'the store does not answer.';
  return `the store answers with an error${status === undefined ? '' : ` ${status}`} (${name}: ${message}).`;
}
