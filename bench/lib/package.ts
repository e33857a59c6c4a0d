// The command as the package ships it: built, and laid out in a folder as an installation has it.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds dist/ and gives the path of the command in `folder`. */
export async function installedCommand(folder: string): Promise<string> {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-package.ts')], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the package was not built');
  const installed = join(folder, 'installed');
  await mkdir(join(installed, 'bin'), { recursive: true });
  const command = join(installed, 'bin', 'wardmesh.js');
  // Copied: by a link it would find the sources beside itself and start those.
  await copyFile(join(ROOT, 'bin', 'wardmesh.js'), command);
  for (const name of ['dist', 'node_modules', 'package.json']) {
    await symlink(join(ROOT, name), join(installed, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return command;
}
