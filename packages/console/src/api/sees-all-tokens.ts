/** Whether somebody of this role reads the tokens of others in their business. The API decides again. */
export function seesAllTokens({ role }: { role: string }): boolean {
  return ['owner', 'admin', 'auditor', 'platform'].includes(role);
}
