/** A static file server for a built site: for looking at it, and for tests. Not for the public. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.ico': 'image/x-icon',
};

export interface RunningServer {
  /** Address of the site, base path included. */
  address: string;
  close(): Promise<void>;
}

/**
 * Serves `folder` under `base` on this machine only. Takes the next free port when `port` is taken; 0 takes any.
 */
export async function serveSite(folder: string, base: string, port: number): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void answer(folder, base, request.url ?? '/', response);
  });
  const taken = await listen(server, port);
  return {
    address: `http://127.0.0.1:${taken}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const PORTS_TRIED = 20;

async function listen(server: Server, port: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port === 0 ? 0 : port + attempt, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt >= PORTS_TRIED) throw error;
    }
  }
}

async function answer(folder: string, base: string, url: string, response: ServerResponse): Promise<void> {
  const path = pathOf(url);
  if (path !== null && path.startsWith(base)) {
    const file = join(folder, normalize(path.slice(base.length)));
    // A path that leaves the folder is answered like one that does not exist.
    if (file === folder || file.startsWith(folder + sep) || file === join(folder, sep)) {
      if (await sendFile(file, response)) return;
      const isFolder = (await stat(file).catch(() => null))?.isDirectory();
      if (isFolder && !path.endsWith('/')) {
        response.writeHead(301, { Location: `${path}/` }).end();
        return;
      }
      if (isFolder && (await sendFile(join(file, 'index.html'), response))) return;
    }
  } else if (path === '/' || path === base.slice(0, -1)) {
    response.writeHead(302, { Location: base }).end();
    return;
  }
  if (!(await sendFile(join(folder, '404.html'), response, 404))) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
  }
}

/** The decoded path of a request; null for one that cannot be decoded. */
function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
}

async function sendFile(file: string, response: ServerResponse, status = 200): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return false;
  response.writeHead(status, {
    'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    'Content-Length': found.size,
  });
  await new Promise<void>((resolve) => {
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response)
      .on('close', () => resolve());
  });
  return true;
}
