// Bundles src/ into assets/, which Go embeds and git keeps, so that the Go
// toolchain alone builds the node. `--check` fails if assets/ is not what src/
// gives; `--tests DIR` bundles the unit tests for node's test runner.
import { build } from 'esbuild'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const common = { bundle: true, absWorkingDir: here, format: 'esm', legalComments: 'eof', charset: 'utf8', logLevel: 'warning' }

async function assets() {
  const options = { ...common, minify: true, target: 'es2022', write: false, outdir: 'assets', loader: { '.svg': 'copy' } }
  const { outputFiles } = await build({
    ...options,
    entryPoints: { app: 'src/main.ts', styles: 'src/app.css' },
  })
  const files = new Map(outputFiles.map((f) => [f.path.endsWith('.css') ? 'app.css' : 'app.js', f.contents]))
  files.set('icon.svg', await readFile(join(here, 'src/icon.svg')))
  return files
}

async function check(files) {
  const kept = (await readdir(join(here, 'assets'))).sort()
  let stale = kept.join() !== [...files.keys()].sort().join()
  for (const [name, contents] of files) {
    stale ||= !Buffer.from(contents).equals(await readFile(join(here, 'assets', name)).catch(() => Buffer.alloc(0)))
  }
  if (!stale) return
  console.error('node/web/assets is not what node/web/src gives: run node/web/build.sh and commit the result')
  process.exit(1)
}

async function write(files) {
  await mkdir(join(here, 'assets'), { recursive: true })
  for (const [name, contents] of files) await writeFile(join(here, 'assets', name), contents)
}

async function tests(outdir) {
  const unit = join(here, 'test/unit')
  const entryPoints = (await readdir(unit)).filter((n) => n.endsWith('.test.ts')).map((n) => join(unit, n))
  await build({ ...common, platform: 'node', target: 'node20', entryPoints, outdir, outExtension: { '.js': '.mjs' }, allowOverwrite: true })
}

const [flag, value] = process.argv.slice(2)
if (flag === '--tests') await tests(value)
else if (flag === '--check') await check(await assets())
else await write(await assets())
