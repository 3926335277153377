/** What run.yaml itself holds of a run: figures that somebody published elsewhere, and the model they are of. */
import { ProfileBuilder } from '../profile/builder.ts';
import type { ModelInfo } from '../profile/model.ts';
import type { Profile } from '../profile/types.ts';
import { unknownModel } from '../profile/unknownModel.ts';
import type { RunConfig } from './runConfig.ts';

export const REPORTED_FORMAT = 'reported-figures';

/** The fragment of run.yaml as an input of its own; null when it holds neither figures nor a model. */
export function reportedFragment(
  config: RunConfig,
  { path, text }: { path: string; text: string },
): Profile | null {
  if (config.figures.length === 0 && !config.model) return null;
  const bytes = new TextEncoder().encode(text).byteLength;
  const builder = new ProfileBuilder({ path, format: REPORTED_FORMAT, tool: null, bytes });
  const source = config.source ?? '';
  for (const { kind, subject, value, unit, spread, repetitions, settings } of config.figures) {
    builder.figures.push({
      kind,
      subject,
      value,
      unit,
      spread: spread ?? null,
      repetitions: repetitions ?? [],
      settings: Object.fromEntries(
        Object.entries(settings ?? {}).map(([name, setting]) => [name, String(setting)]),
      ),
      source,
    });
  }
  if (config.model) builder.model = modelOf(config.model, path);
  return builder.finish();
}

function modelOf(model: NonNullable<RunConfig['model']>, source: string): ModelInfo {
  const { name, architecture, fileType, bytes, parameters } = model;
  return {
    ...unknownModel(source),
    name,
    architecture: architecture ?? null,
    fileType: fileType ?? null,
    fileBytes: bytes ?? null,
    parameterCount: parameters ?? null,
    bitsPerWeight: bytes && parameters ? (8 * bytes) / parameters : null,
  };
}

/** True when all that the run knows was published elsewhere: no file of it holds a record or a result. */
export function isOnlyReported(profile: Profile, config: RunConfig): boolean {
  const { samples, readings, markers, probeHits, timings, figures } = profile;
  return (
    config.figures.length > 0 &&
    figures.length === config.figures.length &&
    samples.length + markers.length + probeHits.length + timings.length === 0 &&
    readings.every((table) => table.length === 0)
  );
}
