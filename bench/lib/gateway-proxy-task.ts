// What bench/gateway-proxy.ts tells its processes.

export interface GatewayProxyTask {
  /** Port of the application; undefined: it is the application. */
  readonly upstream: number | undefined;
  readonly judged: boolean;
  readonly blocked: number;
  readonly ranges: number;
  /** Clients that it knows before the measurement. */
  readonly clients: number;
}

/** Address of the i-th client, as a proxy in front would write it. */
export function clientText(i: number): string {
  return `20.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
}
