internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes hostile images as input for the functions that make images from images: the corpus after
/// one or more rounds of mutations, and random bytes after a valid header, in the nodes of a tree,
/// or everywhere.
struct HostileMaterial {
  private let corpus: [[UInt8]]
  /// The images of the corpus of at most 16 KiB.
  private let small: [[UInt8]]

  /// Makes material from the images of `corpus`. If it is empty, all images have random bytes.
  init(corpus: [[UInt8]]) {
    self.corpus = corpus
    small = corpus.filter { $0.count <= 1 << 14 }
  }

  /// Returns a random image.
  func drawn(from choices: inout Choices) -> [UInt8] {
    switch choices.number(upTo: 7) {
    case 0...2 where !small.isEmpty: mutated(1, &choices)
    case 3 where !small.isEmpty: mutated(2 + choices.index(below: 4), &choices)
    case 4 where !small.isEmpty: broken(mutated(1, &choices), &choices)
    case 5: randomBytes(&choices)
    case 6: randomTree(&choices)
    case 7: (0..<choices.index(below: 5000)).map { _ in UInt8(choices.number(upTo: 255)) }
    default: randomTree(&choices)
    }
  }

  /// Returns an image of the corpus after `times` rounds of blind mutations.
  private func mutated(_ times: Int, _ choices: inout Choices) -> [UInt8] {
    let images = choices.chance(1, in: 64) ? corpus : small
    var image = EditableImage(choices.element(of: images))
    for _ in 0..<times {
      for edit in BlindMutation.drawn(on: image.bytes, from: &choices) { image.apply(edit) }
    }
    return image.bytes.materialized(limit: 1 << 22) ?? []
  }

  /// Returns the image of `bytes`, disassembled, and with one to four rules broken.
  private func broken(_ bytes: [UInt8], _ choices: inout Choices) -> [UInt8] {
    guard let recipe = try? Disassembly.recipe(of: SparseImage(SparseBytes(bytes))) else {
      return bytes
    }
    var image = recipe.namedImage
    for _ in 0...choices.index(below: 4) {
      guard let model = image.model else { break }
      let rule = choices.element(of: Rule.allCases)
      for edit in Breakage.drawn(of: rule, in: model, from: &choices) { image.apply(edit) }
    }
    return image.bytes.materialized(limit: 1 << 22) ?? bytes
  }

  /// Returns the plan of an image with room for nodes after header, map and root.
  private func plan(_ choices: inout Choices) -> ImagePlan {
    let blocks = BlockCount(choices.number(in: 64...8192))
    return ImagePlan(
      blocks: blocks, mapAddress: 2,
      rootAddress: BlockAddress(2 + Format.mapBlocks(for: blocks).rawValue),
      size: 64 * Format.blockSize)
  }

  /// Returns an image with random bytes after the header and the first block of the map.
  private func randomBytes(_ choices: inout Choices) -> [UInt8] {
    let plan = plan(&choices)
    var bytes = EditableImage(plan).bytes.materialized(limit: 1 << 20) ?? []
    let sparsity: UInt64 = choices.element(of: [400, 40, 40, 3, 0])
    for index in bytes.indices.dropFirst(1536).prefix(choices.element(of: [4096, 8192, 30_000])) {
      bytes[index] = choices.number(upTo: sparsity) == 0 ? UInt8(choices.number(upTo: 255)) : 0
    }
    bytes[Int(plan.nodes[0].address.bytes)] = UInt8(1 + choices.number(upTo: 1))
    return bytes
  }

  /// Returns an image with a tree of random slots. Their addresses are those of nodes, or random.
  private func randomTree(_ choices: inout Choices) -> [UInt8] {
    let plan = plan(&choices)
    var bytes = EditableImage(plan).bytes.materialized(limit: 1 << 20) ?? []
    let root = plan.nodes[0].address.rawValue
    let places = [UInt64](stride(from: root, to: 57, by: 8))
    for place in places where place > root || choices.chance(3, in: 4) {
      let kind: NodeType = choices.chance(1, in: 2) ? .internal : .leaf
      put(kind, at: place, places, into: &bytes, &choices)
    }
    return bytes
  }

  private func put(
    _ kind: NodeType, at place: UInt64, _ places: [UInt64], into bytes: inout [UInt8],
    _ choices: inout Choices
  ) {
    var span = bytes.mutableSpan
    var whole = unsafe span.mutableBytes
    let start = Int(place * Format.blockSize)
    guard start + Format.nodeSize <= whole.byteCount else { return }
    var node = whole._mutatingExtracting(start..<start + Format.nodeSize)
    node.put(kind.rawValue, at: 0)
    var offset: UInt64 = 0
    for slot in 0..<choices.index(below: 6) {
      offset =
        choices.chance(1, in: 8) ? choices.magnitude(upTo: .max) : offset &+ choices.number(upTo: 9)
      let blocks =
        choices.chance(1, in: 8) ? choices.magnitude(upTo: .max) : choices.number(upTo: 40)
      let address =
        choices.chance(1, in: 4) ? choices.magnitude(upTo: .max) : choices.element(of: places)
      switch kind {
      case .internal:
        InternalEntry(
          offset: BlockOffset(offset), blocks: BlockCount(blocks & 0xffff_ffff),
          child: BlockAddress(address)
        ).encode(into: &node, slot: slot)
      case .leaf:
        Extent(
          previous: BlockAddress(choices.element(of: places)),
          next: BlockAddress(choices.magnitude(upTo: 64)),
          flags: UInt8(choices.magnitude(upTo: 255)),
          reserved: 0, offset: BlockOffset(offset), blocks: BlockCount(blocks & 0xffff_ffff),
          address: BlockAddress(address)
        ).encode(into: &node, slot: slot)
      }
      offset = offset &+ blocks
    }
  }
}

extension Recipe {
  /// The image of the recipe without contents and blind edits, so that its model is known.
  var namedImage: EditableImage {
    var other = self
    other.contents = []
    other.edits = edits.filter { !$0.isBlind }
    return other.image()
  }
}
