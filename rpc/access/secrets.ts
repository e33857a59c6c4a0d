// What a session's secret and an API key look like, so that a door can tell them from everything else before it asks.

/** Of sessions and devices, in cookies: at least 128 bits as base64url. */
export const SESSION_SECRET = /^[A-Za-z0-9_-]{22,128}$/;

/** `wmk_<id>_<secret>`: 8 bytes of name as hex, 32 bytes of secret as base64url. */
export const API_KEY = /^wmk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
export const API_KEY_PREFIX = 'wmk_';
