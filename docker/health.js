// Health check of the container: good when this clinic is ready. Where and how the doors listen is in the clinic's own
// settings: plain HTTP is tried first, and the port of TLS says that it is one.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

const port = process.env.WARDMESH_HTTP_PORT ?? '8641';
const target = { host: '127.0.0.1', port, path: '/health/ready', timeout: 4_000 };

const ask = (get, options) =>
  new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, text }));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', reject);
  });

let answer = await ask(getPlain, target);
// Nobody else listens on this address, nothing secret is sent, and the name in the certificate is that of the outside.
if (answer.text.includes('rpc.tls-only')) answer = await ask(getSecure, { ...target, rejectUnauthorized: false });
if (answer.status !== 200) {
  console.error(answer.text);
  process.exitCode = 1;
}
