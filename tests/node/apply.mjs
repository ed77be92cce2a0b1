// The other half of tests/fuzz/test_scan_against_yjs.py: applies updates as a browser would, and says over which ones yjs throws.
// node apply.mjs CORPUS  <  records (u32 length, u32 base or 0xffffffff, update)  ->  a line of JSON per failure, then the counts
// Each update goes into an empty document; with a base, also onto it, and before it (so that the missing pieces come later).
// Every document is observed, read in every way there is, encoded, and at last emptied by a local edit.
import fs from 'node:fs'
import * as Y from 'yjs'

const corpus = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const bases = corpus.updates.map(entry => Buffer.from(entry.base, 'base64'))
const other = Buffer.from(corpus.derived[0], 'base64')
const counts = { updates: 0, based: 0, pending: 0, unprintable: 0, unwalkable: 0, longEntries: 0, failures: 0 }

let logged = []
console.error = (...parts) => logged.push(parts.map(String).join(' '))
console.log = () => {} // yjs tells where another client uses our id

const open = doc => [doc.getText('text'), doc.getXmlFragment('default'), doc.getMap('map'), doc.getArray('array')]

const kinds = ['getText', 'getMap', 'getArray', 'getXmlFragment', 'getXmlElement']
const openUnknown = doc => [...doc.share].filter(([, type]) => type.constructor === Y.AbstractType).map(([name]) => doc[kinds[name.length % 5]](name))

const look = event => [event.path, event.keys, event.delta, event.changes, event.currentTarget]

// What an update's bytes can't tell, since a struct names its neighbours and not what they are in:
// - An XML fragment can't be walked where a child isn't a node, nor printed where a child is null.
// - yjs fails to collect a map's entry of several values when it was split. Where the entry names its key, the scan refuses it.
let longEntry = false
const integrate = Y.Item.prototype.integrate
Y.Item.prototype.integrate = function (transaction, offset) {
  integrate.call(this, transaction, offset)
  if (this.parentSub !== null && this.length > 1 && this.content.constructor !== Y.ContentDeleted) longEntry = true
}

const isMissing = child => child === null || child === undefined

const everyType = roots => {
  const types = [...roots]
  let canPrint = true
  let canWalk = true
  for (const type of types) {
    for (let item = type._start; item !== null; item = item.right) {
      if (item.deleted) continue
      if (item.content instanceof Y.ContentType) types.push(item.content.type)
      else if (type instanceof Y.XmlFragment) {
        canWalk = false
        if (item.content.getContent().some(isMissing)) canPrint = false
      }
    }
    for (const item of type._map.values()) {
      if (!item.deleted && item.content instanceof Y.ContentType) types.push(item.content.type)
    }
  }
  return { types, canPrint, canWalk }
}

const read = roots => {
  const { types, canPrint, canWalk } = everyType(roots)
  if (!canPrint) counts.unprintable++
  if (!canWalk) counts.unwalkable++
  for (const type of types) {
    if (type instanceof Y.Text) {
      type.toDelta()
      type.getAttributes()
    } else if (type instanceof Y.Map) {
      for (const [key] of type) type.get(key)
    } else if (type instanceof Y.Array || type instanceof Y.XmlFragment) {
      type.toArray()
      type.slice(0, 2)
      if (type.length) type.get(type.length - 1)
      if (type instanceof Y.XmlElement) type.getAttributes()
      if (type instanceof Y.XmlFragment && canWalk) type.querySelectorAll('p')
    }
    if (canPrint) {
      String(type)
      type.toJSON()
    }
  }
}

const empty = (doc, roots) =>
  doc.transact(() => {
    for (const root of roots) {
      if (root instanceof Y.Map) root.clear()
      else if (root.length) root.delete(0, root.length)
    }
  })

const through = (updates, step) => {
  const doc = new Y.Doc()
  doc.clientID = 77
  let roots = open(doc)
  for (const root of roots) root.observeDeep(events => events.forEach(look))
  for (const update of updates) Y.applyUpdate(doc, update)
  if (doc.store.pendingStructs || doc.store.pendingDs) counts.pending++
  roots = [...roots, ...openUnknown(doc)]
  read(roots)
  const state = Y.encodeStateAsUpdate(doc)
  if (step === 'alone') {
    Y.applyUpdate(new Y.Doc(), state)
    Y.encodeStateAsUpdateV2(doc)
  }
  doc.getText('text').insert(0, 'x', { bold: true })
  empty(doc, roots)
  read(roots)
}

const attempt = (update, updates, step, run = through) => {
  logged = []
  longEntry = false
  let error
  try {
    run(updates, step)
    if (logged.length) error = logged.join('; ')
  } catch (thrown) {
    error = String(thrown?.stack ?? thrown).split('\n').slice(0, 5).join(' ')
  }
  if (error === undefined) return
  if (longEntry && error.includes('Unexpected case') && error.includes('Item.gc')) {
    counts.longEntries++
  } else if (counts.failures++ < 100) {
    fs.writeSync(1, `${JSON.stringify({ step, error, update: Buffer.from(update).toString('hex') })}\n`)
  }
}

let rest = Buffer.alloc(0)
for await (const chunk of process.stdin) {
  rest = rest.length ? Buffer.concat([rest, chunk]) : chunk
  let at = 0
  while (rest.length - at >= 8 && rest.length - at - 8 >= rest.readUInt32LE(at)) {
    const update = rest.subarray(at + 8, at + 8 + rest.readUInt32LE(at))
    const base = bases[rest.readUInt32LE(at + 4)]
    at += 8 + update.length
    counts.updates++
    attempt(update, [update], 'alone')
    attempt(update, [], 'merged', () => Y.mergeUpdates([update, other, Y.convertUpdateFormatV2ToV1(Y.convertUpdateFormatV1ToV2(update))]))
    if (base) {
      counts.based++
      attempt(update, [base, update], 'onto')
      attempt(update, [update, base], 'before')
    }
  }
  rest = rest.subarray(at)
}
fs.writeSync(1, `${JSON.stringify(counts)}\n`)
