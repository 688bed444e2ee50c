/**
 * How a receiver knows that a webhook came from this daemon: the signature of
 * the Standard Webhooks specification, version 1.0.0.
 *
 * @module
 */

/** What every secret begins with. */
const PREFIX = "whsec_";

/** How many random bytes a new secret has. */
const NEW_SIZE = 32;

/** The fewest bytes that a secret may have. */
const SMALLEST_SIZE = 24;

/** The most bytes that a secret may have. */
const MAX_SIZE = 64;

/** What is signed: all that a receiver is told. */
export interface SignedMessage {
  /** Its id, the same each time that it is sent; without a full stop. */
  id: string;
  /** When it is sent, in whole seconds since 1970. */
  timestamp: number;
  /** The body, as it is sent. */
  body: string;
}

/**
 * A secret that an endpoint's owner shares with the daemon. It is in no text
 * that is made of it, but for the one that `show` gives.
 */
export class WebhookSecret {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Made at the first signature. */
  #key: Promise<CryptoKey> | undefined;

  private constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** Makes a secret of 32 random bytes. */
  static make(): WebhookSecret {
    return new WebhookSecret(crypto.getRandomValues(new Uint8Array(NEW_SIZE)));
  }

  /**
   * Reads a secret.
   *
   * @param text `whsec_`, and 24 to 64 bytes in base64.
   * @returns The secret; `undefined` for any other text.
   */
  static read(text: string): WebhookSecret | undefined {
    if (!text.startsWith(PREFIX)) return undefined;
    const base64 = text.slice(PREFIX.length);
    const bytes = readBase64(base64);
    if (!bytes || bytes.length < SMALLEST_SIZE) return undefined;
    return bytes.length > MAX_SIZE ? undefined : new WebhookSecret(bytes);
  }

  /**
   * The secret as its owner is told it, and as it is stored.
   *
   * @returns What `read` reads.
   */
  show(): string {
    return PREFIX + this.#bytes.toBase64();
  }

  /**
   * Signs a message.
   *
   * @param message The message.
   * @returns The version of the signature and its HMAC-SHA256: `v1,` and base64.
   */
  async sign({ id, timestamp, body }: SignedMessage): Promise<string> {
    this.#key ??= crypto.subtle.importKey(
      "raw",
      this.#bytes,
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
    const hmac = await crypto.subtle.sign("HMAC", await this.#key, content);
    return `v1,${new Uint8Array(hmac).toBase64()}`;
  }
}

/**
 * The headers that tell a receiver who sent a message, and which one it is.
 *
 * @param message The message.
 * @param secrets The secrets that are valid, the newest first: while one takes
 * the place of another there are several, and a receiver may know any.
 * @returns The headers, by their names.
 */
export async function signatureHeaders(
  message: SignedMessage,
  secrets: readonly WebhookSecret[],
): Promise<Record<string, string>> {
  const signatures = await Promise.all(
    secrets.map((secret) => secret.sign(message)),
  );
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": signatures.join(" "),
  };
}

/** Nothing for a text that encoding its bytes would not give again. */
function readBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    return bytes.toBase64() === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
