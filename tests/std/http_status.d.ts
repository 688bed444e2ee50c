export const STATUS_CODE: Readonly<{
  OK: 200;
  Found: 302;
  BadRequest: 400;
  Unauthorized: 401;
  Forbidden: 403;
  NotFound: 404;
  TooManyRequests: 429;
  InternalServerError: 500;
  ServiceUnavailable: 503;
}>;
export const STATUS_TEXT: Readonly<Record<number, string>>;
