export function parse(content: string): unknown;
