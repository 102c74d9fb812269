import type { Files } from './manifests.ts';

/** The version of Nx that a new workspace begins with. */
const NX = '23.2.1';

/**
 * Returns the files by which a workspace is one of Nx as well, for a platform team that wants tasks cached and spread
 * over machines: they name this version of the command line and of the plugin, and keep what tasks make out of Git.
 */
export function nxWorkspaceFiles(name: string, defaultBranch: string, version: string): Files {
  const nx = {
    $schema: './node_modules/nx/schemas/nx-schema.json',
    analytics: false,
    neverConnectToCloud: true,
    defaultBase: defaultBranch,
    plugins: ['@eleventh/nx'],
    // Else every change of the lock file affects everything; what matters here is the command line's version alone.
    pluginsConfig: { '@nx/js': { projectsAffectedByDependencyUpdates: 'auto' } },
  };
  const manifest = {
    // A scope, so that no service has the same name.
    name: `@${packageName(name)}/deployments`,
    private: true,
    devDependencies: { '@eleventh/cli': version, '@eleventh/nx': version, nx: NX },
  };
  const files = {
    '.gitignore': 'node_modules/\n.nx/\ndist/\n',
    'nx.json': `${JSON.stringify(nx, null, 2)}\n`,
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
  };
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** Returns a name as npm takes it: lower case, and no character that a URL would escape. */
function packageName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'eleventh'
  );
}
