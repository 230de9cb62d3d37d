/// What a slot of a leaf and one of an internal node have in common, as a tree in memory keeps
/// them.
protocol TreeSlot: BitwiseCopyable {
  /// Whether nodes of such slots are leaves.
  static var isOfLeaf: Bool { get }
  /// Where a tree keeps such slots.
  static func pool(of tree: ExtentTree) -> SlotPool<Self>

  /// The disk blocks that it holds or covers.
  var cover: Cover { get }
}
