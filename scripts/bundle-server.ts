// The command and its threads as a few files with their libraries in them: 1,400 modules apart take twice the time of the
// processor to start, and 80 MiB more memory, most of it for their sources. Owns what stays outside.
import { relative, sep } from 'node:path';
import { build, type Plugin } from 'vite';

/** A file of its own each, in place of the compiled module that has its name. */
const ENTRIES = ['cli/main', 'node/store/worker', 'node/miner/worker', 'common/crypto/scrypt-worker.node'];
/** A native library, and one that is files to serve. */
const OUTSIDE = ['classic-level', '@fastify/swagger-ui'];
const ROOT_MARK = '__wardmesh_root__';

/** Writes over what `tsc` made of the entries in `outDir`; the other modules stay, for whoever imports them. */
export async function bundleServer(root: string, outDir: string): Promise<void> {
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: [places(root)],
    ssr: { noExternal: true, external: OUTSIDE },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      target: 'node24',
      minify: true,
      license: { fileName: 'LICENSES.md' },
      rolldownOptions: {
        input: Object.fromEntries(ENTRIES.map((name) => [name, `${name}.ts`])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  });
}

/** What our modules find beside themselves, they find where they would be as files of their own. */
function places(root: string): Plugin {
  return {
    name: 'places',
    transform(code, id) {
      const path = relative(root, id).split(sep).join('/');
      if (path.startsWith('..') || path.includes('node_modules/') || !code.includes('import.meta.url')) return null;
      const place = `new URL(${JSON.stringify(`${ROOT_MARK}/${path.replace(/\.ts$/, '.js')}`)}, import.meta.url).href`;
      return { code: code.replaceAll('import.meta.url', place), map: null };
    },
    renderChunk(code, { fileName }) {
      const up = fileName.split('/').length - 1;
      return { code: code.replaceAll(ROOT_MARK, up === 0 ? '.' : Array(up).fill('..').join('/')), map: null };
    },
  };
}
