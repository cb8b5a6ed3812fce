import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server embeds dist/ and serves it at the root of its own origin; during development its API is reached through the proxy.
const server = process.env.CLEW_URL ?? 'http://127.0.0.1:3200';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': server } },
  preview: { proxy: { '/api': server } },
  build: {
    target: 'es2023',
    // Fonts stay files of their own, so that a face which is not used is never loaded.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});
