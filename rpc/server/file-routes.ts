// Files as streams: uploads of staff and of patients, downloads with ranges, blobs as CAR files. The bytes pass as fast as the
// other end takes them; a file that fails on the way ends short of its Content-Length. Owns no file and no decision.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../common/clock.ts';
import { loadClass } from '../access/principal.ts';
import type { AccessRule } from '../access/rule.ts';
import { ROUTE_ACCESS } from '../access/table.ts';
import { doorError, RpcError, SERVICE_ERROR } from '../errors.ts';
import type { CallContext, FileDoor, OpenFile, Sessions } from '../ports.ts';
import { byteRange } from '../rest/byte-range.ts';
import { FILE_PATHS } from '../schema/file.ts';
import type { Admitted } from './admission.ts';
import { discard } from './body.ts';
import { refusing } from './refusing.ts';
import { untilGone } from './until-gone.ts';

export interface FileRoutesModules {
  readonly files: FileDoor | undefined;
  readonly sessions: Sessions | undefined;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

/** Files under way in either direction, of all callers and of one. */
const MAX_FILES = 128;
const MAX_FILES_OF_CALLER = 8;
/** Units of the caller's rate limit. */
const FILE_COST = 10;
/** How long the rest of a refused upload is taken and thrown away, so that the page can read why. */
const UPLOAD_LINGER_MS = 15_000;

export async function fileRoutes(app: FastifyInstance, modules: FileRoutesModules): Promise<void> {
  const { sessions, clock, stopping } = modules;
  const running = new Map<string, number>();
  let all = 0;

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body is read as it comes.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.put(FILE_PATHS.uploads, (request, reply) =>
      upload(request, reply, ROUTE_ACCESS.upload, (files, ...rest) => files.upload(...rest)),
    );
    scope.put(FILE_PATHS.ownUploads, (request, reply) =>
      upload(request, reply, ROUTE_ACCESS.ownUpload, (files, ...rest) => files.uploadSealed(...rest)),
    );
    scope.get<{ Params: { id: string } }>(
      `${FILE_PATHS.downloads}/:id`,
      { exposeHeadRoute: false },
      async (request, reply) => {
        const { files, context } = begin(request, reply, ROUTE_ACCESS.download);
        const file = await refusing(() => files.open(request.params.id, context));
        return sendFile(file, request, reply, context.signal);
      },
    );
    scope.get<{ Params: { cid: string } }>(
      `${FILE_PATHS.blobs}/:cid`,
      { exposeHeadRoute: false },
      async (request, reply) => {
        const { files, context } = begin(request, reply, ROUTE_ACCESS.blobExport);
        const bytes = await primed(await refusing(() => files.car(request.params.cid)));
        reply.header('cache-control', 'no-store').type('application/vnd.ipld.car; version=1');
        return reply.send(stream(bytes, reply, context.signal));
      },
    );
  });

  async function upload(
    request: FastifyRequest,
    reply: FastifyReply,
    rule: AccessRule,
    take: (files: FileDoor, size: number, source: AsyncIterable<Uint8Array>, context: CallContext) => Promise<object>,
  ): Promise<FastifyReply> {
    const { raw } = request;
    try {
      const { files, context } = begin(request, reply, rule);
      const size = Number(request.headers['content-length'] ?? Number.NaN);
      // What is sealed says its length first.
      if (!Number.isSafeInteger(size)) throw doorError('rpc.length');
      // Whoever left while it was asked who this is will never send an end.
      if (raw.destroyed) throw doorError('rpc.bad-request');
      // A refusal must not cut the connection before it was read.
      const source = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const taken = await refusing(() => take(files, size, source, context));
      return reply.code(201).header('cache-control', 'no-store').send(taken);
    } catch (error) {
      if (!raw.complete) discard(raw, UPLOAD_LINGER_MS, clock);
      throw error;
    }
  }

  /** Who it is, whether that may, and that there is room. */
  function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    rule: AccessRule,
  ): { readonly files: FileDoor; readonly context: CallContext } {
    const { principal, client, cookies, key, charge } = modules.permit(request, rule);
    const { files } = modules;
    if (files === undefined) throw doorError('rpc.not-found');
    const wait = charge(FILE_COST);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    const caller = `${loadClass(principal)} ${key}`;
    const own = running.get(caller) ?? 0;
    if (all >= MAX_FILES || own >= MAX_FILES_OF_CALLER) throw doorError('rpc.busy');
    const signal = untilGone(reply, stopping, () => {
      all--;
      const left = (running.get(caller) ?? 1) - 1;
      if (left === 0) running.delete(caller);
      else running.set(caller, left);
    });
    all++;
    running.set(caller, own + 1);
    if (principal.kind === 'session') sessions?.touch(principal.session.id);
    return { files, context: { principal, client, cookies, signal } };
  }
}

async function sendFile(
  { mediaType, name, size, tag, read }: OpenFile,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const etag = `"${tag}"`;
  const asked = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const range = byteRange(asked ? request.headers.range : undefined, size);
  reply.headers({ 'accept-ranges': 'bytes', 'cache-control': 'no-store', etag });
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new RpcError({ code: 'download.range', number: SERVICE_ERROR, details: {} }, 'The file is shorter');
  }
  const { offset, length } = range ?? { offset: 0, length: size };
  const bytes = await primed(await refusing(async () => read(offset, length)));
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${offset}-${offset + length - 1}/${size}`);
  }
  reply.headers({ 'content-length': length, 'content-disposition': disposition(name) });
  return reply.type(mediaType).send(stream(bytes, reply, signal));
}

/** With its first part at hand: what fails at once is refused with its reason. */
async function primed(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const parts = source[Symbol.asyncIterator]();
  const first = await refusing(() => parts.next());
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await parts.next()) yield next.value;
    } finally {
      await parts.return?.();
    }
  })();
}

function stream(bytes: AsyncIterable<Uint8Array>, reply: FastifyReply, signal: AbortSignal): Readable {
  const readable = Readable.from(bytes, { objectMode: false });
  const stop = (): void => void readable.destroy();
  signal.addEventListener('abort', stop, { once: true });
  reply.raw.once('close', stop);
  return readable;
}

/** Always saved or handed to the page, never shown in the place of one. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const full = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`;
}
