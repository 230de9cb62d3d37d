import VCIFormat
import VCIGenerators

/// Six nodes on three levels, without a list: metadata in blocks 0 to 51, data in 52 to 61.
///
/// The nodes lie at bytes 0x800, 0x1800, 0x3800, 0x4800, 0x2800 and 0x5800, in the order below.
private let threeLevels = """
  blocks: 4096
  map: 2
  internal tree at 4
    entry 0+1000
    entry 1000+1000
  internal tree/0 at 12
    entry 0+100
    entry 100+100
  leaf tree/0/0 at 28
    extent 0+1 at 52
    extent 10+4 at 53
  leaf tree/0/1 at 36
    extent 100+2 at 57
  internal tree/1 at 20
    entry 1000+100
  leaf tree/1/0 at 44
    extent 1000+3 at 59

  """

/// The path of the leaf of `sixteenLevels`, whose first byte is 0xf800.
let deepest = "tree" + String(repeating: "/0", count: 15)

/// A chain of sixteen nodes: the root at block 4, the leaf at block 124, then one extent.
private let sixteenLevels: String = {
  var text = "blocks: 4096\nmap: 2\n"
  for level in 1...15 {
    let path = "tree" + String(repeating: "/0", count: level - 1)
    text += "internal \(path) at \(level * 8 - 4)\n  entry 0+10\n"
  }
  return text + "leaf \(deepest) at 124\n  extent 0+1 at 132\n\n"
}()

/// The image of six nodes after edits, as recipes write them.
func tree(_ edits: String...) throws -> EditableImage {
  try Recipe(parsing: threeLevels + edits.joined(separator: "\n")).image()
}

/// The image of sixteen levels after edits.
func chain(_ edits: String...) throws -> EditableImage {
  try Recipe(parsing: sixteenLevels + edits.joined(separator: "\n")).image()
}
