import type { ConnectionOptions } from './connection.js';

export interface ListOptions extends ConnectionOptions {
  max: string;
  includeRevoked: boolean;
  json: boolean;
  [word: string]: unknown;
}

export interface FindOptions extends ConnectionOptions {
  in?: string;
  fragment?: string;
  json: boolean;
}

export interface RevokeOptions extends ConnectionOptions {
  token?: string;
  owner?: string;
  identity?: string;
  all: boolean;
  platform: boolean;
  pepper?: string;
  reason?: string;
  issuedBefore?: string;
  preview: boolean;
  yes: boolean;
  json: boolean;
}
