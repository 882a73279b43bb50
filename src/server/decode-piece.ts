import { HttpRefusal } from './http-refusal.js';

/** A piece of a path as it was before it was escaped. Throws 400 for an escape that is none. */
export function decodePiece(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    throw HttpRefusal.invalid('A name in the path is not escaped correctly.');
  }
}
