/** The name that a setting of the code has in a file: `ejectAboveMs` is `eject_above_ms`. */
export function settingName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
