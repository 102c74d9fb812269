import { describe, expect, test } from 'vitest';
import { nxWorkspaceFiles } from './nx-workspace.ts';

describe('nxWorkspaceFiles', () => {
  test('writes what npm and Nx need, and names versions exactly', () => {
    const files = nxWorkspaceFiles('bank', 'main', '1.2.3');
    expect(
      Object.fromEntries([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])),
    ).toMatchInlineSnapshot(`
      {
        ".gitignore": "node_modules/
      .nx/
      dist/
      ",
        "nx.json": "{
        "$schema": "./node_modules/nx/schemas/nx-schema.json",
        "analytics": false,
        "neverConnectToCloud": true,
        "defaultBase": "main",
        "plugins": [
          "@eleventh/nx"
        ],
        "pluginsConfig": {
          "@nx/js": {
            "projectsAffectedByDependencyUpdates": "auto"
          }
        }
      }
      ",
        "package.json": "{
        "name": "@bank/deployments",
        "private": true,
        "devDependencies": {
          "@eleventh/cli": "1.2.3",
          "@eleventh/nx": "1.2.3",
          "nx": "23.2.1"
        }
      }
      ",
      }
    `);
  });

  test('makes a package name of any name', () => {
    const nameOf = (name: string) =>
      JSON.parse(new TextDecoder().decode(nxWorkspaceFiles(name, 'main', '1.0.0').get('package.json'))).name;
    const names = ['Bank of Ü', '._x', '___', 'a.b'].map(nameOf);
    expect(names).toEqual(['@bank-of/deployments', '@x/deployments', '@eleventh/deployments', '@a-b/deployments']);
  });
});
