// `salus install-package`: packages one after the other, and what became of their resources.
import type { Config } from '../config.ts';
import { createServices } from '../services.ts';
import type { Logger } from '../telemetry.ts';
import { type InstallReport, installPackage } from './installPackage.ts';
import { printReport } from './progress.ts';

const SOME_REFUSED = 3;

/**
 * Installs packages into `config.databaseUrl`.
 * @returns 0, or 3 when resources were refused
 * @throws Error when a file is no FHIR package for R4, or the database fails
 */
export async function installCommand(paths: readonly string[], config: Config, log: Logger): Promise<number> {
  const services = await createServices(config, log);
  try {
    let refused = 0;
    for (const path of paths) {
      const started = performance.now();
      const report = await installPackage(services, path);
      describe(report);
      const seconds = (performance.now() - started) / 1000;
      refused += printReport({ counts: report.counts, seconds }, 'the list above');
    }
    return refused > 0 ? SOME_REFUSED : 0;
  } finally {
    await services.close();
  }
}

function describe({ manifest: { name, version }, missing, refused, left }: InstallReport): void {
  console.log(`${name}#${version}`);
  for (const other of missing) console.log(`builds on ${other}, which is not installed here`);
  const others = Object.entries(left).map(([type, count]) => `${count} ${type}`);
  if (others.length > 0) console.log(`left out, as no definitions: ${others.join(', ')}`);
  for (const { file, reason } of refused) console.log(`refused ${file}: ${reason}`);
}
