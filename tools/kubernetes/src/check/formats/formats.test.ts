import type { CheckSeverity } from '@eleventh/core';
import { expect, it } from 'vitest';
import { RULE_PAGES } from '../../rules/rules.ts';
import type { Finding } from '../finding.ts';
import { mergedFindings } from '../merged-findings.ts';
import { githubAnnotations } from './github.ts';
import { junit } from './junit.ts';
import { sarif } from './sarif.ts';

const FINDINGS: readonly Finding[] = [
  {
    rule: 'image-latest',
    severity: 'error',
    message: 'The image a:latest of x is 100%, whichever came last.',
    file: 'apps/risk/fraud & co/manifests/a:b.yaml',
    line: 12,
    column: 18,
    object: 'apps/Deployment/bank/fraud',
    environment: 'prod',
    service: 'risk/fraud',
    hint: 'Name\nits digest.',
  },
  {
    rule: 'custom/owner',
    severity: 'note',
    message: 'No <owner> "here" &.',
    file: 'apps/ledger/manifests/a.yaml',
    line: 1,
    column: 1,
    environment: 'prod',
    service: 'ledger',
  },
];

const TOOL = {
  name: 'eleventh',
  version: '1.0.0',
  home: 'https://example.com/eleventh',
  page: (rule: string) => `https://example.com/eleventh/rules/${rule}.md`,
};

it('writes the commands of a GitHub log, with what it takes apart escaped', () => {
  const everywhere = ['staging', 'prod'].flatMap((environment) =>
    FINDINGS.map((finding) => ({ ...finding, environment, object: `/Pod/${environment}/a` })),
  );
  const checked = ['staging', 'prod'].map((environment) => ({ environment, service: 'ledger' }));
  expect(githubAnnotations(mergedFindings(everywhere.toReversed(), checked))).toMatchInlineSnapshot(`
    "::notice file=apps/ledger/manifests/a.yaml,line=1,col=1,title=custom/owner (staging%2C prod)::No <owner> "here" &.
    ::error file=apps/risk/fraud & co/manifests/a%3Ab.yaml,line=12,col=18,title=image-latest (staging%2C prod)::The image a:latest of x is 100%25, whichever came last.%0AName%0Aits digest.
    "
  `);
});

it('writes JUnit XML with a case for each service, whether something was found or not', () => {
  const checked = ['cards', 'ledger', 'risk/fraud'].map((service) => ({ environment: 'prod', service }));
  expect(junit(FINDINGS, checked, ['error'])).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="eleventh check">
      <testsuite name="prod" tests="3" failures="1" errors="0">
        <testcase classname="prod" name="cards"/>
        <testcase classname="prod" name="ledger">
          <system-out>apps/ledger/manifests/a.yaml:1:1: note: No &lt;owner&gt; &quot;here&quot; &amp;. (custom/owner)</system-out>
        </testcase>
        <testcase classname="prod" name="risk/fraud">
          <failure type="image-latest" message="The image a:latest of x is 100%, whichever came last.">apps/risk/fraud &amp; co/manifests/a:b.yaml:12:18: error: The image a:latest of x is 100%, whichever came last. (image-latest)</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

it('fails for what counts', () => {
  const failures = (counted: readonly CheckSeverity[]) => /failures="(\d)"/.exec(junit(FINDINGS, [], counted))?.[1];
  expect([failures([]), failures(['error']), failures(['error', 'warning', 'note'])]).toEqual(['0', '1', '2']);
});

it('writes no character that XML cannot hold', () => {
  expect(junit([{ ...FINDINGS[1]!, message: 'a\u0001b\ud800c' }], [], [])).toContain('note: a?b?c');
});

it('writes SARIF with rules, places below the root, and fingerprints that survive a moved line', () => {
  const report = sarif(FINDINGS, RULE_PAGES, TOOL);
  expect(report).toMatchInlineSnapshot(`
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "runs": [
        {
          "columnKind": "utf16CodeUnits",
          "originalUriBaseIds": {
            "ROOT": {
              "description": {
                "text": "The root of the deployment repository.",
              },
            },
          },
          "results": [
            {
              "level": "error",
              "locations": [
                {
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "apps/Deployment/bank/fraud",
                      "kind": "resource",
                    },
                  ],
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "apps/risk/fraud%20%26%20co/manifests/a%3Ab.yaml",
                      "uriBaseId": "ROOT",
                    },
                    "region": {
                      "startColumn": 18,
                      "startLine": 12,
                    },
                  },
                },
              ],
              "message": {
                "text": "The image a:latest of x is 100%, whichever came last. Name
    its digest.",
              },
              "partialFingerprints": {
                "eleventhFinding/v1": "0d74018ef1437d9af30523fe338c7ee4:1",
              },
              "properties": {
                "environment": "prod",
                "service": "risk/fraud",
              },
              "ruleId": "image-latest",
              "ruleIndex": 1,
            },
            {
              "level": "note",
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "apps/ledger/manifests/a.yaml",
                      "uriBaseId": "ROOT",
                    },
                    "region": {
                      "startColumn": 1,
                      "startLine": 1,
                    },
                  },
                },
              ],
              "message": {
                "text": "No <owner> "here" &.",
              },
              "partialFingerprints": {
                "eleventhFinding/v1": "0dab0831afd4aca74fe270e7e2a4ea74:1",
              },
              "properties": {
                "environment": "prod",
                "service": "ledger",
              },
              "ruleId": "custom/owner",
              "ruleIndex": 0,
            },
          ],
          "tool": {
            "driver": {
              "informationUri": "https://example.com/eleventh",
              "name": "eleventh",
              "rules": [
                {
                  "id": "custom/owner",
                },
                {
                  "defaultConfiguration": {
                    "level": "error",
                  },
                  "fullDescription": {
                    "text": "An image of a container without tag and digest, or with the tag \`latest\`. What runs is decided when a node pulls the image: two pods of one Deployment may differ, the recipe does not say what was tested, and nothing brings it back.",
                  },
                  "help": {
                    "markdown": "Let the service’s CI pin it: \`eleventh pin <service> --image <repository>:<commit>\`. For the images of others, name a version, or better a digest.",
                    "text": "Let the service’s CI pin it: \`eleventh pin <service> --image <repository>:<commit>\`. For the images of others, name a version, or better a digest.",
                  },
                  "helpUri": "https://example.com/eleventh/rules/image-latest.md",
                  "id": "image-latest",
                  "shortDescription": {
                    "text": "An image is the latest one, whichever that is.",
                  },
                },
              ],
              "version": "1.0.0",
            },
          },
        },
      ],
      "version": "2.1.0",
    }
  `);
  const moved = sarif(
    FINDINGS.map((finding) => ({ ...finding, line: finding.line + 7 })),
    RULE_PAGES,
    TOOL,
  );
  const marks = (value: object) =>
    [...JSON.stringify(value).matchAll(/eleventhFinding\/v1":"([^"]*)"/g)].map(([, mark]) => mark);
  expect(marks(moved)).toEqual(marks(report));
});
