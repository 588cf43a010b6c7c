import type { Security } from './types';

/** It takes no password. */
export const isOpen = (security: Security): boolean => security === 'open' || security === 'owe';
