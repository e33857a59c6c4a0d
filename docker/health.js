// Health check of the container: good when this clinic is ready. The port is where the clinic's own settings put it.
const port = process.env.WARDMESH_HTTP_PORT ?? '8641';
const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
if (!answer.ok) {
  console.error(await answer.text());
  process.exitCode = 1;
}
