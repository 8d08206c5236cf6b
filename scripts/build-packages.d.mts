/** @throws Error; the compiler's own errors have been shown */
export function buildPackagesIfNeeded(): void;
