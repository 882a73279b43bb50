import { byId, setText } from './element.js';

/** Of this tab alone, and gone with it. */
const storageName = 'tailrace-read-token';

/** Asks for the read token when the daemon wants one. It goes into no address and no cookie. */
export class TokenForm {
  readonly #form = byId('token-form');
  readonly #input = byId('token') as HTMLInputElement;
  readonly #forget = byId('forget-token');

  /** `given` is called when there is a token to try. */
  constructor(given: () => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      this.#input.value = '';
      if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
        this.ask('A token contains only ASCII characters and no spaces.');
        return;
      }
      sessionStorage.setItem(storageName, token);
      this.#form.hidden = true;
      given();
    });
    this.#forget.addEventListener('click', () => {
      sessionStorage.removeItem(storageName);
      location.reload();
    });
    this.#forget.hidden = this.token === null;
  }

  get token(): string | null {
    return sessionStorage.getItem(storageName);
  }

  ask(reason: string): void {
    setText(byId('token-reason'), reason);
    this.#form.hidden = false;
    this.#input.focus();
  }

  /** The daemon takes what it was given. */
  accepted(): void {
    this.#form.hidden = true;
    this.#forget.hidden = this.token === null;
  }
}
