import type { Page } from 'playwright-core';

/** Writes down what a page's Content-Security-Policy refuses, from before its first byte on, in its frames as well. */
export async function watchPolicy(page: Page, problems: string[]): Promise<void> {
  await page.exposeBinding('tellViolation', ({ frame }, violation: string) => {
    problems.push(`policy: ${violation} in ${frame.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const { tellViolation } = window as unknown as { tellViolation(text: string): void };
      tellViolation(`${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
}
