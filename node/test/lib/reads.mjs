// What anybody can read at a node, whoever wrote it.
import { query } from './xrpc.mjs'

/** com.atproto.repo.getRecord by AT-URI. */
export function getRecord(url, uri) {
  const [repo, collection, rkey] = uri.slice('at://'.length).split('/')
  return query(url, 'com.atproto.repo.getRecord', { repo, collection, rkey })
}

/** The record's CID there, or undefined if it isn't. */
export async function cidAt(url, uri) {
  try {
    return (await getRecord(url, uri)).cid
  } catch (error) {
    if (error.code === 'RecordNotFound' || error.code === 'RepoNotFound') return undefined
    throw error
  }
}

/** All pages of a query whose answer has a cursor. */
export async function pages(url, nsid, params, items) {
  const all = []
  for (let cursor; ; ) {
    const page = await query(url, nsid, { ...params, limit: 100, ...(cursor && { cursor }) })
    all.push(...page[items])
    if (!(cursor = page.cursor)) return all
  }
}

export const listRecords = (url, repo, collection) => pages(url, 'com.atproto.repo.listRecords', { repo, collection }, 'records')
export const getPublic = (url) => pages(url, 'net.metanet.feed.getPublic', {}, 'feed')
export const authorFeed = (url, actor) => pages(url, 'app.bsky.feed.getAuthorFeed', { actor }, 'feed')
export const thread = (url, uri) => query(url, 'app.bsky.feed.getPostThread', { uri }).then((answer) => answer.thread)
