const windowMs = 5_000;
const samplesMax = 64;

/**
 * What was measured over the last few seconds: long enough that a rate can be read although work comes in bursts, short enough
 * that it follows a change. `atMs` is of a clock that never goes back.
 */
export class SampleWindow<Sample extends { readonly atMs: number }> {
  readonly #samples: Sample[] = [];

  /** Takes a sample in; gives the oldest one that is kept, which may be itself. */
  add(sample: Sample): Sample {
    const samples = this.#samples;
    samples.push(sample);
    // The oldest one kept is the last outside of the window, so that the window is always covered.
    while (samples.length > samplesMax || (samples.length > 2 && samples[1]!.atMs <= sample.atMs - windowMs))
      samples.shift();
    return samples[0]!;
  }
}
