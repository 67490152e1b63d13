import { serverClock } from "./clock.js";

// API Gateway ends a request after 29 seconds; after more there is no network.
const WITHIN_MS = 30_000;

/** A refusal, or no answer at all. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where nothing answered
   * @param {Record<string, any>} problem as RFC 9457 has it
   * @param {number} [retryAfter] seconds
   */
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    /** @type {string} Stable; `network` where nothing answered. */
    this.code = problem.code ?? "unknown";
    /** @type {{field: string, message: string}[]} */
    this.errors = problem.errors ?? [];
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/**
 * One request.
 *
 * @param {string} url
 * @param {{method: string, token?: string, body?: unknown, headers?: Record<string, string>, accept?: string, signal?: AbortSignal, within?: number}} request
 *   accept: the type of a file. within: milliseconds for all of it
 * @returns {Promise<any>} the decoded body, undefined for none; a Blob, byte by byte, where `accept` asks for a file. Rejects
 *   with ApiError, or AbortError
 */
export async function call(url, { method, token, body, headers, accept, signal, within = WITHIN_MS }) {
  const limit = AbortSignal.timeout(within);
  /** @type {Response} */
  let response;
  /** @type {string} */
  let text;
  const sent = serverClock.device();
  try {
    response = await fetch(url, {
      method,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: {
        Accept: accept ?? "application/json",
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    serverClock.header(response.headers.get("Date"), sent);
    if (accept && response.ok) return await response.blob();
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { code: "network", detail: "There is no connection to the server." });
  }
  const content = text ? parsed(text) : undefined;
  if (response.ok) return content;
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  throw new ApiError(response.status, content !== null && typeof content === "object" ? content : {}, retryAfter);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
