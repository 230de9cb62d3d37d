public import VCIFormat

/// An image as structures, after edits: what every field says, wherever the structures stand.
///
/// Plans are lowered to it, edits change it, forecasts are made from it. It is never decoded from
/// bytes, so that a fault of the codec cannot hide in it.
public struct ImageModel: Hashable, Sendable {
  /// Where the plan put the block map; edits of the header do not move it.
  public let map: BlockRange
  /// Where the plan put the root.
  public let root: BlockRange
  /// Where the plan put cached data.
  let data: BlockRuns

  /// The file's size in bytes.
  public internal(set) var size: UInt64
  /// The header's fields.
  public internal(set) var header: Header
  /// The bytes of the header's reserved field that are not zero.
  var headerReserved = StrayBytes()
  /// The fields of the block map's header.
  public internal(set) var counters: BlockMapHeader
  /// The bytes of the map's reserved field that are not zero.
  var mapReserved = StrayBytes()
  /// The bits that are set.
  public internal(set) var bits: BlockRuns
  /// The root's type.
  public internal(set) var rootType: UInt8
  /// The root's slots, up to the last one that has a byte other than zero.
  public internal(set) var slots: [Extent]
  /// The bytes of the root's padding that are not zero.
  var padding = StrayBytes()

  /// The model of a plan.
  public init(_ plan: ImagePlan) {
    map = plan.map
    root = plan.root
    data = BlockRuns(plan.extents.map(\.data))
    size = plan.size
    header = Header(
      blocks: plan.blocks, uncleanShutdown: plan.isDirty ? 1 : 0,
      cacheType: plan.type.rawValue, treeRoot: plan.rootAddress, blockMap: plan.mapAddress,
      blockMapBlocks: plan.map.count, imageUUID: plan.imageUUID,
      modificationUUID: plan.modificationUUID)
    counters = BlockMapHeader(blocks: plan.blocks, free: 0, metadata: 0, data: 0)
    bits = BlockRuns()
    rootType = NodeType.leaf.rawValue
    slots = plan.extents
    refit()
  }

  /// Sets bitmap and counters to what header, map, root and extents own.
  mutating func refit() {
    let owned = Ownership(self)
    let total = counters.blocks.rawValue
    let taken = owned.metadataBlocks + owned.dataBlocks
    bits = owned.all.below(bitCapacity)
    counters.metadata = BlockCount(owned.metadataBlocks)
    counters.data = BlockCount(owned.dataBlocks)
    counters.free = BlockCount(total >= taken ? total - taken : 0)
  }

  /// How many bits the map has, past the last block included.
  var bitCapacity: UInt64 { (map.count.rawValue - 1) * Format.bitsPerMapBlock }

  /// The used slots, in slot order.
  var used: [Int] { slots.indices.filter { slots[$0].slotState == .used } }
}

/// The bytes of a field that is to be zero which are not, by their place in the field.
struct StrayBytes: Hashable, Sendable {
  private var bytes: [Int: UInt8] = [:]

  /// The first place whose byte is not zero.
  var first: Int? { bytes.isEmpty ? nil : bytes.keys.min() }

  subscript(place: Int) -> UInt8 {
    get { bytes[place] ?? 0 }
    set { bytes[place] = newValue == 0 ? nil : newValue }
  }

  /// The places and bytes, ascending.
  var all: [(place: Int, byte: UInt8)] {
    bytes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

/// What the parts of an image own, as point 5 of "What is judged when" has it.
struct Ownership {
  /// Whether each used slot's data can be read at all, by slot.
  private(set) var placed: Set<Int> = []
  private(set) var metadata: BlockRuns
  private(set) var all: BlockRuns
  let metadataBlocks: UInt64
  let dataBlocks: UInt64

  init(_ model: ImageModel) {
    let parts = [BlockRange(0, Format.headerBlocks), model.map, model.root]
    metadata = BlockRuns(parts)
    var claims = parts
    for slot in model.used where model.isPlaced(model.slots[slot]) {
      placed.insert(slot)
      claims.append(model.slots[slot].data)
    }
    all = BlockRuns(claims)
    metadataBlocks = metadata.count(below: .max)
    dataBlocks = all.count(below: .max) - metadataBlocks
  }
}

extension ImageModel {
  /// Whether an extent's data is in range and in the file.
  func isPlaced(_ extent: Extent) -> Bool {
    extent.data.isWithin(Format.firstBlock, BlockAddress(header.blocks.rawValue))
      && extent.data.isWithin(0, fileEnd)
  }

  /// The block after the last whole one of the file.
  var fileEnd: BlockAddress { BlockAddress(size / Format.blockSize) }
}
