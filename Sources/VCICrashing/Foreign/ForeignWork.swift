package import VCIFormat
package import VCIFuzzing
internal import VCIReference

/// Work of a program of somebody else on one image: what it asked of the disk, what was asked of
/// it, and what it may have cached after that.
package struct ForeignWork: Sendable {
  /// What was asked of the program, and done.
  package enum Step: Hashable, Sendable {
    case create
    case open
    case write(Range<UInt64>, version: UInt32)
    case discard(Range<UInt64>)
    case flush
    case close
    /// The modification UUID was stored.
    case setState(ImageUUID)
    /// Something that changes nothing.
    case look
  }

  /// What survives a crash by what the program declares.
  package enum Durability: Hashable, Sendable {
    case none
    case close
    case flush
  }

  /// What the requests so far let expect.
  struct Moment {
    /// The version that was written last to each block, whether it was discarded since or not.
    var latest: [UInt64: UInt32] = [:]
    var discarded: Set<UInt64> = []
    /// Whether the image is open for writing.
    var isOpen = false
    /// The modification UUID; `nil` as long as there is no image.
    var state: ImageUUID?
  }

  /// What was asked of the disk, behind what an earlier writer did not flush.
  package let trace: DiskTrace
  let durability: Durability
  /// Whether each step opens the image for itself, and closes it.
  private let closesEach: Bool
  /// The first step in which something was changed; 0 if the image had nothing that is not durable.
  private let firstChange: Int
  private(set) var steps: [Step] = []
  /// What is durable of an image that an ended writer left; `nil` if all that it has is.
  private let inherited: Moment?
  /// The moments before the first step and after each.
  private var moments: [Moment]

  /// Makes work without steps on an image that had cached `cached` at first: versions by block.
  /// What an ended writer left there, `inherited`, need not be durable.
  ///
  /// `closesEach` tells that each step opens the image for itself and closes it, as in the simple
  /// form of the test port.
  package init(
    _ trace: DiskTrace, durability: Durability, cached: [UInt64: UInt32],
    behind inherited: InheritedWork? = nil, closesEach: Bool = false
  ) {
    var whole = inherited?.trace ?? DiskTrace(of: trace.initial)
    for event in trace.events { whole.append(event) }
    self.trace = whole
    self.durability = durability
    self.closesEach = closesEach
    firstChange = inherited == nil ? 0 : trace.firstChange ?? .max
    self.inherited = inherited.map {
      Moment(latest: $0.cached, state: Self.state(of: $0.trace.initial))
    }
    // What the ended writer removed may come back as what is discarded may.
    let removed = inherited?.cached.filter { cached[$0.key] == nil } ?? [:]
    moments = [
      Moment(
        latest: cached.merging(removed) { seen, _ in seen }, discarded: Set(removed.keys),
        state: Self.state(of: trace.initial))
    ]
  }

  private static func state(of bytes: [UInt8]) -> ImageUUID? {
    guard bytes.count >= Format.headerSize else { return nil }
    return unsafe Header(decoding: bytes.span.bytes).modificationUUID
  }

  /// The number of the oldest moment: 0 is before the first step, -1 what is durable of an image
  /// that an ended writer left.
  var oldest: Int { inherited == nil ? 0 : -1 }

  /// Returns the moment with this number, from `oldest` on.
  func moment(_ number: Int) -> Moment {
    if number < 0, let inherited { return inherited }
    return moments[number]
  }

  /// Returns moments, of which the first is `oldest` or a later one.
  func moments(_ range: ClosedRange<Int>) -> [Moment] { range.map(moment) }

  /// Notes a step. Its number, from 0 on, is that of the marks around it in the trace.
  package mutating func add(_ step: Step) {
    var moment = moments[moments.count - 1]
    switch step {
    case .write(let blocks, let version):
      for block in blocks {
        moment.latest[block] = version
        moment.discarded.remove(block)
      }
    case .discard(let blocks):
      for block in moment.latest.keys where blocks.contains(block) {
        moment.discarded.insert(block)
      }
    case .open: moment.isOpen = !closesEach
    case .close: moment.isOpen = false
    case .create: moment.state = .nil
    case .setState(let state): moment.state = state
    case .flush, .look: break
    }
    steps.append(step)
    moments.append(moment)
  }

  /// Of each step: whether no block that was written before it may have older bytes after it, which
  /// holds whatever is declared (VCI-WR-004). Who has changed nothing owes nothing of what an ended
  /// writer left.
  var settles: [Bool] {
    steps.indices.map { $0 >= firstChange && (closes(steps[$0]) || steps[$0] == .flush) }
  }

  /// Whether no session has the image open after a step.
  func closes(_ step: Step) -> Bool {
    switch step {
    case .create, .close: true
    case .open, .write, .discard, .flush, .setState: closesEach
    case .look: false
    }
  }

  /// Whether what was cached is there after a crash behind the step with this number, by what is
  /// declared.
  func keeps(_ number: Int) -> Bool {
    guard number >= firstChange else { return false }
    let step = steps[number]
    return closes(step) ? durability != .none : step == .flush && durability == .flush
  }

  /// Returns the last moment up to `settled` from which on what was cached must be there; `nil` if
  /// there is none.
  func kept(upTo settled: Int) -> Int? {
    var moment = settled
    while moment > oldest, moment <= 0 || !keeps(moment - 1) { moment -= 1 }
    return moment > 0 || durability != .none ? moment : nil
  }
}

/// What was in the file before the first step and after each, if all that was asked of the disk had
/// reached it.
struct ForeignFiles {
  /// One of these files.
  struct File {
    /// The digest of all bytes.
    let digest: UInt64
    /// The blocks that the reference finds cached.
    let cached: Set<UInt64>
  }

  /// The files before the first step and after each.
  private var files: [File] = []
  /// The file of durable bytes.
  private let durable: File

  init(_ trace: DiskTrace) {
    var bytes = trace.initial
    durable = Self.file(bytes)
    for event in trace.events {
      // A step that the program did not do to its end has no mark there.
      if case .begin(let step) = event, step >= files.count { files.append(Self.file(bytes)) }
      event.apply(to: &bytes)
    }
    files.append(Self.file(bytes))
  }

  /// Returns the file at the moment with this number; `nil` if the program did not come to it.
  func file(_ number: Int) -> File? {
    number < 0 ? durable : number < files.count ? files[number] : nil
  }

  private static func file(_ bytes: [UInt8]) -> File {
    File(digest: bytes.digest(of: bytes.indices), cached: cached(bytes))
  }

  private static func cached(_ bytes: [UInt8]) -> Set<UInt64> {
    guard let image = try? CacheImage.open(MemoryStorage(bytes), purpose: .reading),
      let pieces = try? ObservedCache.pieces(of: image)
    else { return [] }
    var blocks: Set<UInt64> = []
    for piece in pieces where blocks.count < mostBlocks {
      for block in piece.offset..<piece.offset + min(piece.count, UInt64(mostBlocks)) {
        blocks.insert(block)
      }
    }
    return blocks
  }

  /// More blocks than the images of this work have.
  private static let mostBlocks = 1 << 17
}

extension DiskTrace {
  /// The number of the first operation in which something was written or cut; `nil` if there is
  /// none.
  fileprivate var firstChange: Int? {
    var number = 0
    for event in events {
      switch event {
      case .begin(let operation): number = operation
      case .write(_, let bytes) where bytes.isEmpty: break
      case .write, .setLength: return number
      case .flush, .end: break
      }
    }
    return nil
  }
}
