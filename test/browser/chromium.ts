/** Headless Chromium for tests, and what a test does where there is none. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const executablePath = process.env.FIGLEAF_CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));

/** Whether there is a Chromium. With `FIGLEAF_REQUIRE_BROWSER=1` its absence is an error, not a skip. */
export const hasChromium = executablePath !== undefined && existsSync(executablePath);

if (!hasChromium) {
  const message = 'no Chromium found; install it, or set FIGLEAF_CHROMIUM to its path';
  if (process.env.FIGLEAF_REQUIRE_BROWSER === '1') throw new Error(message);
  console.warn(`skipping tests in the browser: ${message}`);
}

/** Starts Chromium with an empty profile and no network traffic of its own. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      // Containers, where the tests run as root, have no user namespaces for the sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
