// Real updates, made by yjs: sessions of three replicas that write, mark, nest, delete and undo, with a seeded generator.
// node corpus.mjs SEED SESSIONS  ->  JSON {roots, updates: [{base, update}], derived: [update]} with base64 for bytes.
// `base` is what the writer's replica held when it made the update; `derived` are merges, diffs and whole states.
import * as Y from 'yjs'

const [seedArg = '1', sessionsArg = '24'] = process.argv.slice(2)

const generator = seed => {
  let state = (seed * 2654435761) >>> 0 || 1
  const random = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4294967296
  }
  const below = n => Math.floor(random() * n)
  return { random, below, pick: list => list[below(list.length)] }
}
const { random, below, pick } = generator(Number(seedArg))

const roots = { text: 'text', default: 'xml', map: 'map', array: 'array' }
const words = ['a', 'so ', 'the drum ', 'été', 'naïve ', '東京', '😀', '👩‍👩‍👧', 'x😀y', '\u0000', '\ufeffbom', '\n', 'é̀', '"quoted"', '<b>']
const keys = ['a', 'b', 'color', 'hue', 'été', '😀', '', 'length']
const marks = [{ bold: true }, { bold: null }, { color: '#ff0000' }, { link: { href: 'x', n: 1.5 } }, { 'comment--ab12': { id: 'é😀' } }, { link: null }]
const embeds = [{ image: 'i.png' }, { n: [1, 2, { x: null }] }, { big: 2 ** 60, small: -1e-7 }, {}]

const value = depth => {
  const plain = [
    null, undefined, true, false, 0, -0, 1, -1, 63, 64, -64, 2 ** 31, -(2 ** 31), 2 ** 40, 2 ** 53 - 1, 0.5, 1e300, -1.1, NaN, Infinity, '', 'text',
    'été', '😀'
  ]
  if (depth < 3 && random() < 0.3) {
    return random() < 0.5
      ? Array.from({ length: below(4) }, () => value(depth + 1))
      : Object.fromEntries(Array.from({ length: below(4) }, () => [pick(keys), value(depth + 1)]))
  }
  return pick(plain)
}
const inMap = () => {
  const n = random()
  return n < 0.1 ? 2n ** 62n : n < 0.2 ? new Uint8Array([1, 2, 255]) : n < 0.4 ? nested() : value(0)
}
const inArray = () => {
  const n = random()
  return n < 0.1 ? new Uint8Array([0]) : n < 0.3 ? nested() : value(0) ?? null
}
const nested = () => pick([() => new Y.Map(), () => new Y.Array(), () => new Y.Text('né'), () => new Y.XmlElement('p'), () => new Y.XmlText('x')])()

const editText = text => {
  const n = random()
  const at = below(text.length + 1)
  if (n < 0.5) text.insert(at, pick(words), random() < 0.2 ? pick(marks) : undefined)
  else if (n < 0.7 && text.length) text.delete(below(text.length), 1)
  else if (n < 0.9 && text.length) text.format(below(text.length), 1 + below(4), pick(marks))
  else text.insertEmbed(at, random() < 0.2 ? nested() : pick(embeds))
  if (random() < 0.05) text.setAttribute(pick(keys), value(0))
}
const editXml = (xml, depth) => {
  const n = random()
  if (xml instanceof Y.XmlText) return editText(xml)
  if (xml instanceof Y.XmlElement && n < 0.15) return xml.setAttribute(pick(keys), random() < 0.8 ? 'v' : value(0))
  if (n < 0.4 || xml.length === 0) {
    const child = random() < 0.4 ? new Y.XmlText('so') : new Y.XmlElement(pick(['p', 'heading', 'Été']))
    return xml.insert(below(xml.length + 1), [child])
  }
  const child = xml.get(below(xml.length))
  if (n < 0.5) return xml.delete(below(xml.length), 1)
  if (depth < 6) editXml(child, depth + 1)
}
const editMap = map => (random() < 0.25 ? map.delete(pick(keys)) : map.set(pick(keys), inMap()))
const editArray = array => {
  if (random() < 0.3 && array.length) array.delete(below(array.length), 1)
  else array.insert(below(array.length + 1), Array.from({ length: 1 + below(3) }, inArray))
}
const editNested = type => {
  if (type instanceof Y.XmlFragment || type instanceof Y.XmlText) editXml(type, 0)
  else if (type instanceof Y.Text) editText(type)
  else if (type instanceof Y.Map) editMap(type)
  else if (type instanceof Y.Array) editArray(type)
}
const edit = doc => {
  const root = pick(['text', 'default', 'map', 'array'])
  if (root === 'text') return editText(doc.getText('text'))
  if (root === 'default') return editXml(doc.getXmlFragment('default'), 0)
  const type = root === 'map' ? doc.getMap('map') : doc.getArray('array')
  const children = [...type.values?.() ?? type.toArray()].filter(child => child instanceof Y.AbstractType)
  if (children.length && random() < 0.5) return editNested(pick(children))
  return root === 'map' ? editMap(type) : editArray(type)
}

const base64 = bytes => Buffer.from(bytes).toString('base64')
const updates = []
const derived = []

for (let session = 0; session < Number(sessionsArg); session++) {
  const log = []
  const docs = Array.from({ length: 3 }, (_, i) => {
    const doc = new Y.Doc({ gc: i !== 2 })
    doc.clientID = below(2 ** 32)
    const types = [doc.getText('text'), doc.getXmlFragment('default'), doc.getMap('map'), doc.getArray('array')]
    const replica = { doc, undo: new Y.UndoManager(types, { captureTimeout: 0 }), read: 0 }
    let before = Y.encodeStateAsUpdate(doc)
    doc.on('update', (update, origin) => {
      if (origin !== 'remote') {
        log.push({ from: doc, update })
        updates.push({ base: base64(before), update: base64(update) })
      }
      before = Y.encodeStateAsUpdate(doc)
    })
    return replica
  })
  for (let step = 0; step < 40; step++) {
    const replica = pick(docs)
    const n = random()
    if (n < 0.5) edit(replica.doc)
    else if (n < 0.6) replica.doc.transact(() => { edit(replica.doc); edit(replica.doc); edit(replica.doc) })
    else if (n < 0.65) replica.undo.undo()
    else if (n < 0.7) replica.undo.redo()
    else {
      const end = replica.read + below(log.length - replica.read + 1)
      for (; replica.read < end; replica.read++) {
        if (log[replica.read].from !== replica.doc) Y.applyUpdate(replica.doc, log[replica.read].update, 'remote')
      }
    }
  }
  const all = log.map(entry => entry.update)
  if (all.length === 0) continue
  const some = all.filter(() => random() < 0.5)
  const vector = Y.encodeStateVector(pick(docs).doc)
  const merges = [Y.mergeUpdates(all), some.length ? Y.mergeUpdates(some) : all[0]]
  derived.push(...merges, ...merges.map(update => Y.diffUpdate(update, vector)), ...docs.map(({ doc }) => Y.encodeStateAsUpdate(doc, vector)))
  const late = new Y.Doc()
  for (const update of some) Y.applyUpdate(late, update) // holds pieces back whose predecessors are missing
  derived.push(...docs.map(({ doc }) => Y.encodeStateAsUpdate(doc)), Y.encodeStateAsUpdate(late))
}

process.stdout.write(JSON.stringify({ roots, updates, derived: derived.map(base64) }))
