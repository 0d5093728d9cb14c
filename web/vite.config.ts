import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const OUT = resolve(import.meta.dirname, '../src/ai_conspects/page/built')
const TEXT = /\.(js|css|html|svg)$/

/** Writes `.br` and `.gz` beside each text file, once all of them are on disk: the server compresses nothing. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle() {
      for (const name of await readdir(OUT, { recursive: true })) {
        const path = join(OUT, name)
        if (!TEXT.test(name) || !(await stat(path)).isFile()) continue
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
        await pipeline(createReadStream(path), createBrotliCompress(quality), createWriteStream(`${path}.br`))
        await pipeline(createReadStream(path), createGzip({ level: 9 }), createWriteStream(`${path}.gz`))
      }
    },
  }
}

export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } }), compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8000', ws: true } } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
})
