export interface FloodingTenant {
  url: string;
  kind: string;
  connections: number;
  business: string;
  secrets: { platform: string; admin: string; auditor: string; wrong: string[] };
}

export const FLOODS: [kind: string, connections: number][];

export const LOOK_UP_FLOODS: string[];

export function startFlood(tenant: FloodingTenant): Promise<{ stop(): Promise<Record<string, number>> }>;
