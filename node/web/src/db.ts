// What this browser keeps: one IndexedDB database with one store of named
// things. IndexedDB, since it alone can hold keys that script cannot read out.

const DATABASE = 'metanet'
const STORE = 'kept'

let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  return (opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('This browser refuses to keep data for this site (private window?).'))
  }))
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const tx = (await open()).transaction(STORE, mode)
  const request = work(tx.objectStore(STORE))
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve(request.result)
    tx.onabort = tx.onerror = () => reject(tx.error ?? new Error('This browser could not keep data for this site.'))
  })
}

/** The caller vouches for T: only this site writes here, under names that each belong to one module. */
export const read = <T>(name: string): Promise<T | undefined> =>
  run('readonly', (s) => s.get(name) as IDBRequest<T | undefined>)

export const keep = async (name: string, value: unknown): Promise<void> => {
  await run('readwrite', (s) => s.put(value, name))
}

export const forget = async (name: string): Promise<void> => {
  await run('readwrite', (s) => s.delete(name))
}
