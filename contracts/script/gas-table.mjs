// Prints README.md with the gas table as snapshots/gas.json has it.
import fs from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const gas = JSON.parse(fs.readFileSync(path.join(root, 'snapshots/gas.json')))
const rows = Object.entries(gas).map(([action, used]) => `| ${action} | ${Number(used).toLocaleString('en-US')} |`)
const table = ['| action (capitals: by signature, through a relayer) | gas |', '|---|---|', ...rows].join('\n')
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8')
const [before, rest] = readme.split('<!-- gas: written by script/gas-table.mjs -->\n')
const after = rest.slice(rest.indexOf('<!-- /gas -->'))
process.stdout.write(`${before}<!-- gas: written by script/gas-table.mjs -->\n${table}\n${after}`)
